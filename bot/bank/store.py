"""The tables of the sandbox bank, and what is read and written in them.

They belong to the sandbox alone and stay empty where a real bank answers. Numbers and names are
encrypted; keyed hashes find them again (R18).
"""

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import UtcTime, metadata

customers = Table(
    "sandbox_customers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("language", String(2), nullable=False),
    Column("id_last6_hash", String(64), nullable=False),
    Column("fields", LargeBinary, nullable=False),  # encrypted: name, honorific, phone, ID, birthday
)

cards = Table(
    "sandbox_cards",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("customer_id", ForeignKey("sandbox_customers.id"), nullable=False, index=True),
    Column("joint_with", ForeignKey("sandbox_customers.id")),
    Column("kind", String(8), nullable=False),
    Column("last4", String(4), nullable=False, index=True),
    Column("number_hash", String(64), nullable=False, unique=True),
    Column("number", LargeBinary, nullable=False),  # encrypted
    Column("state", String(16), nullable=False),
    # What it was before it was reported lost, and is again when the report is lifted.
    Column("before", String(16)),
    Column("since", UtcTime),
    Column("until", UtcTime),
)

history = Table(
    "sandbox_card_history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("card_id", ForeignKey("sandbox_cards.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("act", String(24), nullable=False),
    Column("state_before", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reference", String(24)),
    Column("key", String(64)),
)

#: One row an executed act: the same key finds its receipt here instead of acting again.
executed = Table(
    "sandbox_executed",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("receipt", JSON, nullable=False),
)

#: Our own record of every act that was asked of the bank, sandbox or not.
acts = Table(
    "acts",
    metadata,
    Column("id", String(36), primary_key=True),  # the key at the bank
    Column("reference", String(24), nullable=False, unique=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    # The turn that asked last: a repeated turn finds its case.
    Column("turn_id", String(36), nullable=False, unique=True),
    Column("act", String(24), nullable=False),
    Column("card_id", String(64), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("last4", String(4), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(24)),
    Column("details", JSON, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("receipt", JSON(none_as_null=True)),
    Column("created_at", UtcTime, nullable=False),
    Column("attempted_at", UtcTime),
    Column("settled_at", UtcTime),
    # When the worker looks at it next; none when there is nothing left to do or say.
    Column("due_at", UtcTime),
    Column("alarmed", Boolean, nullable=False),
    Index("ix_acts_due", "due_at"),
)


async def add_missing(
    connection: AsyncConnection, table: Table, rows: list[dict[str, Any]]
) -> None:
    """Add the rows that are not there yet; another process may do the same at once."""
    add = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for row in rows:
        await connection.execute(add(table).values(**row).on_conflict_do_nothing())


async def card_ids(connection: AsyncConnection) -> set[str]:
    return set((await connection.execute(select(cards.c.id))).scalars())


async def customer(connection: AsyncConnection, customer_id: str) -> Row[Any] | None:
    query = select(customers).where(customers.c.id == customer_id)
    return (await connection.execute(query)).one_or_none()


async def card(connection: AsyncConnection, card_id: str, *, lock: bool = False) -> Row[Any] | None:
    """The card's row; locked until the transaction ends when asked for."""
    query = select(cards).where(cards.c.id == card_id)
    return (await connection.execute(query.with_for_update() if lock else query)).one_or_none()


async def cards_of(connection: AsyncConnection, customer_id: str) -> list[Row[Any]]:
    mine = or_(cards.c.customer_id == customer_id, cards.c.joint_with == customer_id)
    return list(await connection.execute(select(cards).where(mine).order_by(cards.c.id)))


async def cards_like(
    connection: AsyncConnection, *, last4: str | None, number_hash: str | None
) -> list[Row[Any]]:
    """The cards that match all that is given."""
    query = select(cards).order_by(cards.c.id)
    if last4 is not None:
        query = query.where(cards.c.last4 == last4)
    if number_hash is not None:
        query = query.where(cards.c.number_hash == number_hash)
    return list(await connection.execute(query))


async def change_card(connection: AsyncConnection, card_id: str, **values: Any) -> None:
    await connection.execute(update(cards).where(cards.c.id == card_id).values(**values))


async def add_history(connection: AsyncConnection, **values: Any) -> None:
    await connection.execute(insert(history).values(**values))


async def history_of(connection: AsyncConnection, card_id: str) -> list[Row[Any]]:
    """What has happened to the card, oldest first."""
    query = select(history).where(history.c.card_id == card_id).order_by(history.c.id)
    return list(await connection.execute(query))


async def receipt(connection: AsyncConnection, key: str) -> dict[str, Any] | None:
    query = select(executed.c.receipt).where(executed.c.key == key)
    return (await connection.execute(query)).scalar_one_or_none()


async def add_receipt(connection: AsyncConnection, key: str, kept: dict[str, Any]) -> None:
    await connection.execute(insert(executed).values(key=key, receipt=kept))


