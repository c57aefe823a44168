"""The tables of consents, tickets and feedback."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    cast,
    delete,
    false,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import BANK_ZONE
from bot.database import UtcTime, metadata
from bot.errors import NotFound

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("purpose", String(32), nullable=False),
    Column("version", String(16), nullable=False),
    Column("language", String(2), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("decision", String(12), nullable=False),  # given | refused | withdrawn
    Column("at", UtcTime, nullable=False),
    # The turn it was said in: a repeated turn finds its decision made.
    Column("turn_id", String(36)),
    UniqueConstraint("conversation_id", "purpose", "turn_id", "decision"),
)

#: Complaints of many people about the same matter (L18).
complaint_groups = Table(
    "complaint_groups",
    metadata,
    Column("reference", String(24), primary_key=True),
    Column("opened_at", UtcTime, nullable=False),
    Column("opened_by", String(8), nullable=False),
    Column("major_at", UtcTime),  # when it had become the matter of twenty
)

tickets = Table(
    "tickets",
    metadata,
    Column("reference", String(24), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    # Nullable: a complaint can be filed without a contact, and then needs no consent.
    Column("consent_id", ForeignKey("consents.id")),
    # Known by the bank app's signed token: an answer finds its customer in a later conversation.
    Column("customer_id", String(64), index=True),
    # What asked for it: a repeated turn finds its ticket.
    Column("turn_id", String(64), nullable=False),
    Column("language", String(2), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("facts", JSON, nullable=False),  # C1: branch, day, topic, window
    Column("fields", LargeBinary, nullable=False),  # C2: encrypted JSON
    Column("case_reference", String(64)),
    # The conversation as it stood when a complaint was filed (L23).
    Column("to_seq", Integer),
    Column("transcript_sha256", String(64)),
    Column("about_agent", String(8)),
    Column("group_reference", ForeignKey("complaint_groups.reference"), index=True),
    Column("represents", Boolean, nullable=False, server_default=false()),  # speaks for its group
    Column("assigned_to", String(8)),
    Column("responsible", String(16)),
    Column("cause", LargeBinary),  # encrypted JSON: root cause and measure
    Column("answer", LargeBinary),  # encrypted JSON: text and who wrote it
    # The conversation in which the answer was last put to the customer.
    Column("answered_in", ForeignKey("conversations.id")),
    Column("received_at", UtcTime, nullable=False),  # filed, or reopened
    Column("due_at", UtcTime, nullable=False),
    Column("clock_no", Integer, nullable=False),
    Column("extensions", Integer, nullable=False),
    Column("approvers", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("answered_at", UtcTime),
    Column("closed_at", UtcTime),
    UniqueConstraint("turn_id", "kind"),
    Index("ix_tickets_due", "state", "due_at"),
)

#: The history of a ticket; a row a step, only ever added.
ticket_events = Table(
    "ticket_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("reference", ForeignKey("tickets.reference"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("event", String(16), nullable=False),
    Column("state", String(16), nullable=False),  # after it
    Column("turn_id", String(64)),  # a customer's repeated turn finds its step done
    Column("text", LargeBinary),  # a note, encrypted
    Column("details", JSON, nullable=False),  # codes and dates, never a person's data
    UniqueConstraint("reference", "turn_id"),
)

#: When each mark of a ticket's clock is reached, and whether the alarm has been raised (D10).
ticket_alarms = Table(
    "ticket_alarms",
    metadata,
    Column("reference", ForeignKey("tickets.reference"), primary_key=True),
    Column("clock_no", Integer, primary_key=True, autoincrement=False),
    Column("mark", Integer, primary_key=True, autoincrement=False),  # percent of the time
    Column("fire_at", UtcTime, nullable=False),
    Column("fired_at", UtcTime),
    Index("ix_ticket_alarms_open", "fired_at", "fire_at"),
)

#: Praise and suggestions, with the topic they are about (R14).
feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("turn_id", String(64), nullable=False, unique=True),
    Column("topic", String(64)),
    Column("kind", String(16), nullable=False),  # praise | suggestion | complaint_hint
    Column("text", Text),  # shielded
    Column("score", Integer),
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
    add = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    raised = (
        add(counters)
        .values(name=name, value=1)
        .on_conflict_do_update(
            index_elements=[counters.c.name], set_={"value": counters.c.value + 1}
        )
        .returning(counters.c.value)
    )
    return int((await connection.execute(raised)).scalar_one())


async def next_reference(connection: AsyncConnection, letter: str, now: datetime) -> str:
    """The next number of this letter and bank day, such as C20261123-0001: it can be read out over the phone."""
    day = f"{letter}{now.astimezone(BANK_ZONE):%Y%m%d}"
    return f"{day}-{await count_up(connection, day):04d}"


async def locked(connection: AsyncConnection, table: Table, reference: str) -> Row[Any]:
    """The row with this reference, locked until the transaction ends.

    Raises:
        NotFound: no such reference.
    """
    query = select(table).where(table.c.reference == reference).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound()
    return row


async def add_consent(connection: AsyncConnection, **values: Any) -> int:
    """Log a decision; returns its id."""
    done = await connection.execute(insert(consents).values(**values))
    return int(done.inserted_primary_key[0])  # type: ignore[index]  # one row, one key


async def last_consent(
    connection: AsyncConnection, conversation_id: str, purpose: str
) -> Row[Any] | None:
    """The decision that stands for this purpose."""
    query = (
        select(consents)
        .where(consents.c.conversation_id == conversation_id, consents.c.purpose == purpose)
        .order_by(consents.c.id.desc())
    )
    return (await connection.execute(query.limit(1))).one_or_none()


async def consent_of_turn(
    connection: AsyncConnection, conversation_id: str, purpose: str, turn_id: str, *decisions: str
) -> Row[Any] | None:
    """The entry that this turn has made already, among these decisions."""
    query = select(consents).where(
        consents.c.conversation_id == conversation_id, consents.c.purpose == purpose,
        consents.c.turn_id == turn_id, consents.c.decision.in_(decisions),
    )
    return (await connection.execute(query.order_by(consents.c.id).limit(1))).one_or_none()


async def purposes_decided(connection: AsyncConnection, conversation_id: str) -> list[str]:
    """The purposes this conversation has ever decided about."""
    query = select(consents.c.purpose).where(consents.c.conversation_id == conversation_id).distinct()
    return sorted((await connection.execute(query)).scalars())


def unused_consents(before: datetime) -> Select[Any]:
    """Entries from before then that nothing refers to: their ids and times."""
    used = [
        select(table.c.consent_id).where(table.c.consent_id == consents.c.id).exists()
        for table in metadata.tables.values()
        if "consent_id" in table.c
    ]
    return select(cast(consents.c.id, String).label("key"), consents.c.at.label("at")).where(
        consents.c.at < before, *(~one for one in used)
    )


async def remove_consents(connection: AsyncConnection, keys: list[str], _at: datetime) -> None:
    await connection.execute(delete(consents).where(consents.c.id.in_([int(key) for key in keys])))


def due_label(due_at: datetime, language: str) -> str:
    """A due time as a customer reads it, in the bank's calendar."""
    if language == "en":
        return f"{due_at.day} {due_at:%B}, {due_at:%H:%M}"
    return f"{due_at.month} 月 {due_at.day} 日 {due_at:%H:%M}"
