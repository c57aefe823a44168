"""What is read and written of tickets: each step with its history, its audit row and its clock.

Whoever changes a ticket has locked its conversation first, then the ticket.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import store as conversations
from bot.conversation.store import Conversation
from bot.errors import Conflict, NotFound
from bot.records import audit, due
from bot.records.store import consents, locked, ticket_alarms, ticket_events, tickets
from bot.records.ticket_states import LIVE, Kind, State, Step, after

#: States in which nobody does anything any more.
OVER = frozenset({State.CLOSED, State.WITHDRAWN, State.CANCELLED, State.KEPT})
#: A list is no longer than this; whoever comes after is due later.
MAX_LISTED = 500


@dataclass(frozen=True)
class Ticket:
    """One ticket, as its row says; what identifies a person stays encrypted."""

    reference: str
    kind: Kind
    conversation_id: str
    consent_id: int | None
    customer_id: str | None
    language: str
    state: State
    version: int
    priority: int
    facts: dict[str, Any]
    case_reference: str | None
    to_seq: int | None
    transcript_sha256: str | None
    about_agent: str | None
    group_reference: str | None
    represents: bool
    assigned_to: str | None
    responsible: str | None
    answered_in: str | None
    received_at: datetime
    due_at: datetime
    clock_no: int
    extensions: int
    approvers: list[str]
    created_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    fields: bytes = field(repr=False)
    cause: bytes | None = field(repr=False)
    answer: bytes | None = field(repr=False)

    @property
    def is_live(self) -> bool:
        """Whether somebody still owes the customer something."""
        return self.state in LIVE


async def add(connection: AsyncConnection, **values: Any) -> Ticket:
    """A new ticket with its first row of history and its clock."""
    values = {
        "version": 1, "clock_no": 1, "extensions": 0, "approvers": [],
        "created_at": values["received_at"], **values,
    }
    turn_id = values["turn_id"]
    await connection.execute(insert(tickets).values(**values))
    ticket = await find(connection, values["reference"])
    actor = f"conversation:{ticket.conversation_id}"
    await record(connection, ticket, "filed", at=ticket.created_at, actor=actor, turn_id=turn_id)
    await _plan_alarms(connection, ticket)
    return ticket


async def find(connection: AsyncConnection, reference: str) -> Ticket:
    """The ticket, not locked.

    Raises:
        NotFound: no such reference.
    """
    query = select(tickets).where(tickets.c.reference == reference)
    return _ticket((await connection.execute(query)).one_or_none())


async def lock(connection: AsyncConnection, reference: str) -> tuple[Conversation, Ticket]:
    """The ticket and its conversation, both locked until the transaction ends.

    Raises:
        NotFound: no such reference.
    """
    seen = await find(connection, reference)
    conversation = await conversations.lock(connection, seen.conversation_id)
    return conversation, _ticket(await locked(connection, tickets, reference))


async def of_turn(connection: AsyncConnection, turn_id: str, kind: Kind) -> Ticket | None:
    """The ticket of this kind that this turn has asked for already (D02)."""
    query = select(tickets).where(tickets.c.turn_id == turn_id, tickets.c.kind == kind.value)
    row = (await connection.execute(query)).one_or_none()
    return _ticket(row) if row else None


async def of_conversation(
    connection: AsyncConnection, conversation_id: str, kind: Kind | None, *, live_only: bool
) -> list[Ticket]:
    """The tickets that were filed or answered in this conversation, newest first."""
    query = select(tickets).where(
        or_(tickets.c.conversation_id == conversation_id, tickets.c.answered_in == conversation_id)
    )
    if kind:
        query = query.where(tickets.c.kind == kind.value)
    if live_only:
        query = query.where(tickets.c.state.in_([state.value for state in LIVE]))
    query = query.order_by(tickets.c.created_at.desc(), tickets.c.reference.desc())
    return [_ticket(row) for row in await connection.execute(query)]


async def of_group(connection: AsyncConnection, group: str) -> list[Ticket]:
    """The complaints of this group, oldest first."""
    query = select(tickets).where(tickets.c.group_reference == group)
    query = query.order_by(tickets.c.created_at, tickets.c.reference)
    return [_ticket(row) for row in await connection.execute(query)]


async def answered_for(connection: AsyncConnection, customer_id: str) -> list[Ticket]:
    """Answers to this customer that nobody has confirmed yet, oldest first."""
    query = select(tickets).where(
        tickets.c.customer_id == customer_id, tickets.c.state == State.ANSWERED.value
    )
    return [_ticket(row) for row in await connection.execute(query.order_by(tickets.c.answered_at))]


async def listed(
    connection: AsyncConnection, states: Iterable[State], *only: ColumnElement[bool]
) -> list[Ticket]:
    """Tickets in these states for which all this holds: first due first, `MAX_LISTED` at most."""
    query = (
        select(tickets)
        .where(tickets.c.state.in_([state.value for state in states]), *only)
        .order_by(tickets.c.due_at, tickets.c.priority.desc(), tickets.c.reference)
        .limit(MAX_LISTED)
    )
    return [_ticket(row) for row in await connection.execute(query)]


async def has_consent(
    connection: AsyncConnection, consent_id: int | None, conversation_id: str
) -> bool:
    """Whether this yes was given in this conversation and is the last word on its purpose."""
    purpose = select(consents.c.purpose).where(
        consents.c.id == consent_id, consents.c.conversation_id == conversation_id
    )
    query = (
        select(consents.c.decision)
        .where(
            consents.c.conversation_id == conversation_id,
            consents.c.purpose == purpose.scalar_subquery(),
        )
        .order_by(consents.c.id.desc())
        .limit(1)
    )
    return (await connection.execute(query)).scalar_one_or_none() == "given"


async def take_step(
    connection: AsyncConnection,
    ticket: Ticket,
    step: Step,
    *,
    at: datetime,
    actor: str,
    turn_id: str | None = None,
    note: bytes | None = None,
    details: dict[str, Any] | None = None,
    **values: Any,
) -> Ticket:
    """Let this happen to a locked ticket: state, history, audit and clock together.

    A new `due_at` among the values starts a new clock; where nobody owes anything any more
    its alarms go.

    Raises:
        Conflict: it can not happen from here; nothing is written.
        ValueError: it is reopened without a new `due_at`: somebody owes an answer again.
    """
    if step is Step.REOPENED and "due_at" not in values:
        raise ValueError("a reopened ticket needs a new due time")
    has_cause = "cause" in values or ticket.cause is not None
    state = after(ticket.kind, ticket.state, step, has_cause=has_cause)
    changes = {**values, "state": state, "version": ticket.version + 1}
    if state in OVER or step is Step.REOPENED:
        changes["closed_at"] = at if state in OVER else None
    if "due_at" in values:
        changes["clock_no"] = ticket.clock_no + 1
    done = await connection.execute(
        update(tickets)
        .where(tickets.c.reference == ticket.reference, tickets.c.version == ticket.version)
        .values(**{**changes, "state": state.value})
    )
    if not done.rowcount:  # a writer who did not lock it
        raise Conflict("ticket_state", state=ticket.state.value)
    ticket = replace(ticket, **changes)
    await record(
        connection, ticket, step.value, at=at, actor=actor, turn_id=turn_id, note=note,
        details=details,
    )
    if "due_at" in values or not ticket.is_live:
        await _drop_alarms(connection, ticket.reference)
    if "due_at" in values and ticket.is_live:
        await _plan_alarms(connection, ticket)
    return ticket


async def point_to(connection: AsyncConnection, ticket: Ticket, conversation_id: str) -> Ticket:
    """Remember the conversation in which the answer was put to its customer last."""
    await connection.execute(
        update(tickets)
        .where(tickets.c.reference == ticket.reference)
        .values(answered_in=conversation_id)
    )
    return replace(ticket, answered_in=conversation_id)


async def record(
    connection: AsyncConnection,
    ticket: Ticket,
    event: str,
    *,
    at: datetime,
    actor: str,
    turn_id: str | None = None,
    note: bytes | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """A row of history and one of audit; details carry codes, counts and dates only."""
    details = details or {}
    await connection.execute(
        insert(ticket_events).values(
            reference=ticket.reference, at=at, actor=actor, event=event, state=ticket.state.value,
            turn_id=turn_id, text=note, details=details,
        )
    )
    await audit.record(
        connection, at=at, actor=actor, action=f"ticket_{event}", subject=ticket.reference,
        kind=ticket.kind.value, state=ticket.state.value, **details,
    )


async def look(
    connection: AsyncConnection, ticket: Ticket, *, at: datetime, actor: str,
    name: str | None = None, purpose: str | None = None,
) -> None:
    """An audit row for a look at the ticket, or at one field in full for this purpose (R21)."""
    action = "ticket_revealed" if name else "ticket_read"
    details = {"field": name} if name else {}
    await audit.record(
        connection, at=at, actor=actor, action=action, subject=ticket.reference, reason=purpose,
        **details,
    )


async def was_done(connection: AsyncConnection, reference: str, turn_id: str) -> bool:
    """Whether this turn has taken its step with this ticket already (D02)."""
    query = select(ticket_events.c.id).where(
        ticket_events.c.reference == reference, ticket_events.c.turn_id == turn_id
    )
    return (await connection.execute(query)).first() is not None


async def history(connection: AsyncConnection, reference: str) -> list[Row[Any]]:
    """The ticket's rows of history, oldest first."""
    query = select(ticket_events).where(ticket_events.c.reference == reference)
    return list(await connection.execute(query.order_by(ticket_events.c.id)))


async def due_alarms(connection: AsyncConnection, now: datetime, limit: int) -> list[Row[Any]]:
    """Alarms whose time has come and that nobody has raised, oldest first."""
    query = (
        select(ticket_alarms)
        .where(ticket_alarms.c.fired_at.is_(None), ticket_alarms.c.fire_at <= now)
        .order_by(ticket_alarms.c.fire_at, ticket_alarms.c.reference, ticket_alarms.c.mark)
        .limit(limit)
    )
    return list(await connection.execute(query))


async def raise_alarm(connection: AsyncConnection, alarm: Row[Any], now: datetime) -> bool:
    """Mark the alarm as raised; of several who try at once, one wins (D10)."""
    done = await connection.execute(
        update(ticket_alarms)
        .where(
            ticket_alarms.c.reference == alarm.reference,
            ticket_alarms.c.clock_no == alarm.clock_no,
            ticket_alarms.c.mark == alarm.mark,
            ticket_alarms.c.fired_at.is_(None),
        )
        .values(fired_at=now)
    )
    return bool(done.rowcount)


async def _plan_alarms(connection: AsyncConnection, ticket: Ticket) -> None:
    marks = due.alarms(ticket.kind, ticket.received_at, ticket.due_at)
    rows = [
        {
            "reference": ticket.reference, "clock_no": ticket.clock_no, "mark": mark,
            "fire_at": fire_at,
        }
        for mark, fire_at in marks.items()
    ]
    await connection.execute(insert(ticket_alarms), rows)


async def _drop_alarms(connection: AsyncConnection, reference: str) -> None:
    await connection.execute(
        delete(ticket_alarms).where(
            ticket_alarms.c.reference == reference, ticket_alarms.c.fired_at.is_(None)
        )
    )


def _ticket(row: Row[Any] | None) -> Ticket:
    if row is None:
        raise NotFound("ticket_not_found")
    values = {name: getattr(row, name) for name in Ticket.__dataclass_fields__}
    return Ticket(**{**values, "kind": Kind(row.kind), "state": State(row.state)})
