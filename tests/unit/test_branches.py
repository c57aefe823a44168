"""Branches, working days, papers: what the file says, what it may not say, what can be booked."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FakeClock
from bot.content.branches import Branches, load_branches
from bot.content.catalogue import Catalogue
from bot.errors import BadRequest, ContentError
from bot.records.appointments import Appointments
from tests.support.product import ROOT

LINES = {"zh": ["身份证"], "en": ["your ID"]}
GOOD: dict[str, Any] = {
    "holidays": ["2026-12-01"],
    "workdays": ["2026-12-05"],
    "branches": {
        "one": {"name": {"zh": "一支行", "en": "One"}, "address": {"zh": "一路", "en": "1 Road"},
                "hours": "09:00–17:00", "does": LINES},
    },
    "account_classes": {"I": {"title": {"zh": "一类", "en": "Class I"}, "papers": LINES, "occupation": True}},
    "papers": {"minor": {"zh": ["户口簿"], "en": ["household register"]}},
}


def loaded(tmp_path: Path, **changes: Any) -> Branches:
    path = tmp_path / "branches.yml"
    path.write_text(json.dumps({**GOOD, **changes}), encoding="utf-8")  # JSON is YAML
    return load_branches(path)


@pytest.fixture
def bookable(tmp_path: Path, catalogue: Catalogue) -> Appointments:
    """On Friday 27 November 2026, in the morning."""
    clock = FakeClock(datetime(2026, 11, 27, 1, 0, tzinfo=UTC))
    return Appointments(clock, catalogue.say, loaded(tmp_path))


FACTS = {"branch": "one", "day": "2026-11-30", "account_class": "I", "who": "self"}


def test_weekends_and_holidays_are_no_working_days(tmp_path: Path) -> None:
    bank = loaded(tmp_path)
    days = [date(2026, 11, 28), date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 5)]
    assert [bank.works(day) for day in days] == [False, False, True, False, True]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"branches": {}}, "branches"),
        ({"branches": {"one": {**GOOD["branches"]["one"], "hours": "17:00–09:00"}}}, "branches.one.hours"),
        ({"branches": {"one": {**GOOD["branches"]["one"], "hours": "all day"}}}, "branches.one.hours"),
        ({"papers": {"minor": {"zh": ["一", "二"], "en": ["one"]}}}, "papers.minor"),
        ({"papers": {"minor": {"zh": ["一"], "en": []}}}, "papers.minor.en"),
        ({"holidays": ["someday"]}, "holidays.0"),
        ({"parking": True}, "parking"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, changes: dict[str, Any], where: str) -> None:
    with pytest.raises(ContentError) as wrong:
        loaded(tmp_path, **changes)
    assert f"branches.yml: {where}" in str(wrong.value)


def test_the_sample_banks_file_is_read() -> None:
    bank = load_branches(ROOT / "data/branches.yml")
    assert len(bank.branches) == 5
    assert set(bank.account_classes) == {"I", "II", "III"}
    assert set(bank.papers) == {"minor", "proxy"}


def test_the_next_ten_working_days_can_be_booked(bookable: Appointments) -> None:
    days = [day.isoformat() for day in bookable.days()]
    assert days == [f"2026-{day}" for day in (
        "11-30", "12-02", "12-03", "12-04", "12-05", "12-07", "12-08", "12-09", "12-10", "12-11",
    )]


def test_papers_are_those_of_the_class_and_of_whoever_comes(bookable: Appointments) -> None:
    assert bookable.papers("I", "self", "zh") == ["身份证"]
    assert bookable.papers("I", "minor", "en") == ["your ID", "household register"]


def test_a_day_is_written_as_people_say_it(bookable: Appointments) -> None:
    day = date(2026, 11, 30)
    assert bookable.day_title(day, "zh") == "11 月 30 日 周一"
    assert bookable.day_title(day, "en") == "Monday 30 November"


def test_right_facts_are_kept_and_nothing_else_is(bookable: Appointments) -> None:
    assert bookable.checked({**FACTS, "note": "x"}) == FACTS


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("branch", "two"), ("branch", None), ("account_class", "IV"), ("who", "friend"),
        ("day", "2026-11-27"), ("day", "2026-11-28"), ("day", "2026-12-01"), ("day", "2026-12-14"),
        ("day", "tomorrow"), ("day", None),
    ],
)
def test_what_is_not_on_offer_is_named(bookable: Appointments, name: str, wrong: object) -> None:
    with pytest.raises(BadRequest) as refused:
        bookable.checked({**FACTS, name: wrong})
    assert (refused.value.reason, refused.value.field) == (f"bad_{name}", name)
