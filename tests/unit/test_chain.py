"""The chain of the audit: whatever is done to a row afterwards, the first bad one is named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.records.chain import Fault, Head, Link, first_fault

START = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
Chain = tuple[list[Link], Head]

details = st.dictionaries(st.text(max_size=5), st.one_of(st.integers(-9, 9), st.text(max_size=5), st.none()))


def chain(length: int, extra: list[dict[str, object]] | None = None) -> Chain:
    links, head = [], Head()
    for number in range(1, length + 1):
        more = extra[number - 1] if extra else {}
        at = START + timedelta(seconds=number)
        link = Link(number, at, "system", "act", f"s{number}", None, more, head.hash).sealed()
        links.append(link)
        head = Head(number, number, link.hash)
    return links, head


@given(st.lists(details, max_size=9))
@settings(max_examples=60)
def test_an_untouched_chain_has_no_fault(extra: list[dict[str, object]]) -> None:
    links, head = chain(len(extra), extra)
    assert first_fault(links, head) is None


CHANGES = {
    "at": START, "actor": "somebody", "action": "other", "subject": None, "reason": "x",
    "details": {"n": 1}, "prev": "1" * 64, "hash": "2" * 64,
}


@pytest.mark.parametrize("column", CHANGES)
@pytest.mark.parametrize("place", [0, 3, 6])
def test_a_changed_value_names_its_row(column: str, place: int) -> None:
    links, head = chain(7)
    links[place] = replace(links[place], **{column: CHANGES[column]})
    assert first_fault(links, head) == Fault(place + 1, "changed")


@pytest.mark.parametrize("place", [0, 3, 6])
def test_a_row_written_anew_with_a_hash_of_its_own_is_named(place: int) -> None:
    links, head = chain(7)
    links[place] = replace(links[place], actor="somebody").sealed()
    fault = first_fault(links, head)
    assert fault == Fault(place + 1, "changed" if place < 6 else "head")


@given(st.sets(st.integers(1, 9), min_size=1))
@settings(max_examples=300)
def test_deleted_rows_are_named_by_the_first(gone: set[int]) -> None:
    links, head = chain(9)
    assert first_fault([link for link in links if link.id not in gone], head) == Fault(min(gone), "deleted")


def test_a_row_put_in_between_is_named() -> None:
    links, head = chain(3)
    fourth = Link(9, START, "system", "act", "s", None, {}, links[2].hash).sealed()
    head = Head(9, 4, fourth.hash)
    forged = Link(5, START, "system", "forged", "s", None, {}, links[2].hash).sealed()
    assert first_fault([*links, forged, fourth], head) == Fault(5, "inserted")


def test_a_row_put_at_the_end_is_named() -> None:
    links, head = chain(3)
    forged = Link(4, START, "system", "forged", "s", None, {}, links[2].hash).sealed()
    assert first_fault([*links, forged], head) == Fault(4, "inserted")


@given(st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=300)
def test_two_rows_that_have_changed_places_are_named_by_the_first(one: int, other: int) -> None:
    links, head = chain(9)
    links[one - 1], links[other - 1] = (
        replace(links[other - 1], id=one), replace(links[one - 1], id=other),
    )
    expected = None if one == other else Fault(min(one, other), "reordered")
    assert first_fault(links, head) == expected


def test_gaps_in_the_numbers_of_old_rows_are_no_fault() -> None:
    first = Link(3, START, "system", "act", None, None, {}).sealed()
    second = Link(8, START, "system", "act", None, None, {}, first.hash).sealed()
    assert first_fault([first, second], Head(8, 2, second.hash)) is None


def test_a_head_that_was_lost_is_noticed() -> None:
    links, _head = chain(3)
    assert first_fault(links, Head()) == Fault(1, "inserted")
