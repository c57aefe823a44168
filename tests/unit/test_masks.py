"""Masks: enough to tell two things apart, never what verification asks for (L14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records.fields import LIMITS
from bot.records.masks import HIDDEN, masked
from bot.records.purposes import load_purposes
from tests.support.product import ROOT

MASKS = [
    ("phone", "13812345678", "138****5678"), ("phone", "+447700900123", "+44******0123"), ("phone", "123", HIDDEN),
    ("card", "6217005830094177267", "621700*********7267"), ("card", "6217005830", HIDDEN),
    ("name", "王敏", "王**"), ("name", "王", "王**"), ("name", "欧阳测试", "欧阳**"), ("name", "欧阳", "欧**"),
    ("name", "Wang Min", "W***"), ("id_number", "330104198706294711", "330***************"),
    ("id_number", "330", HIDDEN), ("matter", "短", HIDDEN), ("occupation", "教师", HIDDEN),
    ("unknown", "secret", HIDDEN), ("branch", "西湖支行", "西湖支行"),
]


@pytest.mark.parametrize(("field", "value", "shown"), MASKS)
def test_a_field_is_shown_as_far_as_its_kind_allows(field: str, value: str, shown: str) -> None:
    assert masked(field, value) == shown


@given(st.text("0123456789", min_size=18, max_size=18))
def test_the_last_six_of_an_id_number_are_never_seen(number: str) -> None:
    assert masked("id_number", number)[-6:] == "*" * 6


@given(st.text(min_size=1, max_size=40))
def test_the_given_name_and_its_length_are_never_seen(name: str) -> None:
    shown = masked("name", name)
    assert shown.rstrip("*") == name[: len(shown.rstrip("*"))]
    assert len(shown.rstrip("*")) <= 2 or "*" in name


def test_every_personal_field_of_a_purpose_hides_something() -> None:
    for purpose in load_purposes(ROOT / "data/purposes.yml").values():
        for field, kind in purpose.fields.items():
            value = "王小明的一件很长的事情 13812345678"[: LIMITS.get(field, 40)]
            assert (masked(field, value) == value) == (kind == "C1")
