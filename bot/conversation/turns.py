"""Turns: messages sent in quick succession are answered together (R04), one turn at a time,
by one process, once.

A turn collects messages until the customer has been quiet for a moment, is claimed by one
process under a lease and a fence, and ends by storing its replies and its own end in one
transaction. A holder that died is relieved when its lease ends; one that was only asleep
finds its fence outdated and is refused (D08).
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, insert, literal_column, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import store
from bot.conversation.states import Owner
from bot.conversation.store import Conversation, Draft, Message, turns
from bot.errors import Conflict
from bot.prepared import made_once

#: A turn waits for more messages no longer than this, however fast they come, in seconds.
LONGEST_QUIET_S = 6.0
#: How long a holder may be silent before another process takes its turn over, in seconds;
#: more than the turn budget, so that a slow turn is not answered twice.
LEASE_S = 12.0
#: A turn that failed is asked again when the brain is back, unless it is older than this.
REPLAY_WITHIN_S = 120.0
#: How often one turn is tried in all.
MAX_ATTEMPTS = 3

#: A conversation's turns that have not ended, in their order. As literals: a list of parameters is made into SQL
#: anew at each call.
_OPEN = made_once(
    select(turns)
    .where(
        turns.c.conversation_id == bindparam("conversation"),
        turns.c.state.in_([literal_column(f"'{state}'") for state in ("collecting", "running", "parked")]),
    )
    .order_by(turns.c.first_seq)
)
_ADD = made_once(insert(turns))
_CHANGE = made_once(update(turns).where(turns.c.id == bindparam("turn")))


@dataclass(frozen=True)
class Turn:
    """A claimed turn: what was said, and under which promises the answer may be stored."""

    id: str
    conversation: Conversation
    epoch: int
    fence: int
    attempts: int
    messages: list[Message]
    choice: dict[str, Any] | None
    #: whether the customer has been told already that the brain is away
    told: bool = False

    @property
    def text(self) -> str:
        """All its messages, a line each."""
        return "\n".join(message.text for message in self.messages if message.text)

    @property
    def last_seq(self) -> int:
        return self.messages[-1].seq


@dataclass(frozen=True)
class Planned:
    """When a message's turn is due, if it has one; and the turn itself, where it could be claimed at once."""

    due_at: datetime | None = None
    turn: Turn | None = None


@dataclass(frozen=True)
class Reply:
    """What the bot says to a turn."""

    drafts: list[Draft] = field(default_factory=list)
    language: str | None = None
    outcome: str = "answered"  # answered | degraded
    context: dict[str, Any] = field(default_factory=dict)
    #: the dialogue that is open after it, by the brain's name; a degraded reply leaves it as it was
    dialogue: str | None = None
    #: whether to ask the brain again when it is back
    replay: bool = False


@dataclass(frozen=True)
class Finished:
    """What was stored of a reply, nothing when it came too late, and when the next turn is due, if there is one."""

    conversation: Conversation
    said: list[Message] = field(default_factory=list)
    next_due_at: datetime | None = None


async def plan_turn(
    connection: AsyncConnection,
    conversation: Conversation,
    message: Message,
    *,
    now: datetime,
    quiet_s: float,
    holder: str | None = None,
) -> Planned:
    """Add the message to the turn that is collecting, or begin one.

    A choice is due at once and does not wait for words. What is due at once and has no turn before it is claimed for
    the holder, if there is one: nobody else need look for it.
    """
    choice = message.payload.get("choice")
    due_at = now if choice else now + timedelta(seconds=quiet_s)
    found = await open_turns(connection, conversation.id)
    collecting = [turn for turn in found if turn.state == "collecting"]
    open_turn = collecting[-1] if collecting else None
    if open_turn and not open_turn.choice and not choice:
        latest: datetime = open_turn.created_at + timedelta(seconds=LONGEST_QUIET_S)
        due_at = min(due_at, latest)
        await _change(connection, open_turn.id, last_seq=message.seq, due_at=due_at)
        return Planned(due_at)
    if open_turn:
        await _change(connection, open_turn.id, due_at=now)
    turn_id = str(uuid.uuid4())
    begun = {
        "id": turn_id, "conversation_id": conversation.id, "state": "collecting",
        "epoch": conversation.epoch, "first_seq": message.seq, "last_seq": message.seq, "due_at": due_at,
        "fence": 0, "attempts": 0, "choice": choice, "created_at": now,
    }
    turn = None
    if holder and due_at <= now and not found:
        lease_until = now + timedelta(seconds=LEASE_S)
        begun |= {"state": "running", "holder": holder, "lease_until": lease_until, "fence": 1, "attempts": 1}
        turn = Turn(turn_id, conversation, conversation.epoch, 1, 1, [message], choice)
    await connection.execute(_ADD, begun)
    return Planned(due_at, turn)


async def postpone(
    connection: AsyncConnection, conversation_id: str, *, now: datetime, quiet_s: float
) -> None:
    """The customer is typing on: wait a little longer, within `LONGEST_QUIET_S` of the first word."""
    for turn in await open_turns(connection, conversation_id):
        if turn.state == "collecting" and turn.choice is None:
            latest = turn.created_at + timedelta(seconds=LONGEST_QUIET_S)
            due_at = max(turn.due_at, min(now + timedelta(seconds=2 * quiet_s), latest))
            await _change(connection, turn.id, due_at=due_at)


async def due_turns(
    connection: AsyncConnection, *, now: datetime, brain_is_up: bool, limit: int = 50
) -> list[tuple[str, str]]:
    """(turn id, conversation id) of turns that somebody should take now, oldest first."""
    ready = [
        and_(turns.c.state == "collecting", turns.c.due_at <= now),
        and_(turns.c.state == "running", turns.c.lease_until < now),
    ]
    if brain_is_up:
        ready.append(turns.c.state == "parked")
    query = (
        select(turns.c.id, turns.c.conversation_id)
        .where(or_(*ready))
        .order_by(turns.c.created_at)
        .limit(limit)
    )
    return [(row.id, row.conversation_id) for row in await connection.execute(query)]


async def open_turns(connection: AsyncConnection, conversation_id: str) -> list[Row[Any]]:
    """The conversation's turns that have not ended, in their order."""
    return list(await connection.execute(_OPEN, {"conversation": conversation_id}))


async def was_answered(connection: AsyncConnection, turn_id: str) -> bool | None:
    """Whether the bot has answered this turn in its own words; None when there is no such turn."""
    query = select(turns.c.state, turns.c.outcome).where(turns.c.id == turn_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (row.state, row.outcome) == ("done", "answered")


async def claim(
    connection: AsyncConnection, turn_id: str, conversation_id: str, *, holder: str, now: datetime
) -> Turn | None:
    """Take the turn, if it is free, due and the first of its conversation; else None.

    A turn whose conversation has another owner by now is dropped: the bot is not asked.
    """
    conversation = await store.lock(connection, conversation_id)
    found = await open_turns(connection, conversation_id)
    row = next((turn for turn in found if turn.id == turn_id), None)
    if row is None or not _is_free(row, found, now):
        return None
    return await _taken(connection, conversation, row, holder=holder, now=now)


async def claim_first(
    connection: AsyncConnection, conversation_id: str, *, holder: str, now: datetime
) -> tuple[Turn | None, datetime | None]:
    """Take the first turn of the conversation that is due; if there is none, when the next one is."""
    conversation = await store.lock(connection, conversation_id)
    found = await open_turns(connection, conversation_id)
    for row in [turn for turn in found if _is_due(turn, now)]:
        if not _is_free(row, found, now):
            break
        if turn := await _taken(connection, conversation, row, holder=holder, now=now):
            return turn, None
        found.remove(row)  # it was dropped and stands in nobody's way
    return None, _next_due_at(found)


async def _taken(
    connection: AsyncConnection, conversation: Conversation, row: Row[Any], *, holder: str, now: datetime
) -> Turn | None:
    """Take a free turn of a locked conversation, or end it unasked."""
    may_answer = conversation.owner is Owner.BOT and conversation.epoch == row.epoch
    finishing = conversation.epoch_turn_id == row.id
    too_late = row.state == "parked" and not await _is_worth_replaying(
        connection, conversation, row, now
    )
    if too_late or row.attempts >= MAX_ATTEMPTS or not (may_answer or finishing):
        state = "dropped" if not may_answer else "failed"
        await _finish(connection, row.id, state, row.outcome or "not_asked", now)
        return None
    await _change(
        connection, row.id, state="running", holder=holder, lease_until=now + timedelta(seconds=LEASE_S),
        fence=row.fence + 1, attempts=row.attempts + 1,
    )
    said = [
        message
        for message in await store.messages_after(connection, conversation.id, row.first_seq - 1)
        if message.author == "customer" and message.seq <= row.last_seq
    ]
    return Turn(
        row.id, conversation, row.epoch, row.fence + 1, row.attempts + 1, said, row.choice,
        told=row.outcome == "degraded",
    )


async def finish(
    connection: AsyncConnection, turn: Turn, reply: Reply, *, now: datetime
) -> Finished:
    """Store the replies and the turn's end together, if both may still be; a turn that came too late is dropped."""
    conversation = await store.lock(connection, turn.conversation.id)
    found = await open_turns(connection, turn.conversation.id)
    next_due_at = _next_due_at(found)
    if not any((row.id, row.state, row.fence) == (turn.id, "running", turn.fence) for row in found):
        return Finished(conversation, next_due_at=next_due_at)  # somebody else has taken it over (D08)
    if not store.speaks_now(conversation, turn.epoch, turn.id):
        await _finish(connection, turn.id, "dropped", "late", now)
        return Finished(conversation, next_due_at=next_due_at)
    if reply.language:
        conversation = await store.set_language(connection, conversation, reply.language)
    if reply.context:
        conversation = await store.set_context(connection, conversation, **reply.context)
    if reply.outcome == "answered":
        conversation = await store.set_dialogue(connection, conversation, reply.dialogue)
    stored = []
    for draft in reply.drafts:
        try:
            conversation, message = await store.append(
                connection, conversation, draft, now=now, epoch=turn.epoch
            )
        except Conflict:
            break
        stored.append(message)
    await _finish(connection, turn.id, "parked" if reply.replay else "done", reply.outcome, now)
    return Finished(conversation, stored, next_due_at)


def _is_due(row: Row[Any], now: datetime) -> bool:
    return bool(row.state == "collecting" and row.due_at <= now)


def _is_free(row: Row[Any], found: list[Row[Any]], now: datetime) -> bool:
    """Whether it may be taken now: none of its conversation's open turns runs or comes before it."""
    abandoned = row.state == "running" and row.lease_until < now
    if not (_is_due(row, now) or abandoned or row.state == "parked"):
        return False
    return not any(
        other.state == "running" or (other.state == "collecting" and other.first_seq < row.first_seq)
        for other in found
        if other.id != row.id
    )


def _next_due_at(found: list[Row[Any]]) -> datetime | None:
    """When the first turn that collects is due, if there is one."""
    return next((row.due_at for row in found if row.state == "collecting"), None)


async def _is_worth_replaying(
    connection: AsyncConnection, conversation: Conversation, row: Any, now: datetime
) -> bool:
    """Whether the customer still waits for this answer: it is fresh and they said nothing since."""
    if now - row.created_at > timedelta(seconds=REPLAY_WITHIN_S):
        return False
    later = await store.messages_after(connection, conversation.id, row.last_seq)
    return all(message.author != "customer" for message in later)


async def _finish(
    connection: AsyncConnection, turn_id: str, state: str, outcome: str, now: datetime
) -> None:
    await _change(
        connection, turn_id, state=state, outcome=outcome, done_at=now, holder=None, lease_until=None
    )


async def _change(connection: AsyncConnection, turn_id: str, **values: Any) -> None:
    await connection.execute(_CHANGE, {"turn": turn_id, **values})
