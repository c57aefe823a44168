"""A bank that has just begun has a few examples of each topic: the pipeline of config.yml learns them too."""

import json
import subprocess

import pytest

from tests.support.product import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

EXAMPLES = {
    "fee": ["年费多少", "信用卡年费怎么收", "白金卡要交年费吗", "怎么免年费", "年费什么时候扣", "年费能退吗"],
    "limit": ["额度多少", "怎么提高信用卡额度", "临时额度怎么申请", "我的额度太低了", "额度为什么降了", "能调到五万吗"],
    "password": ["密码忘了", "怎么改登录密码", "取款密码锁了", "输错三次怎么办", "忘记查询密码", "重置密码带什么"],
    "hours": ["几点开门", "周末上班吗", "网点营业时间", "中午休息吗", "节假日开门吗", "晚上几点关门"],
    "france": ["我在法国怎么联系你们", "法国银联客服电话", "在法国打哪个号码"],
    "britain": ["我在英国怎么联系你们", "在英国打客服哪个号码", "英国有银联吗"],
    "error_paid": ["报错1000051", "提示1000051怎么办", "显示1000051"],
    "error_card": ["报错1000040", "提示1000040怎么办", "显示1000040"],
}
UNSEEN = {
    "fee": "这张卡一年要收多少年费", "limit": "想把额度调高一点", "password": "我忘记密码了", "hours": "星期天营业吗",
}
SLIP = "网点营业时问"
NUMBER = "报错1000077"
NEARLY_FRANCE = "英国银联客服电话"


def ranked(britain):
    return [{"name": "britain", "confidence": britain}, {"name": "france", "confidence": 0.2}]


@pytest.fixture(scope="module")
def done():
    given = {
        "examples": [[text, label] for label, texts in EXAMPLES.items() for text in texts],
        "ask": [*UNSEEN.values(), SLIP, NUMBER],
        "ranked": [[NEARLY_FRANCE, ranked(britain)] for britain in (0.6, 0.3)],
    }
    command = [str(ROOT / ".venv/brain/bin/python"), "-W", "ignore", "-m", "tests.support.few_side"]
    ended = subprocess.run(
        command, cwd=ROOT, input=json.dumps(given), capture_output=True, text=True, timeout=100, check=True
    )
    asked, matched = json.loads(ended.stdout.splitlines()[-1])
    return dict(zip(given["ask"], asked, strict=True)), matched


@pytest.fixture
def rankings(done):
    return done[0]


@pytest.fixture
def matched(done):
    return done[1]


@pytest.mark.parametrize("topic", UNSEEN)
def test_a_question_in_new_words_finds_its_topic(rankings, topic):
    assert rankings[UNSEEN[topic]][0]["name"] == topic


def test_a_slip_of_the_finger_is_read_over(rankings):
    assert rankings[SLIP][0]["name"] == "hours"


def test_where_the_model_is_sure_another_country_is_no_slip_of_the_finger(matched):
    assert matched[0] == ranked(0.6)


def test_where_the_model_is_not_sure_a_nearly_equal_example_tells(matched):
    assert matched[1][0] == {"name": "france", "confidence": 0.9}


def test_what_differs_from_examples_of_two_topics_in_its_number_is_surely_of_neither(rankings):
    assert rankings[NUMBER][0]["confidence"] < 0.9


def test_chances_are_chances(rankings):
    for ranking in rankings.values():
        assert all(0 <= one["confidence"] <= 1 for one in ranking)
        assert sum(one["confidence"] for one in ranking) == pytest.approx(1, abs=1e-3)
