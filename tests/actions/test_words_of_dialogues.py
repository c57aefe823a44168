"""What a score is, whether a matter is told, whom a complaint is about, which time is meant."""

import pytest

from actions.callback import fitting
from actions.complaint import about, has_words, tells_matter
from actions.feedback import score_in, tells_something
from actions.talk import Talk

SCORES = {
    "5": 5, "5分": 5, "五分": 5, "三分吧": 3, "给五星好评": 5, "打4分": 4, "两颗星": 2, "5 很满意": 5, "满意": 4,
    "不满意": 2, "很不满意": 1, "very poor": 1, "fair": 3, "4 stars": 4, "i'd give it a four out of five": 4,
    "three": 3, "5/5": 5, "1 point": 1, "4.": 4,
}
NO_SCORES = [
    "10", "10分", "0", "6", "-1", "4.5", "十分", "5月", "15", "51", "1000元", "", "five cards", "不太满意吧",
    "25 stars",
]


@pytest.mark.parametrize(("text", "score"), SCORES.items())
def test_a_score_is_read_as_people_write_it(text, score):
    assert score_in(text) == score


@pytest.mark.parametrize("text", NO_SCORES)
def test_what_is_no_score_from_one_to_five_is_none(text):
    assert score_in(text) is None


@pytest.mark.parametrize(
    "text",
    ["我要投诉", "投诉", "我要投诉你们", "我想投诉一下", "我要投诉你们银行", "气死我了我要投诉",
     "i want to make a complaint", "complain",
     "i'd like to complain about you", "formal complaint please", "。。。。。。。", "！？", ""],
)
def test_the_wish_to_complain_alone_is_no_matter(text):
    assert not tells_matter(text)


@pytest.mark.parametrize(
    "text",
    ["柜员态度太差了，我要投诉", "投诉你们网点的柜员", "乱扣我年费", "工号3307态度恶劣", "the cashier was rude to me",
     "complaint about the branch on the high street", "i want to complain, i waited two hours"],
)
def test_what_has_happened_is_a_matter(text):
    assert tells_matter(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("工号8016的客服挂我电话", "8016"), ("客服 8016 态度差", "8016"), ("8016号客服骂人", "8016"),
        ("柜员工号：3307", "3307"), ("agent 8016 hung up on me", "8016"), ("staff number 3307 was rude", "3307"),
        ("昨天15分钟没人理", None), ("2024年的事", None), ("尾号8016的卡被扣了年费", None),
        ("my card ending in 8016", None), ("柜员让我等到1530", None), ("the clerk at 1200 main street", None),
        ("客服让我等了3000秒，打了80161次", None), ("no 1", None),
    ],
)
def test_L18_the_colleague_a_complaint_names_is_known(text, number):
    assert about(text) == number


@pytest.mark.parametrize(("text", "tells"), [
    ("我提个建议", False), ("提意见", False), ("服务评价", False), ("i'd like to leave feedback", False),
    ("i have a suggestion", False), ("建议手机银行字体放大点", True), ("表扬3号窗口的小姑娘", True),
    ("you should open on sundays", True), ("please add a dark mode to the app", True),
])
def test_feedback_that_says_something_already_is_told_apart(text, tells):
    assert tells_something(text) is tells


@pytest.mark.parametrize(("text", "has"), [("退款", True), ("x", True), ("？？", False), ("  ", False)])
def test_signs_alone_are_no_words(text, has):
    assert has_words(text) is has


# ---- the time of a call: it is noon on a Monday

MONDAY, TUESDAY = "2026-11-23", "2026-11-24"


@pytest.fixture
def meant(served, tracker, dispatcher):
    """The windows that these words can mean."""
    return lambda text: fitting(Talk(dispatcher, tracker([(text, "service_callback")])))


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("明天上午", [f"{TUESDAY}-morning"]),
        ("明天下午三点吧", [f"{TUESDAY}-afternoon"]),
        ("今晚", [f"{MONDAY}-evening"]),
        ("周二早上", [f"{TUESDAY}-morning"]),
        ("星期二晚上都行", [f"{TUESDAY}-evening"]),
        ("tomorrow morning please", [f"{TUESDAY}-morning"]),
        ("this evening", [f"{MONDAY}-evening"]),
        ("Tuesday afternoon", [f"{TUESDAY}-afternoon"]),
        ("下午", [f"{MONDAY}-afternoon", f"{TUESDAY}-afternoon"]),
        ("明天", [f"{TUESDAY}-morning", f"{TUESDAY}-afternoon", f"{TUESDAY}-evening"]),
        ("今天上午", []),
        ("周六上午", []),
        ("sunday", []),
        ("信用卡额度", []),
        ("", []),
    ],
)
async def test_a_time_is_read_from_words_as_far_as_they_name_it(meant, text, windows):
    assert meant(text) == windows
