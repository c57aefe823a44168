"""How long each class is kept: the file, its limits, and the calendar."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ContentError
from bot.records.retention_rules import LOGS_AT_LEAST_DAYS, Rule, load_rules
from tests.support.product import ROOT

AUDIT = {"always": True, "note": "n"}


def loaded(tmp_path: Path, **classes: Any) -> dict[str, Rule]:
    path = tmp_path / "retention.yml"
    with path.open("w", encoding="utf-8") as file:
        yaml.safe_dump({"audit": AUDIT, **classes}, file, allow_unicode=True)
    return load_rules(path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"note": "n"}, {"days": 1, "years": 1, "note": "n"}, {"days": -1, "note": "n"},
        {"years": 0, "note": "n"}, {"by_purpose": True, "always": True, "note": "n"}, {"days": 1},
        {"days": 1, "note": "n", "law": {"zh": "只有中文"}},
    ],
)
def test_a_class_has_one_length_and_a_note(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ContentError, match=r"retention\.yml: transcript: "):
        loaded(tmp_path, transcript=wrong)


@pytest.mark.parametrize("days", [0, 30, LOGS_AT_LEAST_DAYS - 1])
def test_the_audit_never_ends_before_half_a_year(tmp_path: Path, days: int) -> None:
    with pytest.raises(ContentError, match="audit"):
        loaded(tmp_path, audit={"days": days, "note": "n"})
    assert loaded(tmp_path, audit={"days": LOGS_AT_LEAST_DAYS, "note": "n"})


def test_ours_are_as_the_bank_has_promised() -> None:
    rules = load_rules(ROOT / "data/retention.yml")
    years = {name: rule.years for name, rule in rules.items() if rule.years}
    assert years == {"transcript": 3, "complaint": 5, "consent": 10, "act": 10, "passing_on": 3, "incident": 3}
    assert rules["feedback"].days == 365
    assert rules["audit"].always
    assert (rules["verification"].days, rules["code"].days) == (30, 0)
    assert rules["contact"].by_purpose
    assert rules["ticket"].by_purpose


@pytest.mark.parametrize(
    ("now", "cutoff"),
    [
        ("2028-02-29T04:00", "2025-02-28T04:00"),  # no 29th three years before
        ("2028-02-28T17:00", "2025-02-27T17:00"),  # already the 29th in the bank's zone
        ("2026-12-31T20:00", "2023-12-31T20:00"),  # already 1 January there
    ],
)
def test_years_are_counted_in_the_banks_calendar(now: str, cutoff: str) -> None:
    rule = Rule(years=3, note="n")
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert rule.cutoff(at) == datetime.fromisoformat(cutoff).replace(tzinfo=UTC)


@given(st.integers(946684800, 3786912000), st.integers(1, 10))
def test_what_is_due_by_its_age_is_never_kept_longer_than_a_day_more(second: int, years: int) -> None:
    since = datetime.fromtimestamp(second, UTC)
    until = Rule(years=years, note="n").until(since)
    assert until
    assert timedelta(0) <= (until - since) - timedelta(days=365 * years) <= timedelta(days=years / 4 + 1)


def test_what_is_always_kept_has_no_end() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert Rule(always=True, note="n").cutoff(now) is None
    assert Rule(always=True, note="n").until(now) is None
