"""The tables of consents and tickets."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import UtcTime, metadata

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("purpose", String(32), nullable=False),
    Column("version", String(16), nullable=False),
    Column("language", String(2), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("decision", String(8), nullable=False),  # given | refused | withdrawn
    Column("at", UtcTime, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("reference", String(24), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("consent_id", ForeignKey("consents.id"), nullable=False),
    Column("language", String(2), nullable=False),
    Column("state", String(12), nullable=False),
    Column("fields", LargeBinary, nullable=False),  # encrypted JSON
    Column("created_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
)

#: Counts the tickets of a day, so that a reference can be read out over the phone.
counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Integer, nullable=False),
)


async def count_up(connection: AsyncConnection, name: str) -> int:
    """The next number of this counter, from 1, without gaps or repeats."""
    raised = await connection.execute(
        update(counters).where(counters.c.name == name).values(value=counters.c.value + 1)
    )
    if not raised.rowcount:
        await connection.execute(insert(counters).values(name=name, value=1))
    query = select(counters.c.value).where(counters.c.name == name)
    return int((await connection.execute(query)).scalar_one())


async def add_consent(connection: AsyncConnection, **values: Any) -> int:
    """Log a decision; returns its id."""
    done = await connection.execute(insert(consents).values(**values))
    return int(done.inserted_primary_key[0])


async def add_ticket(connection: AsyncConnection, **values: Any) -> None:
    await connection.execute(insert(tickets).values(**values))


async def ticket(connection: AsyncConnection, reference: str) -> Row[Any] | None:
    query = select(tickets).where(tickets.c.reference == reference)
    return (await connection.execute(query)).one_or_none()


def due_label(due_at: datetime, language: str) -> str:
    """A due time as a customer reads it, in the bank's calendar."""
    if language == "en":
        return f"{due_at.day} {due_at:%B}, {due_at:%H:%M}"
    return f"{due_at.month} 月 {due_at.day} 日 {due_at:%H:%M}"
