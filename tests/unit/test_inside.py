"""A code that is awaited is found inside a sentence, and no part of it is left to be stored."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.identity.inside import code_inside
from bot.identity.masks import SECRET
from bot.identity.typed import code_in, plain
from tests.support.properties import thoroughly

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
NUMERALS = str.maketrans("0123456789", "〇一二三四五六七八九")

codes = st.text(st.sampled_from("0123456789"), min_size=6, max_size=6)
talk = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Nd", "Nl", "No")), max_size=30).filter(
    lambda text: not re.search(r"\d", plain(text))
)


def kept(text: str) -> str:
    """What would be stored of it where a code is awaited."""
    if code_in(text) is not None:
        return SECRET
    found = code_inside(text)
    return text if found is None else found.shown


@thoroughly
@given(
    codes, talk, talk, st.sampled_from(["", " ", "-", ".", ",", "，", " - "]), st.integers(1, 5),
    st.sampled_from([{}, FULL_WIDTH, NUMERALS]),
)
@example("482913", "刚才收到的是 ", " 对吗", "", 3, {})
def test_no_six_digits_of_the_code_survive(
    code: str, before: str, after: str, gap: str, at: int, script: dict[int, int]
) -> None:
    text = before + (code[:at] + gap + code[at:]).translate(script) + after
    assert code not in plain(kept(text))


@thoroughly
@given(codes, st.integers(1, 5))
def test_no_digit_of_a_code_in_two_messages_survives(code: str, at: int) -> None:
    assert (kept(code[:at]), kept(code[at:])) == (SECRET, SECRET)


@pytest.mark.parametrize(
    "text", ["没收到", "要等 5 分钟吗", "2026年11月23日", "尾号0128的卡", "95588 是你们的吗", "13812345678"]
)
def test_other_numbers_are_no_code(text: str) -> None:
    assert code_inside(text) is None


@pytest.mark.parametrize("text", ["482913 还是 482914", "转账500000元", "2026-11-23 到期"])
def test_what_nobody_can_tell_is_hidden_and_not_tried(text: str) -> None:
    found = code_inside(text)
    assert found is not None
    assert (found.code, SECRET in found.shown) == ("", True)
