"""Short words for the tests of tickets: a consent, a ticket, people who work on it."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.conversation import store
from bot.records.store import add_consent, ticket_events
from bot.records.ticket_store import Ticket
from bot.records.ticket_worker import Worker
from bot.records.tickets import Asker
from bot.wiring import Rooms

#: Who a customer is; none of it may ever be found in the record.
PERSON = {"name": "欧阳测试", "phone": "13912340987"}
BOOKING = {"branch": "binjiang", "day": "2026-11-25", "account_class": "II", "who": "self"}
#: The facts of each kind that wants some; the first working day and window after the tests' noon.
FACTS: dict[str, dict[str, Any]] = {
    "callback": {"window": "2026-11-24-morning"},
    "appointment": BOOKING,
}
DAY = timedelta(days=1)


def worker(number: int = 1, *roles: str, **more: Any) -> Worker:
    """A member of staff who may work on complaints too."""
    values = {
        "skills": ("complaint",), "honorific": {"zh": "王女士", "en": "Ms Wang"}, **more,
    }
    return Worker(str(8000 + number), roles or ("agent",), **values)


def supervisor(number: int = 9) -> Worker:
    return worker(number, "supervisor")


async def consent(rooms: Rooms, talk: str, decision: str = "given", purpose: str = "callback") -> int:
    """A logged decision; its id."""
    async with rooms.database.write() as connection:
        return await add_consent(
            connection, conversation_id=talk, purpose=purpose, version="1", language="zh",
            channel="web", decision=decision, at=rooms.clock.now(),
        )


async def file(rooms: Rooms, talk: str, kind: str = "complaint", **more: Any) -> Ticket:
    """A ticket of this kind; a complaint about a queue unless it says otherwise."""
    values: dict[str, Any] = {
        "turn_id": str(uuid.uuid4()), "public": FACTS.get(kind, {}),
        "private": {"matter": "排队两小时"} if kind == "complaint" else {}, **more,
    }
    async with rooms.database.write() as connection:
        conversation = await store.lock(connection, talk)
        return await rooms.tickets.open(connection, conversation, kind=kind, **values)


async def answered(rooms: Rooms, talk: str, kind: str = "complaint", **more: Any) -> Ticket:
    """A ticket that 8001 has answered."""
    ticket = await file(rooms, talk, kind, **more)
    await rooms.ticket_work.take(ticket.reference, worker())
    if kind == "complaint":
        await investigated(rooms, ticket.reference)
    return await rooms.ticket_work.answer(ticket.reference, worker(), "已加开窗口")


async def investigated(rooms: Rooms, reference: str) -> Ticket:
    """Cause, side and measure are written down by 8001."""
    return await rooms.ticket_work.set_cause(
        reference, worker(), "只开了一个窗口", "branch", "午间加开窗口"
    )


def asker(talk: str, **more: Any) -> Asker:
    return Asker(talk, **more)


def turn() -> str:
    return str(uuid.uuid4())


async def events(rooms: Rooms, reference: str) -> list[str]:
    """The ticket's history, by name."""
    query = select(ticket_events.c.event).where(ticket_events.c.reference == reference)
    async with rooms.database.read() as connection:
        return list((await connection.execute(query.order_by(ticket_events.c.id))).scalars())
