"""The table of handoffs: who waits for a person, and who had whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import UtcTime, metadata
from bot.handoff.queue import Waiting
from bot.handoff.states import Event, State, after

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    # The turn that asked: a repeated turn finds its handoff done.
    Column("turn_id", String(36), nullable=False, unique=True),
    Column("reason", String(32), nullable=False),
    Column("skill", String(16), nullable=False),
    Column("language", String(2), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("summary", Text, nullable=False),
    Column("slots", JSON, nullable=False),
    Column("state", String(8), nullable=False),
    Column("queued_at", UtcTime, nullable=False),
    Column("assigned_at", UtcTime),
    Column("agent_id", Integer),
    Column("wrap_up", String(16)),
    Column("resolved", Boolean),
    Column("closed_at", UtcTime),
    Column("version", Integer, nullable=False),
    Index("ix_handoffs_line", "state", "priority", "queued_at"),
    Index("ix_handoffs_conversation", "conversation_id", "state"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("agent_id", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("text", Text, nullable=False),
)


async def add(connection: AsyncConnection, **values: Any) -> None:
    """Put a conversation into the line."""
    await connection.execute(insert(handoffs).values(state=State.WAITING.value, version=1, **values))


async def of_turn(connection: AsyncConnection, turn_id: str) -> Row[Any] | None:
    """The handoff this turn asked for, if it did."""
    query = select(handoffs).where(handoffs.c.turn_id == turn_id)
    return (await connection.execute(query)).one_or_none()


async def live(connection: AsyncConnection, conversation_id: str) -> Row[Any] | None:
    """The handoff of this conversation that is waiting or assigned."""
    query = select(handoffs).where(
        handoffs.c.conversation_id == conversation_id,
        handoffs.c.state.in_([State.WAITING.value, State.ASSIGNED.value]),
    )
    return (await connection.execute(query.order_by(handoffs.c.queued_at.desc()))).first()


async def latest(connection: AsyncConnection, conversation_id: str) -> Row[Any] | None:
    """The last handoff of this conversation, ended or not."""
    query = select(handoffs).where(handoffs.c.conversation_id == conversation_id)
    return (await connection.execute(query.order_by(handoffs.c.queued_at.desc()))).first()


async def change(
    connection: AsyncConnection, row: Row[Any], event: Event, **values: Any
) -> bool:
    """Let this event happen to the handoff, if nobody changed it since `row` was read.

    One conditional UPDATE: of fifty at once, one wins (D11, S16).

    Raises:
        Conflict: the event is not possible from the row's state.
    """
    state = after(State(row.state), event)
    done = await connection.execute(
        update(handoffs)
        .where(handoffs.c.id == row.id, handoffs.c.version == row.version)
        .values(state=state.value, version=row.version + 1, **values)
    )
    return bool(done.rowcount)


async def line(connection: AsyncConnection) -> list[tuple[Waiting, Row[Any]]]:
    """Everybody who waits, in no order, with their rows."""
    query = select(handoffs).where(handoffs.c.state == State.WAITING.value)
    return [
        (
            Waiting(
                row.id, row.conversation_id, row.skill, row.language, row.priority, row.queued_at
            ),
            row,
        )
        for row in await connection.execute(query)
    ]


async def mine(connection: AsyncConnection, agent_id: int) -> list[Row[Any]]:
    """The handoffs this agent holds, oldest first."""
    query = select(handoffs).where(
        handoffs.c.agent_id == agent_id, handoffs.c.state == State.ASSIGNED.value
    )
    return list(await connection.execute(query.order_by(handoffs.c.assigned_at)))


async def busy_slots(connection: AsyncConnection) -> int:
    """How many chats people hold now."""
    query = select(func.count()).where(handoffs.c.state == State.ASSIGNED.value)
    return int((await connection.execute(query)).scalar_one())


async def average_chat_s(connection: AsyncConnection, since: datetime) -> float | None:
    """Mean length of the chats that ended since then, in seconds."""
    query = select(handoffs.c.assigned_at, handoffs.c.closed_at).where(
        handoffs.c.state == State.DONE.value,
        handoffs.c.closed_at > since,
        handoffs.c.assigned_at.is_not(None),
    )
    lengths = [
        (row.closed_at - row.assigned_at).total_seconds()
        for row in await connection.execute(query.limit(200))
    ]
    return sum(lengths) / len(lengths) if lengths else None


async def add_note(
    connection: AsyncConnection, conversation_id: str, agent_id: int, text: str, at: datetime
) -> None:
    """An agent's note; customers never see it."""
    await connection.execute(
        insert(notes).values(conversation_id=conversation_id, agent_id=agent_id, text=text, at=at)
    )


async def notes_of(connection: AsyncConnection, conversation_id: str) -> list[Row[Any]]:
    query = select(notes).where(notes.c.conversation_id == conversation_id).order_by(notes.c.id)
    return list(await connection.execute(query))
