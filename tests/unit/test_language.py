"""Which language a customer writes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import detect


@pytest.mark.parametrize(
    "text", ["怎么还款", "我的iPhone打不开app", "ETC怎么办理", "帮我开通 Apple Pay 谢谢", "掛失"]
)
def test_chinese_with_foreign_words_in_it_is_chinese(text: str) -> None:
    assert detect(text, "en") == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "how do I repay my card",
        "balance",
        "I sent money to my friend 王 in Shanghai yesterday",
        "I can't log in",
        "PIN?!",
    ],
)
def test_english_with_a_chinese_name_in_it_is_english(text: str) -> None:
    assert detect(text, "zh") == "en"


@pytest.mark.parametrize("text", ["", "123456", "???", "👍", "ok", "OK", "y", "50,000.00", "APP", "12ab56", "A1BCD2"])
@pytest.mark.parametrize("previous", ["zh", "en"])
def test_a_text_that_does_not_tell_leaves_the_language_as_it_was(text: str, previous: str) -> None:
    assert detect(text, previous) == previous


@pytest.mark.parametrize(
    "text", ["wo de ka diu le", "zhuan ren gong", "Xin yong ka nian fei", "asdfghjkl", "qwrtpsdf"]
)
@pytest.mark.parametrize("previous", ["zh", "en"])
def test_pinyin_and_keyboard_noise_leave_the_language_as_it_was(text: str, previous: str) -> None:
    assert detect(text, previous) == previous


@given(st.text(st.sampled_from("0123456789 ,.?!-+*/()￥$%、。，！？"), max_size=40))
def test_numbers_and_signs_never_change_the_language(text: str) -> None:
    assert detect(text, "en") == "en"
    assert detect(text, "zh") == "zh"
