"""The table of what was asked to be passed on, by whom it was allowed, and whether it left."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Integer, Select, String, Table, Text, delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import UtcTime, metadata
from bot.errors import NotFound
from bot.records.export_states import State
from bot.records.store import locked

exports = Table(
    "exports",
    metadata,
    Column("reference", String(16), primary_key=True),  # X20261123-0001
    Column("state", String(12), nullable=False),
    Column("kind", String(12), nullable=False),  # transcripts | tickets
    # Ids of conversations or references of tickets, as they were when it was asked for.
    Column("things", JSON, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("detail", String(8), nullable=False),  # masked | full
    Column("ground", String(8), nullable=False),  # consent | law
    Column("legal_ground", Text),  # the approver's words
    Column("requested_by", String(8), nullable=False),
    Column("requested_at", UtcTime, nullable=False, index=True),
    Column("decided_by", String(8)),
    Column("decided_at", UtcTime),
    Column("decision_note", Text),
    Column("open_until", UtcTime),
    Column("fetched_at", UtcTime),
    # What left: how many records, how many were left out, and the hash of all.
    Column("passed_on", Integer),
    Column("left_out", Integer),
    Column("sha256", String(64)),
)

_REFERENCE = re.compile(r"X\d{8}-\d{4,6}")
#: A list is no longer than this.
MAX_LISTED = 200


@dataclass(frozen=True)
class Export:
    """One request, as its row says."""

    reference: str
    state: State
    kind: str
    things: list[str]
    recipient: str
    purpose: str
    note: str
    detail: str
    ground: str
    legal_ground: str | None
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str | None
    open_until: datetime | None
    fetched_at: datetime | None
    passed_on: int | None
    left_out: int | None
    sha256: str | None


def is_reference(text: str) -> bool:
    """Whether it looks like one of ours; anything else is not asked of the record nor written down."""
    return _REFERENCE.fullmatch(text) is not None


async def add(connection: AsyncConnection, **values: Any) -> Export:
    """A new request."""
    await connection.execute(insert(exports).values(state=State.REQUESTED.value, **values))
    return await lock(connection, values["reference"])


async def lock(connection: AsyncConnection, reference: str) -> Export:
    """The request, locked until the transaction ends.

    Raises:
        NotFound: no such reference.
    """
    if not is_reference(reference):
        raise NotFound()
    return _export(await locked(connection, exports, reference))


async def move(connection: AsyncConnection, reference: str, state: State, **values: Any) -> Export:
    """The request in its new state."""
    await connection.execute(
        update(exports).where(exports.c.reference == reference).values(state=state.value, **values)
    )
    return await lock(connection, reference)


async def listed(connection: AsyncConnection, requested_by: str | None) -> list[Export]:
    """The last requests, newest first; of one person alone when they are named."""
    query = select(exports).order_by(exports.c.requested_at.desc(), exports.c.reference.desc()).limit(MAX_LISTED)
    if requested_by is not None:
        query = query.where(exports.c.requested_by == requested_by)
    return [_export(row) for row in await connection.execute(query)]


def older_than(before: datetime, _purpose: str | None) -> Select[Any]:
    """Requests whose time is over, counted from the last thing that happened."""
    at = func.coalesce(exports.c.fetched_at, exports.c.decided_at, exports.c.requested_at)
    return select(exports.c.reference.label("key"), at.label("at")).where(at < before)


async def remove(connection: AsyncConnection, references: list[str], _at: datetime) -> None:
    """Delete these."""
    await connection.execute(delete(exports).where(exports.c.reference.in_(references)))


def _export(row: Row[Any]) -> Export:
    return Export(**{**row._mapping, "state": State(row.state)})
