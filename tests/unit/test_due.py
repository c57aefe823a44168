"""Due dates in the bank's calendar: month ends, leap days, year ends, service hours."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.clock import BANK_ZONE
from bot.errors import BadRequest
from bot.records import due
from bot.records.ticket_states import Kind

HOURS = "08:30–21:00"
PROMISES = due.Promises(15, 15, 24, HOURS)


def local(text: str) -> datetime:
    """A time in the bank's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=BANK_ZONE)


def weekdays(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.parametrize(
    ("received", "ends"),
    [
        ("2026-11-23T12:00", "2026-12-08"),
        ("2026-01-31T09:00", "2026-02-15"),
        ("2027-02-14T09:00", "2027-03-01"),
        ("2028-02-14T09:00", "2028-02-29"),
        ("2028-02-15T09:00", "2028-03-01"),
        ("2026-12-17T09:00", "2027-01-01"),
        ("2026-12-31T23:59", "2027-01-15"),
        ("2026-04-15T00:00", "2026-04-30"),
    ],
)
def test_a_complaint_is_due_fifteen_calendar_days_later(received: str, ends: str) -> None:
    assert due.first_due(Kind.COMPLAINT, local(received), PROMISES) == local(f"{ends}T23:59:59")


def test_the_day_of_receipt_is_the_banks_and_not_utcs() -> None:
    just_after_midnight = datetime(2026, 11, 23, 16, 1, tzinfo=UTC)  # the 24th in Shanghai
    assert due.days_after(just_after_midnight, 15) == local("2026-12-09T23:59:59")


@pytest.mark.parametrize(
    ("received", "had", "ends"),
    [
        ("2026-11-23T12:00", 0, "2026-12-23"),
        ("2026-11-23T12:00", 1, "2027-01-22"),
        ("2028-01-31T12:00", 0, "2028-03-01"),
        ("2027-01-31T12:00", 0, "2027-03-02"),
        ("2027-12-02T12:00", 1, "2028-01-31"),
    ],
)
def test_an_extension_counts_from_receipt_too(received: str, had: int, ends: str) -> None:
    assert due.extended(local(received), had) == local(f"{ends}T23:59:59")


def test_there_is_no_third_extension() -> None:
    with pytest.raises(IndexError):
        due.extended(local("2026-11-23T12:00"), 2)


def test_a_request_about_ones_data_has_fifteen_days() -> None:
    found = due.first_due(Kind.DATA_REQUEST, local("2026-12-20T08:00"), PROMISES)
    assert found == local("2027-01-04T23:59:59")


@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.FOLLOW_UP])
def test_a_promised_reply_comes_within_the_promised_hours(kind: Kind) -> None:
    received = local("2028-02-28T18:30")
    assert due.first_due(kind, received, PROMISES) == local("2028-02-29T18:30")


@pytest.mark.parametrize("kind", [Kind.CALLBACK, Kind.APPOINTMENT])
def test_what_the_customer_chooses_has_no_time_of_its_own(kind: Kind) -> None:
    assert due.first_due(kind, local("2026-11-23T12:00"), PROMISES) is None


def test_a_complaint_rings_at_half_at_four_fifths_and_at_the_end() -> None:
    start = local("2026-11-01T00:00")
    found = due.alarms(Kind.COMPLAINT, start, start + timedelta(days=10))
    assert found == {n: start + timedelta(days=days) for n, days in ((50, 5), (80, 8), (100, 10))}


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.COMPLAINT])
def test_every_other_kind_rings_when_it_is_due(kind: Kind) -> None:
    start = local("2026-11-01T00:00")
    assert due.alarms(kind, start, start + timedelta(hours=3)) == {100: start + timedelta(hours=3)}


@pytest.mark.parametrize(
    ("answered", "last"),
    [("2026-11-23T12:00", date(2026, 12, 23)), ("2028-01-30T23:00", date(2028, 2, 29))],
)
def test_a_review_can_be_asked_for_within_thirty_days(answered: str, last: date) -> None:
    assert due.review_by(local(answered)) == last


def ids(now: str, hours: str = HOURS) -> list[str]:
    return [window.id for window in due.windows(local(now), hours, weekdays)]


def test_the_windows_of_a_working_morning_are_todays_and_tomorrows() -> None:
    assert ids("2026-11-23T08:00") == [
        f"2026-11-{day}-{part}" for day in (23, 24) for part in ("morning", "afternoon", "evening")
    ]


def test_on_a_friday_the_next_working_day_is_monday() -> None:
    assert {one[:10] for one in ids("2026-11-27T08:00")} == {"2026-11-27", "2026-11-28", "2026-11-30"}


def test_a_window_that_is_nearly_over_is_not_offered() -> None:
    assert ids("2026-11-23T11:29")[0] == "2026-11-23-morning"
    assert ids("2026-11-23T11:31")[0] == "2026-11-23-afternoon"


def test_after_hours_nothing_of_today_is_left() -> None:
    assert ids("2026-11-23T20:45")[0] == "2026-11-24-morning"


def test_a_minute_before_midnight_tomorrow_is_tomorrow_in_the_banks_zone() -> None:
    assert ids("2026-12-31T23:59")[0] == "2027-01-01-morning"


def test_windows_are_cut_to_the_service_hours() -> None:
    first = due.windows(local("2026-11-23T07:00"), "09:30–17:00", weekdays)
    assert [(w.part, f"{w.from_at:%H:%M}", f"{w.to_at:%H:%M}") for w in first[:2]] == [
        ("morning", "09:30", "12:00"), ("afternoon", "12:00", "17:00"),
    ]
    assert "evening" not in {w.part for w in first}


def test_a_chosen_window_is_found_again_by_its_id() -> None:
    now = local("2026-11-23T09:00")
    window = due.chosen_window("2026-11-24-evening", now, HOURS, weekdays)
    assert (window.from_at, window.to_at) == (local("2026-11-24T18:00"), local("2026-11-24T21:00"))


@pytest.mark.parametrize(
    "wrong", ["2026-11-22-morning", "2026-11-23-morning", "2026-11-26-morning", "2026-11-24-night", "x", ""]
)
def test_a_window_that_is_over_or_was_never_offered_is_named(wrong: str) -> None:
    with pytest.raises(BadRequest) as refused:
        due.chosen_window(wrong, local("2026-11-23T13:00"), HOURS, weekdays)
    assert (refused.value.reason, refused.value.field) == ("bad_window", "window")


def test_working_days_pass_over_the_weekend() -> None:
    found = due.working_days(date(2026, 11, 26), 3, weekdays)
    assert found == [date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1)]
