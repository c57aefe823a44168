"""Masks: they tell two things apart, and never show what verification asks for (L14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.identity import masks

digit = st.sampled_from("0123456789")


def shown_places(mask: str) -> set[int]:
    return {place for place, character in enumerate(mask) if character != "*"}


@given(st.text(digit, min_size=17, max_size=17), st.sampled_from("0123456789X"))
def test_a_mask_of_an_id_shows_none_of_the_characters_that_are_asked(first: str, last: str) -> None:
    mask = masks.id_number(first + last)
    asked = set(range(18 - masks.ASKED_OF_ID, 18))
    assert len(mask) == 18
    assert shown_places(mask) & asked == set()
    assert mask.startswith(first[:3])


@given(st.text(st.sampled_from("0123456789ABCDEFX"), max_size=30))
def test_a_mask_of_any_document_hides_its_last_six(characters: str) -> None:
    mask = masks.id_number(characters)
    assert len(mask) == len(characters)
    assert set(mask[-masks.ASKED_OF_ID :]) <= {"*"}


@given(st.text(digit, min_size=4, max_size=8))
def test_of_a_code_no_mask_shows_more_than_two_digits(code: str) -> None:
    for mask in (masks.card(code), masks.id_number(code)):
        assert set(mask) <= {"*"}
    assert len(shown_places(masks.phone(code))) <= 2


@given(st.text(digit, min_size=13, max_size=19))
def test_a_card_keeps_its_first_six_and_last_four(card: str) -> None:
    mask = masks.card(card)
    assert (mask[:6], mask[-4:], len(mask)) == (card[:6], card[-4:], len(card))
    assert set(mask[6:-4]) == {"*"}


@given(st.text(digit, max_size=12))
def test_what_is_too_short_for_a_card_is_hidden_whole(digits: str) -> None:
    assert set(masks.card(digits)) <= {"*"}


@given(st.text(digit, min_size=10, max_size=10))
def test_a_mobile_number_keeps_three_and_four(rest: str) -> None:
    number = f"1{rest}"
    assert masks.phone(number) == f"{number[:3]}****{number[-4:]}"


@pytest.mark.parametrize(
    ("number", "mask"), [("02161234567", "*********67"), ("+4420794600", "*********00"), ("95588", "*****")]
)
def test_other_numbers_keep_two_digits_or_none(number: str, mask: str) -> None:
    assert masks.phone(number) == mask


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("林晓", "*晓"), ("王小明", "**明"), ("欧阳银杏", "***杏"), ("林", "*"), ("", ""),
        ("John Smith", "**** Smith"), ("Mary Ann Lee", "**** *** Lee"), ("Cher", "***r"),
        (" 林晓 ", "*晓"),
    ],
)
def test_a_name_keeps_its_last_character_or_the_surname(name: str, mask: str) -> None:
    assert masks.name(name) == mask
