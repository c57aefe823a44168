"""Brings every encrypted value over to the current data key, in small transactions (R18)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, select, tuple_, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.database import Database
from bot.records import audit
from bot.records.archive import about as archive_about
from bot.records.archive import archive
from bot.records.cipher import Cipher
from bot.records.contact_store import about as contact_about
from bot.records.contact_store import contacts
from bot.records.store import ticket_events, tickets

#: Rows that one transaction re-encrypts.
BATCH = 200


@dataclass(frozen=True)
class Sealed:
    """One encrypted column, and the place that each of its values is bound to."""

    table: Table
    column: Column[Any]
    about: Callable[[Row[Any]], str]


#: What this room encrypts; wiring adds the columns of the rooms above.
SEALED = (
    Sealed(tickets, tickets.c.fields, lambda row: str(row.reference)),
    Sealed(tickets, tickets.c.cause, lambda row: f"{row.reference}/cause"),
    Sealed(tickets, tickets.c.answer, lambda row: f"{row.reference}/answer"),
    Sealed(ticket_events, ticket_events.c.text, lambda row: f"{row.reference}/note"),
    Sealed(contacts, contacts.c.value, lambda row: contact_about(row.conversation_id, row.purpose, row.field)),
    Sealed(archive, archive.c.data, lambda row: archive_about(row.kind, row.key)),
)


async def rekey(
    database: Database, clock: Clock, cipher: Cipher, sealed: tuple[Sealed, ...]
) -> dict[str, int]:
    """Re-encrypt what an older key made; how many values of each column. May be cut off and run again.

    Raises:
        UnavailableError: a value can not be read with any key that is here; what was done stays.
    """
    counts = {}
    for one in sealed:
        count, after = 0, None
        while True:
            async with database.write() as connection:
                rows = await _page(connection, one, after)
                count += sum([await _renew(connection, cipher, one, row) for row in rows])
            if len(rows) < BATCH:
                break
            after = _key(one, rows[-1])
        counts[f"{one.table.name}.{one.column.name}"] = count
    async with database.write() as connection:
        await audit.record(
            connection, at=clock.now(), actor="system", action="rekeyed", reason=cipher.current.hex(),
            values=counts
        )
    return counts


async def sample(
    connection: AsyncConnection, cipher: Cipher, sealed: tuple[Sealed, ...], limit: int
) -> int:
    """Decrypt the first and last few values of every column; how many were read.

    Raises:
        UnavailableError: one of them can not be read.
    """
    read = 0
    for one in sealed:
        keys = list(one.table.primary_key.columns)
        for order in (keys, [key.desc() for key in keys]):
            query = select(one.table).where(one.column.is_not(None)).order_by(*order).limit(limit)
            for row in await connection.execute(query):
                cipher.decrypt(row._mapping[one.column], one.about(row))
                read += 1
    return read


async def _page(connection: AsyncConnection, one: Sealed, after: tuple[Any, ...] | None) -> list[Row[Any]]:
    keys = list(one.table.primary_key.columns)
    query = select(one.table).where(one.column.is_not(None)).order_by(*keys).limit(BATCH)
    if after:
        query = query.where(tuple_(*keys) > tuple_(*after))
    return list(await connection.execute(query.with_for_update()))


async def _renew(connection: AsyncConnection, cipher: Cipher, one: Sealed, row: Row[Any]) -> bool:
    kept = row._mapping[one.column]
    if cipher.is_current(kept):
        return False
    place = one.about(row)
    renewed = cipher.encrypt(cipher.decrypt(kept, place), place)
    same = [key == value for key, value in zip(one.table.primary_key.columns, _key(one, row), strict=True)]
    await connection.execute(update(one.table).where(*same).values({one.column.name: renewed}))
    return True


def _key(one: Sealed, row: Row[Any]) -> tuple[Any, ...]:
    return tuple(row._mapping[key] for key in one.table.primary_key.columns)
