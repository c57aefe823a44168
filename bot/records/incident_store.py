"""The tables of incidents with personal data and of what was done about them. They name no customer."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Integer,
    Select,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import UtcTime, metadata
from bot.errors import NotFound
from bot.records.incident_states import FIELDS, State
from bot.records.store import locked

incidents = Table(
    "incidents",
    metadata,
    Column("reference", String(16), primary_key=True),  # I20261123-0001
    Column("state", String(8), nullable=False),
    Column("summary", Text, nullable=False),
    *(Column(name, Text) for name in FIELDS),
    Column("opened_at", UtcTime, nullable=False, index=True),
    Column("authority_told_at", UtcTime),
    Column("people_told_at", UtcTime),
    Column("closed_at", UtcTime),
)

incident_events = Table(
    "incident_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("reference", ForeignKey("incidents.reference"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("event", String(16), nullable=False),
    # Which field, with what it said before and says now; when somebody was told.
    Column("details", JSON, nullable=False),
)

_REFERENCE = re.compile(r"I\d{8}-\d{4,6}")
#: A list is no longer than this.
MAX_LISTED = 200


@dataclass(frozen=True)
class Incident:
    """One incident, as its row says; a field that is not known yet is None."""

    reference: str
    state: State
    summary: str
    data_kinds: str | None
    cause: str | None
    harm: str | None
    measures: str | None
    self_help: str | None
    contact: str | None
    opened_at: datetime
    authority_told_at: datetime | None
    people_told_at: datetime | None
    closed_at: datetime | None

    @property
    def empty(self) -> list[str]:
        """The fields that are still to be filled in."""
        return [name for name in FIELDS if not (getattr(self, name) or "").strip()]


@dataclass(frozen=True)
class Happened:
    """One row of the history."""

    at: datetime
    actor: str
    event: str
    details: dict[str, Any]


def is_reference(text: str) -> bool:
    """Whether it looks like one of ours; anything else is not asked of the record nor written down."""
    return _REFERENCE.fullmatch(text) is not None


async def add(connection: AsyncConnection, **values: Any) -> Incident:
    """A new incident."""
    await connection.execute(insert(incidents).values(state=State.OPEN.value, **values))
    return await lock(connection, values["reference"])


async def lock(connection: AsyncConnection, reference: str) -> Incident:
    """The incident, locked until the transaction ends.

    Raises:
        NotFound: no such reference.
    """
    if not is_reference(reference):
        raise NotFound()
    return _incident(await locked(connection, incidents, reference))


async def change(connection: AsyncConnection, reference: str, **values: Any) -> Incident:
    """The incident with these values."""
    await connection.execute(update(incidents).where(incidents.c.reference == reference).values(**values))
    return await lock(connection, reference)


async def note(
    connection: AsyncConnection, reference: str, *, at: datetime, actor: str, event: str, details: dict[str, Any]
) -> None:
    """A row of history."""
    await connection.execute(
        insert(incident_events).values(reference=reference, at=at, actor=actor, event=event, details=details)
    )


async def history(connection: AsyncConnection, reference: str) -> list[Happened]:
    """What happened, in its order."""
    query = select(incident_events).where(incident_events.c.reference == reference).order_by(incident_events.c.id)
    return [Happened(row.at, row.actor, row.event, row.details) for row in await connection.execute(query)]


async def listed(connection: AsyncConnection) -> list[Incident]:
    """The last incidents: open ones first, then the newest."""
    order = (incidents.c.state.desc(), incidents.c.opened_at.desc(), incidents.c.reference.desc())
    return [_incident(row) for row in await connection.execute(select(incidents).order_by(*order).limit(MAX_LISTED))]


def older_than(before: datetime, _purpose: str | None) -> Select[Any]:
    """Closed incidents whose time is over; an open one stays."""
    return select(incidents.c.reference.label("key"), incidents.c.closed_at.label("at")).where(
        incidents.c.state == State.CLOSED.value, incidents.c.closed_at < before
    )


async def remove(connection: AsyncConnection, references: list[str], _at: datetime) -> None:
    """Delete these with their history."""
    for table in (incident_events, incidents):
        await connection.execute(delete(table).where(table.c.reference.in_(references)))


def _incident(row: Row[Any]) -> Incident:
    return Incident(**{**row._mapping, "state": State(row.state)})
