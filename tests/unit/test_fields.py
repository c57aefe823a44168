"""What a field may hold: the way people write it in, one way out, and no ID number anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadRequest
from bot.records.fields import LIMITS, checked, holds_resident_id

ID = "330104198706294711"  # made up; its check digit fits


def refusal(field: str, value: object) -> str:
    with pytest.raises(BadRequest) as refused:
        checked(field, value)
    assert refused.value.field == field
    return refused.value.reason


PHONES = [
    ("13912340987", "13912340987"), ("139 1234 0987", "13912340987"), ("139-1234-0987", "13912340987"),
    ("0-10-62345678", ""), ("010-6234-5678", ""),
    ("１３９１２３４０９８７", "13912340987"), ("+86 139 1234 0987", "13912340987"),
    ("008613912340987", "13912340987"), ("010-62345678", "01062345678"), ("057188886666", "057188886666"),
    ("+447700900123", "+447700900123"), ("12345", ""), ("12912340987", ""), ("139123409871", ""),
    ("phone", ""), ("1391234098a", ""), ("٠١٣٩١٢٣٤٠٩٨", ""),
]


@pytest.mark.parametrize(("written", "kept"), PHONES)
def test_a_phone_number_has_one_writing(written: str, kept: str) -> None:
    if kept:
        assert checked("phone", written) == kept
    else:
        assert refusal("phone", written) == "form_field"


@pytest.mark.parametrize(
    ("written", "kept"),
    [(" 王 敏 ", "王 敏"), ("Anne-Marie  O'Neil", "Anne-Marie O'Neil"), ("王\u202e敏\u200b", "王敏"), ("José", "José")],
)
def test_a_name_is_kept_as_people_see_it(written: str, kept: str) -> None:
    assert checked("name", written) == kept


@pytest.mark.parametrize("wrong", ["", "  ", "12345", "１２３", "…", "长" * 41, None, 7, ["x"], "\u200b"])
def test_what_is_no_name_is_refused(wrong: object) -> None:
    assert refusal("name", wrong) == "form_field"


def test_a_name_may_be_forty_long() -> None:
    assert checked("name", "长" * 40)


@pytest.mark.parametrize("field", ["name", "contact_time", "occupation", "branch"])
@pytest.mark.parametrize("written", [ID, f"王敏{ID}", "330104 19870629 4711", "３３０１０４１９８７０６２９４７１１"])
def test_an_id_number_is_in_no_field(field: str, written: str) -> None:
    assert refusal(field, written) == "id_number_not_kept"


@given(st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_makes_it_another_number(place: int, more: int) -> None:
    digit = str((int(ID[place]) + more) % 10)
    assert not holds_resident_id(ID[:place] + digit + ID[place + 1 :])


def test_the_check_character_may_be_x() -> None:
    assert holds_resident_id("11010519491231002X")
    assert holds_resident_id("11010519491231002ｘ")


def test_free_words_keep_their_lines() -> None:
    assert checked("matter", " 第一行\n第二行 ") == "第一行\n第二行"


def test_a_field_nobody_has_described_is_not_kept() -> None:
    assert refusal("shoe_size", "42") == "form_field"


@given(st.sampled_from(sorted(LIMITS)), st.text(max_size=600))
def test_whatever_is_kept_is_within_its_limit_and_stays_the_same(field: str, written: str) -> None:
    try:
        kept = checked(field, written)
    except BadRequest:
        return
    assert 0 < len(kept) <= LIMITS[field]
    assert checked(field, kept) == kept
