"""Somebody leaves: chats to the front of the line, tickets to the pool, what they saw is known (R23)."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.handoff.store import handoffs
from bot.records import ticket_store
from bot.records.audit import audit
from bot.records.seen import seen_by
from bot.staff.service import Agent
from bot.staff.store import staff
from bot.wiring import Rooms
from tests.support.record import agent, conversation, opened, queued, rows, texts
from tests.support.tickets import answered, events, file, investigated, worker


@pytest.fixture
async def wang(rooms: Rooms) -> Agent:
    """8001, who has an account in the record."""
    await rooms.staff.add("Wang Min", roles=["agent"], skills=["card"], user="wang", number="8001")
    async with rooms.database.read() as connection:
        row = (await connection.execute(select(staff).where(staff.c.user == "wang"))).one()
    return agent(1, id=row.id, user="wang")


async def notices(rooms: Rooms, talk: str) -> list[str]:
    return await texts(rooms, talk, "system")


async def held(rooms: Rooms, who: Agent, **more: Any) -> str:
    """A chat that this agent has claimed."""
    talk = await queued(rooms, **more)
    await rooms.handoffs.claim(who, talk)
    return talk


# ---- chats


async def test_a_leavers_chat_goes_before_everybody_who_waits(rooms: Rooms, wang: Agent) -> None:
    waiting = await queued(rooms)
    talk = await held(rooms, wang)
    await rooms.staff.disable("wang")
    place, behind = await rooms.handoffs.place(talk), await rooms.handoffs.place(waiting)
    assert place
    assert behind
    assert (place.position, behind.position) == (1, 2)
    assert (await conversation(rooms, talk)).owner == "queue"


@pytest.mark.parametrize(("language", "words"), [("zh", "第 {} 位"), ("en", "number {} in the line")])
async def test_each_customer_hears_a_place_of_their_own(
    rooms: Rooms, wang: Agent, language: str, words: str
) -> None:
    talks = [await held(rooms, wang, language=language) for _ in range(3)]
    await rooms.staff.disable("wang")
    for talk in talks:
        place = await rooms.handoffs.place(talk)
        assert place
        assert words.format(place.position) in (await notices(rooms, talk))[-1]


async def test_the_leaver_has_no_word_any_more_in_the_chat(rooms: Rooms, wang: Agent) -> None:
    talk = await held(rooms, wang)
    await rooms.staff.disable("wang")
    [row] = [one for one in await rows(rooms, handoffs) if one.conversation_id == talk]
    assert (row.state, row.agent_id) == ("waiting", None)


async def test_a_colleagues_chat_stays_with_them(rooms: Rooms, wang: Agent) -> None:
    talk = await held(rooms, agent(77))
    await rooms.staff.disable("wang")
    assert (await conversation(rooms, talk)).owner == "agent"


# ---- tickets


async def test_a_leavers_ticket_goes_back_to_the_pool_with_an_alarm(rooms: Rooms, wang: Agent) -> None:
    ticket = await file(rooms, await opened(rooms), "follow_up")
    await rooms.ticket_work.take(ticket.reference, worker())
    await rooms.staff.disable("wang")
    assert await events(rooms, ticket.reference) == ["filed", "taken", "given_back", "unowned"]
    taken = await rooms.ticket_work.take(ticket.reference, worker(2))
    assert taken.assigned_to == "8002"


async def test_what_was_found_out_stays_for_the_next_one(rooms: Rooms, wang: Agent) -> None:
    ticket = await file(rooms, await opened(rooms))
    await rooms.ticket_work.take(ticket.reference, worker())
    await investigated(rooms, ticket.reference)
    await rooms.staff.disable("wang")
    await rooms.ticket_work.take(ticket.reference, worker(2))
    found = await rooms.ticket_work.read(ticket.reference, worker(2))
    assert found.cause == {"root_cause": "只开了一个窗口", "measure": "午间加开窗口"}
    assert found.ticket.due_at == ticket.due_at


async def test_what_is_answered_keeps_its_name(rooms: Rooms, wang: Agent) -> None:
    ticket = await answered(rooms, await opened(rooms), "follow_up")
    await rooms.staff.disable("wang")
    async with rooms.database.read() as connection:
        assert (await ticket_store.find(connection, ticket.reference)).assigned_to == "8001"


# ---- the account, and doing it again


async def test_leaving_is_one_transaction_with_the_work(
    rooms: Rooms, wang: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = await held(rooms, wang)

    async def fails(*_: object) -> list[str]:
        raise RuntimeError("the record is gone")

    monkeypatch.setattr(rooms.staff.work[1], "give_back", fails)
    with pytest.raises(RuntimeError):
        await rooms.staff.disable("wang")
    assert (await conversation(rooms, talk)).owner == "agent"
    assert await rooms.staff.works_here("8001")


async def test_doing_it_again_moves_nothing(rooms: Rooms, wang: Agent) -> None:
    talk = await held(rooms, wang)
    assert (await rooms.staff.disable("wang")).given_back == 1
    said = await notices(rooms, talk)
    assert (await rooms.staff.disable("wang")).given_back == 0
    assert await notices(rooms, talk) == said


# ---- what they have seen


async def test_it_is_listed_what_the_leaver_has_looked_at(rooms: Rooms, wang: Agent) -> None:
    ticket = await file(rooms, await opened(rooms), "follow_up")
    for _ in range(2):
        await rooms.ticket_work.read(ticket.reference, worker())
    await rooms.ticket_work.read(ticket.reference, worker(2))
    left = await rooms.staff.disable("wang")
    assert [(one.action, one.subject, one.times) for one in left.seen] == [
        ("ticket_read", ticket.reference, 2)
    ]


async def test_auditors_can_ask_again_after_the_leaver_has_gone(rooms: Rooms, wang: Agent) -> None:
    ticket = await file(rooms, await opened(rooms), "follow_up")
    await rooms.ticket_work.read(ticket.reference, worker())
    left = await rooms.staff.disable("wang")
    async with rooms.database.read() as connection:
        assert await seen_by(connection, "8001") == left.seen


async def test_the_audit_says_how_much_went_back(rooms: Rooms, wang: Agent) -> None:
    await held(rooms, wang)
    await rooms.staff.disable("wang")
    ended = [row for row in await rows(rooms, audit) if row.action == "staff_disabled"]
    assert [row.details for row in ended] == [{"given_back": 1, "seen": 0}]
