"""Short answers are known again as people type them; a question that holds the same word is none."""

import pytest

from bot.content.replies import load_replies
from bot.errors import ContentError
from tests.support.product import ROOT

REPLIES = load_replies(ROOT / "data/replies.yml")


@pytest.mark.parametrize(
    ("meaning", "text"),
    [
        ("yes", "是"), ("yes", "好的！"), ("yes", "那就办吧"), ("yes", "确认"), ("yes", "ＯＫ"), ("yes", "嗯，可以"),
        ("yes", "Yes please"), ("yes", "go ahead"), ("yes", "Sure."), ("yes", "ok, do it"),
        ("no", "不用了，谢谢"), ("no", "先不办"), ("no", "No thanks"), ("no", "not now"),
        ("cancel", "取消"), ("cancel", "算了吧"), ("cancel", "我不想办了"), ("cancel", "请取消"), ("cancel", "那算了"),
        ("cancel", "never mind"), ("cancel", "Cancel please"), ("cancel", "forget it"), ("cancel", "cancel this"),
        ("person", "转人工"), ("person", "找客服"), ("person", "a real person please"),
        ("neither", "都不是"), ("neither", "None of these."), ("skip", "跳过"), ("skip", "skip it"),
    ],
)
def test_a_short_answer_is_known_whatever_stands_around_it(meaning, text):
    assert REPLIES.means(meaning, text)


@pytest.mark.parametrize(
    ("meaning", "text"),
    [
        ("cancel", "怎么取消自动转存"), ("cancel", "取消挂失要去网点吗"),
        ("cancel", "how do I cancel a standing order"),
        ("yes", "是不是要收费"), ("yes", "is it ok to use it abroad"), ("no", "没有收到验证码"), ("no", "no code came"),
        ("person", "人工费多少"), ("yes", ""),
    ],
)
def test_a_longer_sentence_with_the_same_word_is_no_short_answer(meaning, text):
    assert not REPLIES.means(meaning, text)


@pytest.mark.parametrize(
    ("meaning", "text"),
    [("no_code", "验证码一直没收到啊"), ("no_code", "I still haven't received anything"), ("resend", "能再发一个吗"),
     ("phone_changed", "我换手机号了"), ("someone_else", "my mother's card"), ("formal", "我要正式挂失")],
)
def test_some_things_are_heard_anywhere_in_a_message(meaning, text):
    assert REPLIES.mentions(meaning, text)


def test_an_english_phrase_is_a_word_and_not_a_part_of_one():
    assert not REPLIES.mentions("formal", "I need some information")


def test_a_meaning_without_a_language_is_refused_by_name(tmp_path):
    path = tmp_path / "replies.yml"
    path.write_text("whole:\n  maybe:\n    zh: [也许]\n")
    with pytest.raises(ContentError, match=r"whole\.maybe"):
        load_replies(path)
