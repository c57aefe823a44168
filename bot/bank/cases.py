"""What is read and written of our own cases: one row an act that was asked of the bank."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.bank.port import Act, Receipt
from bot.bank.states import State
from bot.bank.store import acts

_UNDER_WAY = (State.OPEN.value, State.CONFIRMING.value)


@dataclass(frozen=True)
class Case:
    """One act, from asking to its end; `id` is the key at the bank, `reference` the customer's number.

    `reason` says why it was refused (a reason of the bank's, `bank_away` or `withdrawn`);
    `details` has what belongs to the reason (since, state).
    """

    id: str
    reference: str
    conversation_id: str
    turn_id: str
    act: Act
    card_id: str
    customer_id: str
    last4: str
    kind: str
    state: State
    reason: str | None
    details: dict[str, Any]
    attempts: int
    receipt: Receipt | None
    created_at: datetime
    attempted_at: datetime | None
    settled_at: datetime | None
    due_at: datetime | None
    alarmed: bool


async def add(connection: AsyncConnection, **values: Any) -> None:
    await connection.execute(insert(acts).values(**values))


async def by_id(connection: AsyncConnection, case_id: str) -> Case | None:
    return await _one(connection, acts.c.id == case_id)


async def by_name(connection: AsyncConnection, name: str) -> Case | None:
    """The case with this id or reference."""
    return await _one(connection, or_(acts.c.id == name, acts.c.reference == name.upper()))


async def by_turn(connection: AsyncConnection, turn_id: str) -> Case | None:
    return await _one(connection, acts.c.turn_id == turn_id)


async def under_way(
    connection: AsyncConnection, conversation_id: str, act: Act, card_id: str
) -> Case | None:
    """The unsettled case of this conversation that is about the same."""
    return await _one(
        connection,
        (acts.c.conversation_id == conversation_id)
        & (acts.c.act == act.value)
        & (acts.c.card_id == card_id)
        & acts.c.state.in_(_UNDER_WAY),
    )


async def of_conversation(connection: AsyncConnection, conversation_id: str) -> list[Case]:
    """Oldest first."""
    query = select(acts).where(acts.c.conversation_id == conversation_id)
    rows = await connection.execute(query.order_by(acts.c.created_at, acts.c.reference))
    return [_case(row) for row in rows]


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[Case]:
    """Cases that somebody should look at now, the longest waiting first."""
    query = select(acts).where(acts.c.due_at <= now).order_by(acts.c.due_at).limit(limit)
    return [_case(row) for row in await connection.execute(query)]


async def change(connection: AsyncConnection, case_id: str, **values: Any) -> None:
    """Write to a case whose conversation the caller has locked."""
    await connection.execute(update(acts).where(acts.c.id == case_id).values(**values))


async def claim(connection: AsyncConnection, case: Case, until: datetime) -> bool:
    """Keep other workers away from the case until then; of several at once, one wins."""
    done = await connection.execute(
        update(acts)
        .where(acts.c.id == case.id, acts.c.due_at == case.due_at)
        .values(due_at=until)
    )
    return bool(done.rowcount)


async def postpone(connection: AsyncConnection, case_id: str, until: datetime) -> None:
    """Look at the case again then, if it has not been settled meanwhile."""
    await connection.execute(
        update(acts)
        .where(acts.c.id == case_id, acts.c.state.in_(_UNDER_WAY))
        .values(due_at=until)
    )


async def _one(connection: AsyncConnection, condition: Any) -> Case | None:
    row = (await connection.execute(select(acts).where(condition))).one_or_none()
    return _case(row) if row else None


def _case(row: Row[Any]) -> Case:
    values = {name: getattr(row, name) for name in Case.__dataclass_fields__}
    receipt = Receipt.of(row.receipt) if row.receipt else None
    return Case(**{**values, "act": Act(row.act), "state": State(row.state), "receipt": receipt})
