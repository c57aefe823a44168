"""When a ticket is due, in the bank's calendar. Pure: no clock, no database.

A due date is the last second of a day in the bank's zone, unless an hour was promised.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.clock import BANK_ZONE
from bot.errors import BadRequest
from bot.records.ticket_states import Kind

#: Calendar days from receipt to which a complaint may be extended, once and once more (L16).
COMPLAINT_EXTENSIONS = (30, 60)
#: A customer may ask for a review within so many days of the answer, and gets it within as many (L17).
REVIEW_DAYS = 30
#: Alarms at these shares of the time, in percent.
COMPLAINT_MARKS = (50, 80, 100)
OTHER_MARKS = (100,)

_LAST_SECOND = time(23, 59, 59)
_NOON, _EVENING = time(12, 0), time(18, 0)
#: A window that is nearly over is not offered: somebody must have the time to call.
_LEAST = timedelta(minutes=30)

#: is_working_day(day) -> whether the bank works then
Works = Callable[[date], bool]


@dataclass(frozen=True)
class Promises:
    """What the bank promises, as `data/figures.yml` has it."""

    complaint_days: int
    data_request_days: int
    reply_hours: int
    #: the hours in which people answer, as `08:30–21:00`
    hours: str


@dataclass(frozen=True)
class Window:
    """A part of a day in which we may call; the id is what a customer's choice carries."""

    day: date
    part: str  # morning | afternoon | evening
    from_at: datetime
    to_at: datetime

    @property
    def id(self) -> str:
        return f"{self.day.isoformat()}-{self.part}"


def end_of_day(day: date) -> datetime:
    """The last second of this day in the bank's zone."""
    return datetime.combine(day, _LAST_SECOND, BANK_ZONE)


def bank_day(at: datetime) -> date:
    """The day in the bank's zone."""
    return at.astimezone(BANK_ZONE).date()


def days_after(received_at: datetime, days: int) -> datetime:
    """The end of the day so many calendar days after receipt; the day of receipt is not counted."""
    return end_of_day(bank_day(received_at) + timedelta(days=days))


def first_due(kind: Kind, received_at: datetime, promises: Promises) -> datetime | None:
    """When a new ticket is due; None when its customer chose the time (callback, appointment)."""
    if kind is Kind.COMPLAINT:
        return days_after(received_at, promises.complaint_days)
    if kind is Kind.DATA_REQUEST:
        return days_after(received_at, promises.data_request_days)
    if kind in (Kind.REQUEST, Kind.FOLLOW_UP):
        return received_at + timedelta(hours=promises.reply_hours)
    return None


def extended(received_at: datetime, extensions: int) -> datetime:
    """A complaint's due date after one more extension than the `extensions` it has had (L16).

    Raises:
        IndexError: it has had them all.
    """
    return days_after(received_at, COMPLAINT_EXTENSIONS[extensions])


def alarms(kind: Kind, start: datetime, due_at: datetime) -> dict[int, datetime]:
    """When each mark is reached, by its percent."""
    marks = COMPLAINT_MARKS if kind is Kind.COMPLAINT else OTHER_MARKS
    return {mark: start + (due_at - start) * mark / 100 for mark in marks}


def review_by(answered_at: datetime) -> date:
    """The last day on which the customer may ask for a review (L17)."""
    return bank_day(answered_at) + timedelta(days=REVIEW_DAYS)


def working_days(after: date, count: int, works: Works) -> list[date]:
    """The next working days after this one."""
    found: list[date] = []
    day = after
    while len(found) < count:
        day += timedelta(days=1)
        if works(day):
            found.append(day)
    return found


def windows(now: datetime, hours: str, works: Works) -> list[Window]:
    """The parts of today, tomorrow and the next working day in which we may still call."""
    today = bank_day(now)
    days = {today, today + timedelta(days=1), *working_days(today, 1, works)}
    found = [window for day in sorted(days) for window in _parts(day, hours)]
    return [window for window in found if window.to_at - now >= _LEAST]


def chosen_window(window_id: str, now: datetime, hours: str, works: Works) -> Window:
    """The window with this id.

    Raises:
        BadRequest: it is over, or was never offered (`bad_window`).
    """
    for window in windows(now, hours, works):
        if window.id == window_id:
            return window
    raise BadRequest("bad_window", field="window")


def _parts(day: date, hours: str) -> Iterator[Window]:
    """Morning, afternoon and evening of this day, cut to the service hours."""
    first, _, last = hours.replace("-", "–").partition("–")
    opens, closes = time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
    bounds = {"morning": (time(0), _NOON), "afternoon": (_NOON, _EVENING), "evening": (_EVENING, time.max)}
    for part, (start, end) in bounds.items():
        start, end = max(start, opens), min(end, closes)
        if start < end:
            yield Window(
                day, part, datetime.combine(day, start, BANK_ZONE), datetime.combine(day, end, BANK_ZONE)
            )
