"""Choices that are typed instead of pressed: one option, or none; a day in any of the ways people write one."""

from datetime import date, timedelta

import pytest

from actions.choosing import asks, day_named, named, names_day

CLASSES = {
    "I": ["一类账户（全功能）", "Class I (everything)", "一类", "1类", "class i", "class 1"],
    "II": ["二类账户（消费和理财）", "Class II (shopping)", "二类", "2类", "class ii", "class 2"],
    "III": ["三类账户（小额支付）", "Class III (small payments)", "三类", "3类", "class iii", "class 3"],
}
TODAY = date(2026, 11, 25)  # a Wednesday
OFFERED = [day for day in (TODAY + timedelta(days=ahead) for ahead in range(1, 15)) if day.weekday() < 5]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("一类", "I"), ("我要二类的", "II"), ("class ii", "II"), ("i want class ii please", "II"), ("class iii", "III"),
        ("小额支付", "III"), ("第二个", "II"), ("选第三个", "III"), ("2", "II"), ("the first one", "I"),
        ("option 3", "III"), ("三类账户（小额支付）", "III"),
    ],
)
def test_one_option_is_meant(text, meant):
    assert named(text, CLASSES) == meant


@pytest.mark.parametrize(
    "text",
    [
        "", "类", "五类", "class", "一类和二类", "一类和二类有什么区别", "二类是什么？", "what is class ii", "9",
        "第九个", "一类" * 30,
    ],
)
def test_no_option_is_meant(text):
    assert named(text, CLASSES) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("最早的一天", OFFERED[0]), ("越快越好", OFFERED[0]), ("the earliest", OFFERED[0]),
        ("明天", date(2026, 11, 26)), ("后天吧", date(2026, 11, 27)), ("tomorrow please", date(2026, 11, 26)),
        ("周五", date(2026, 11, 27)), ("下周五", date(2026, 12, 4)), ("friday", date(2026, 11, 27)),
        ("next monday", date(2026, 11, 30)), ("星期三", date(2026, 12, 2)), ("27号", date(2026, 11, 27)),
        ("11月30日", date(2026, 11, 30)), ("11 月 30 日 周一", date(2026, 11, 30)), ("12/1", date(2026, 12, 1)),
        ("2日", date(2026, 12, 2)), ("30 november", date(2026, 11, 30)), ("dec 1st", date(2026, 12, 1)),
        ("the 30th", date(2026, 11, 30)), ("2026-12-01", date(2026, 12, 1)),
    ],
)
def test_a_day_on_offer_is_read_however_it_is_written(text, day):
    assert day_named(text, OFFERED, TODAY) == day
    assert names_day(text, OFFERED, TODAY)


@pytest.mark.parametrize(
    "text", ["今天", "周六", "星期天", "sunday", "1月5号", "30 february", "11月31日", "1 march 2031", "yesterday"]
)
def test_a_day_that_is_not_on_offer_is_none(text):
    assert day_named(text, OFFERED, TODAY) is None


@pytest.mark.parametrize("text", ["今天", "周六", "sunday", "1月5号"])
def test_a_day_that_is_not_on_offer_is_an_answer_all_the_same(text):
    assert names_day(text, OFFERED, TODAY)


@pytest.mark.parametrize(
    "text", ["周六能约吗", "你们周末几点开门", "when are you open on friday", "hello", "a20261125-0001", ""]
)
def test_a_question_about_days_or_something_else_is_no_answer(text):
    assert not names_day(text, OFFERED, TODAY)


@pytest.mark.parametrize(("text", "question"), [("滨江支行", False), ("滨江支行几点开门", True), ("is it open", True)])
def test_a_question_is_told_from_an_answer(text, question):
    assert asks(text) is question
