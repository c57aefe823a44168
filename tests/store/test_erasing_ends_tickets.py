"""Who wants nothing kept is owed nothing more: what was open ends, and its clocks with it (L06, L18)."""

import pytest
from sqlalchemy import select

from bot.records.store import ticket_alarms
from tests.support.record import opened
from tests.support.tickets import answered, consent, file, supervisor


async def ringing(rooms, reference: str) -> int:
    """How many alarms of this ticket are still to come."""
    query = select(ticket_alarms).where(
        ticket_alarms.c.reference == reference, ticket_alarms.c.fired_at.is_(None)
    )
    async with rooms.database.read() as connection:
        return len((await connection.execute(query)).all())


async def filed(rooms, talk: str, kind: str):
    more = {} if kind in ("complaint", "follow_up") else {"consent_id": await consent(rooms, talk)}
    return await file(rooms, talk, kind, **more)


@pytest.mark.parametrize(
    ("kind", "state"),
    [("complaint", "withdrawn"), ("callback", "withdrawn"), ("follow_up", "withdrawn"), ("appointment", "cancelled")],
)
async def test_what_is_open_ends_with_its_clocks(rooms, kind, state):
    talk = await opened(rooms)
    ticket = await filed(rooms, talk, kind)
    await rooms.people_data.erase(talk, turn_id="t1")
    after = await rooms.tickets.find(ticket.reference)
    assert (after.state.value, await ringing(rooms, ticket.reference)) == (state, 0)


async def test_the_history_says_why(rooms):
    talk = await opened(rooms)
    ticket = await file(rooms, talk)
    await rooms.people_data.erase(talk, turn_id="t1")
    last = (await rooms.ticket_work.read(ticket.reference, supervisor())).history[-1]
    assert (last.event, last.details) == ("withdrawn", {"reason": "data_erased"})


@pytest.mark.parametrize("kind", ["request", "data_request"])
async def test_what_was_asked_of_the_bank_itself_is_done_all_the_same(rooms, kind):
    talk = await opened(rooms)
    ticket = await filed(rooms, talk, kind)
    await rooms.people_data.erase(talk, turn_id="t1")
    assert (await rooms.tickets.find(ticket.reference)).is_live


async def test_what_has_been_answered_stays_answered(rooms):
    talk = await opened(rooms)
    ticket = await answered(rooms, talk)
    await rooms.people_data.erase(talk, turn_id="t1")
    assert (await rooms.tickets.find(ticket.reference)).state.value == "answered"


async def test_what_would_end_can_be_told_before(rooms):
    talk = await opened(rooms)
    open_one = await file(rooms, talk)
    await answered(rooms, talk)
    await filed(rooms, talk, "data_request")
    would = await rooms.tickets.ended_by_erasure(talk, None)
    assert [one.reference for one in would] == [open_one.reference]
