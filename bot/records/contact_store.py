"""The table of contact cards: one row a field and purpose, the value encrypted."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    LargeBinary,
    Select,
    String,
    Table,
    delete,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import UtcTime, metadata
from bot.records.store import tickets

contacts = Table(
    "contacts",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("purpose", String(32), primary_key=True),
    Column("field", String(24), primary_key=True),
    Column("value", LargeBinary, nullable=False),  # encrypted
    Column("consent_id", ForeignKey("consents.id"), nullable=False),
    Column("set_by", String(64), nullable=False),  # as the audit's actors
    Column("set_at", UtcTime, nullable=False),
)


def about(conversation_id: str, purpose: str, field: str) -> str:
    """The place a value is bound to."""
    return f"contact:{conversation_id}:{purpose}:{field}"


def key_of(row: Any) -> str:
    """One name for a row, to be told and found again."""
    return f"{row.conversation_id}:{row.purpose}:{row.field}"


async def of_conversations(
    connection: AsyncConnection, conversation_ids: list[str], purpose: str | None = None
) -> list[Row[Any]]:
    """All fields of these conversations, those set first coming first."""
    query = select(contacts).where(contacts.c.conversation_id.in_(conversation_ids))
    if purpose:
        query = query.where(contacts.c.purpose == purpose)
    query = query.order_by(contacts.c.set_at, contacts.c.purpose, contacts.c.field)
    return list(await connection.execute(query))


async def unused(connection: AsyncConnection, conversation_id: str, purpose: str) -> list[Row[Any]]:
    """The purpose's fields of this conversation that no ticket was filed with."""
    filed = select(tickets.c.reference).where(tickets.c.consent_id == contacts.c.consent_id)
    query = select(contacts).where(
        contacts.c.conversation_id == conversation_id, contacts.c.purpose == purpose, ~filed.exists()
    )
    return list(await connection.execute(query))


async def add(connection: AsyncConnection, **values: Any) -> None:
    await connection.execute(insert(contacts).values(**values))


async def change(connection: AsyncConnection, row: Row[Any], **values: Any) -> None:
    await connection.execute(update(contacts).where(*_this(row)).values(**values))


async def remove(connection: AsyncConnection, row: Row[Any]) -> None:
    await connection.execute(delete(contacts).where(*_this(row)))


def older_than(before: datetime, purpose: str | None) -> Select[Any]:
    """The keys and ages of a purpose's fields that were given before then."""
    key = contacts.c.conversation_id + ":" + contacts.c.purpose + ":" + contacts.c.field
    return select(key.label("key"), contacts.c.set_at.label("at")).where(
        contacts.c.set_at < before, contacts.c.purpose == purpose
    )


async def remove_keys(connection: AsyncConnection, keys: list[str], _at: datetime) -> None:
    """Delete these rows, by the names `key_of` gives."""
    parts = [tuple(key.split(":")) for key in keys]
    place = tuple_(contacts.c.conversation_id, contacts.c.purpose, contacts.c.field)
    await connection.execute(delete(contacts).where(place.in_(parts)))


def _this(row: Row[Any]) -> tuple[Any, ...]:
    return (
        contacts.c.conversation_id == row.conversation_id,
        contacts.c.purpose == row.purpose,
        contacts.c.field == row.field,
    )
