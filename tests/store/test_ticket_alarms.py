"""D10: every mark of a ticket's clock rings once, whoever runs the job, whenever it comes back."""

import asyncio

import pytest

from bot import wiring
from bot.clock import FakeClock
from bot.records.audit import audit
from bot.records.store import ticket_events
from bot.records.ticket_alarms import raise_due
from bot.wiring import Rooms
from tests.support.record import opened, rows
from tests.support.tickets import answered, asker, file, investigated, supervisor, turn, worker

DAY_S = 86400.0


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    return await opened(rooms)


async def rung(rooms: Rooms) -> list[tuple[str, int]]:
    """(reference, mark) of every alarm in the history, in order."""
    found = [row for row in await rows(rooms, ticket_events) if row.event == "alarm"]
    return [(row.reference, row.details["mark"]) for row in sorted(found, key=lambda row: row.id)]


async def test_a_complaint_rings_at_each_mark_and_not_before(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    ticket = await file(rooms, talk)
    whole = (ticket.due_at - clock.now()).total_seconds()
    heard = []
    for mark, share in ((50, 0.5), (80, 0.3), (100, 0.2)):
        clock.advance(whole * share - 1)
        assert await raise_due(rooms.database, clock) == 0
        clock.advance(1)
        assert await raise_due(rooms.database, clock) == 1
        heard.append((ticket.reference, mark))
        assert await rung(rooms) == heard
    assert await raise_due(rooms.database, clock) == 0


async def test_after_a_long_stop_every_due_mark_rings_once(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    complaint = await file(rooms, talk)
    question = await file(rooms, talk, "follow_up")
    clock.advance(40 * DAY_S)
    again = wiring.rooms(rooms.settings, clock, rooms.catalogue)  # a worker that starts anew
    assert await raise_due(again.database, clock) == 4
    assert await raise_due(rooms.database, clock) == 0
    await again.database.close()
    await again.redis.aclose()
    assert sorted(await rung(rooms)) == sorted(
        [(complaint.reference, mark) for mark in (50, 80, 100)] + [(question.reference, 100)]
    )


async def test_of_many_workers_at_once_one_rings(rooms: Rooms, talk: str, clock: FakeClock) -> None:
    await file(rooms, talk)
    clock.advance(40 * DAY_S)
    raised = await asyncio.gather(*(raise_due(rooms.database, clock) for _ in range(5)))
    assert sum(raised) == 3
    assert len(await rung(rooms)) == 3


async def test_an_alarm_is_audited(rooms: Rooms, talk: str, clock: FakeClock) -> None:
    ticket = await file(rooms, talk, "callback")
    clock.advance(2 * DAY_S)
    await raise_due(rooms.database, clock)
    (row,) = [row for row in await rows(rooms, audit) if row.action == "ticket_alarm"]
    assert (row.actor, row.subject, row.details["mark"]) == ("system", ticket.reference, 100)


async def test_an_answered_ticket_does_not_ring(rooms: Rooms, talk: str, clock: FakeClock) -> None:
    await answered(rooms, talk)
    clock.advance(40 * DAY_S)
    assert await raise_due(rooms.database, clock) == 0


async def test_a_reopened_ticket_rings_by_its_new_clock(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    ticket = await answered(rooms, talk, "follow_up")
    clock.advance(5 * DAY_S)
    await rooms.tickets.confirm(ticket.reference, False, turn(), asker(talk))
    assert await raise_due(rooms.database, clock) == 0
    clock.advance(DAY_S)
    assert await raise_due(rooms.database, clock) == 1


async def test_an_extended_complaint_rings_by_its_new_clock(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    ticket = await file(rooms, talk)
    clock.advance(14 * DAY_S)
    await raise_due(rooms.database, clock)
    await rooms.ticket_work.extend(ticket.reference, supervisor(), "x")
    clock.advance(2 * DAY_S)  # past the first due date, past half of the new time
    await raise_due(rooms.database, clock)
    assert [mark for _reference, mark in await rung(rooms)] == [50, 80, 50]


async def test_a_changed_appointment_rings_on_its_new_day(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    ticket = await file(rooms, talk, "appointment")
    await rooms.tickets.change_appointment(ticket.reference, turn(), asker(talk), {"day": "2026-11-30"})
    clock.advance(3 * DAY_S)
    assert await raise_due(rooms.database, clock) == 0
    clock.advance(5 * DAY_S)
    assert await raise_due(rooms.database, clock) == 1


async def test_one_run_takes_a_batch_and_the_next_the_rest(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    for _ in range(3):
        await file(rooms, talk, "follow_up")
    clock.advance(2 * DAY_S)
    assert [await raise_due(rooms.database, clock, 2) for _ in range(3)] == [2, 1, 0]


async def test_the_desk_shows_the_alarm_in_the_history(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    ticket = await file(rooms, talk)
    await rooms.ticket_work.take(ticket.reference, worker())
    await investigated(rooms, ticket.reference)
    clock.advance(8 * DAY_S)
    await raise_due(rooms.database, clock)
    last = (await rooms.ticket_work.read(ticket.reference, worker())).history[-1]
    assert (last.event, last.actor, last.details) == ("alarm", "system", {"mark": 50})
