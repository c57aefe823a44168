"""Cleaning: what is invisible or garbles other people's screens goes, what people wrote stays."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.conversation.cleaning import MAX_CHARACTERS, clean
from bot.errors import BadRequest, TooLong

typed = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


@pytest.mark.parametrize("text", ["", " ", "\n\t\r\n", "\u200b\u200b", "\u202e", "\x00", "\ufeff "])
def test_a_text_with_nothing_to_see_is_refused(text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        clean(text)
    assert (refused.value.reason, refused.value.field) == ("empty_text", "text")


def test_the_longest_text_is_kept_whole() -> None:
    assert clean("好" * MAX_CHARACTERS) == "好" * MAX_CHARACTERS


def test_a_longer_text_is_refused_with_the_limit_and_never_cut() -> None:
    with pytest.raises(TooLong) as refused:
        clean("好" * (MAX_CHARACTERS + 1))
    assert refused.value.details == {"limit": MAX_CHARACTERS}


def test_half_a_character_is_refused() -> None:
    with pytest.raises(BadRequest) as refused:
        clean("hello \ud800")
    assert refused.value.reason == "bad_text"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b\x07c", "abc"),
        ("\u202etxet esrever", "txet esrever"),
        ("查\u200b余\u2060额", "查余额"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("  both ends  ", "both ends"),
        ("cafe\u0301", "café"),
        ("tab\tstays", "tab\tstays"),
        ("\ue000private", "private"),
    ],
)
def test_hidden_characters_go_and_the_rest_stays(text: str, kept: str) -> None:
    assert clean(text) == kept


PLAIN = ["👨\u200d👩\u200d👧", "👍🏽", "１２３", "繁體", "naïve", "한국어", "<b>{x}</b>"]


@pytest.mark.parametrize("text", PLAIN)
def test_what_people_write_is_kept(text: str) -> None:
    assert clean(text) == text


def test_a_pile_of_marks_is_cut_down() -> None:
    assert len(clean("z" + "\u0336" * 500)) <= 5


@given(typed)
@example("a\u0300\u0301\u0302\u0303\u0304\u0305\u0306")
@example("\u0300" * 9)
@example("e\u200b\u0301")
def test_a_clean_text_has_nothing_hidden_and_stays_as_it_is(text: str) -> None:
    try:
        cleaned = clean(text)
    except BadRequest:
        return
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn"}
    shown = [c for c in cleaned if c not in "\n\t\u200d"]
    assert not [c for c in shown if unicodedata.category(c) in hidden]
    assert clean(cleaned) == cleaned
