"""Short words for the tests of personal records: consents, cards and tickets of made-up people."""

import uuid
from collections import Counter
from typing import Any

import orjson
from sqlalchemy import Table, func, select

from bot.conversation import store as conversations
from bot.conversation.service import Said
from bot.conversation.store import metadata
from bot.records.contacts import Contradiction, Kept
from bot.records.store import tickets
from bot.wiring import Rooms
from tests.support.record import rows
from tests.support.tickets import file

#: These say that something was done, with codes alone; they are nobody's data.
NOT_ABOUT_PEOPLE = {"audit", "audit_head"}
NAME, PHONE = "欧阳测试", "13912340987"


async def agree(rooms: Rooms, talk: str, purpose: str, turn_id: str = "") -> int:
    """The customer says yes; the id of the consent."""
    turn_id = turn_id or str(uuid.uuid4())
    return (await rooms.consents.decide(talk, purpose, "given", turn_id=turn_id)).id


async def give(
    rooms: Rooms, talk: str, purpose: str = "callback", **fields: str
) -> list[Kept | Contradiction]:
    """Agree and put these fields on the card; name and phone when none are named."""
    await agree(rooms, talk, purpose)
    fields = fields or {"name": NAME, "phone": PHONE}
    return [await rooms.contacts.save(talk, field, value, purpose) for field, value in fields.items()]


async def take_down(rooms: Rooms, talk: str, **fields: Any) -> str:
    """A request by hand; its reference."""
    async with rooms.database.write() as connection:
        locked = await conversations.lock(connection, talk)
        await conversations.set_context(connection, locked, open_form="manual_request")
    before = {row.reference for row in await rows(rooms, tickets)}
    values = {"name": NAME, "phone": PHONE, "matter": "想改寄送地址", "consent": True, **fields}
    await rooms.conversations.receive(talk, Said(str(uuid.uuid4()), fields=values))
    (reference,) = {row.reference for row in await rows(rooms, tickets)} - before
    return str(reference)


async def complain(rooms: Rooms, talk: str) -> str:
    """A complaint with contact data; its reference."""
    consent_id = await agree(rooms, talk, "complaint_contact")
    private = {"name": NAME, "phone": PHONE, "matter": "排队太久"}
    return (await file(rooms, talk, private=private, consent_id=consent_id)).reference


async def praise(rooms: Rooms, talk: str, text: str) -> None:
    """Five stars, with these words."""
    async with rooms.database.write() as connection:
        locked = await conversations.lock(connection, talk)
        await rooms.feedback.add(
            connection, locked, turn_id=str(uuid.uuid4()), kind="praise", text=text, score=5
        )


async def ticket_fields(rooms: Rooms, reference: str) -> dict[str, Any]:
    """What the ticket itself says now, as whoever works on it reads it."""
    async with rooms.database.read() as connection:
        query = select(tickets.c.fields).where(tickets.c.reference == reference)
        kept = (await connection.execute(query)).scalar_one()
    return dict(orjson.loads(rooms.contacts.cipher.decrypt(kept, reference)))


async def everything_kept(rooms: Rooms) -> str:
    """All rows of all tables, encrypted values opened where a place is known to open them."""
    return "\n".join([str(await rows(rooms, table)) for table in metadata.sorted_tables])


async def told(rooms: Rooms, talk: str) -> Counter[str]:
    """How many rows of each table a copy of this conversation's data has."""
    async with rooms.database.read() as connection:
        items = [i for h in rooms.people_data.holdings for i in await h.read(connection, [talk])]
    return Counter(item.source for item in items)


async def raw(rooms: Rooms, talk: str) -> Counter[str]:
    """How many rows of each table carry this conversation's id."""
    found = Counter[str]()
    for table in metadata.sorted_tables:
        column = table.c.get("conversation_id", table.c.id if table.name == "conversations" else None)
        if column is not None and table.name not in NOT_ABOUT_PEOPLE:
            async with rooms.database.read() as connection:
                query = select(func.count()).select_from(table).where(column == talk)
                found[table.name] = int((await connection.execute(query)).scalar_one())
    return +found


async def of_table(rooms: Rooms, table: Table, talk: str) -> list[Any]:
    """The table's rows that carry this conversation's id."""
    return [row for row in await rows(rooms, table) if row.conversation_id == talk]
