"""The tables of conversations, messages and turns, and the few writes that keep their promises.

A conversation's row is its lock: every write takes it first (`lock`), so `seq` is gapless,
owner and epoch do not move under a writer, and two processes never interleave (D03, D08).
"""

import secrets
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.chain import GENESIS, Link
from bot.conversation.states import Owner, Step, next_owner
from bot.database import UtcTime, metadata
from bot.errors import Conflict, NotFound
from bot.prepared import made_once

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("token_hash", String(64), nullable=False),
    Column("language", String(2), nullable=False),
    Column("owner", String(8), nullable=False),
    Column("epoch", Integer, nullable=False),
    # The turn whose own hand-off began this epoch: its words are not late (see `append`).
    Column("epoch_turn_id", String(36)),
    Column("agent_id", Integer),
    Column("last_seq", Integer, nullable=False),
    # Counts the brain's sessions of this conversation: a return from a person starts a new one.
    Column("session_no", Integer, nullable=False),
    # The service dialogue that waits for the customer: silence ends it.
    Column("dialogue", String(32), index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("last_customer_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("context", JSON, nullable=False),
    # Whom the bank app's signed token named when the conversation was opened.
    Column("customer_id", String(64)),
    # Where the chain of its messages ends; none before the first, nor after the last was deleted.
    Column("chain_hash", String(64)),
)

messages = Table(
    "messages",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("author", String(8), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("topic", String(64)),
    Column("client_id", String(36)),
    Column("turn_id", String(36)),
    # choices, form, reply_to, agent, download, content_version, fields: what only some messages have.
    Column("payload", JSON, nullable=False),
    # The chain of the conversation's messages (see `chain`): for whom it was, and what seals it.
    Column("receiver", String(8), nullable=False),
    Column("salt", String(32)),  # none once the first words are gone
    Column("content_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("altered", String(8)),  # masked | erased
    Column("altered_at", UtcTime),
    Column("altered_hash", String(64)),
    UniqueConstraint("conversation_id", "client_id"),
)

turns = Table(
    "turns",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("state", String(12), nullable=False),  # collecting | running | done | failed | dropped
    Column("epoch", Integer, nullable=False),
    Column("first_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("holder", String(64)),
    Column("lease_until", UtcTime),
    # Raised at every claim: a holder that was paused past its lease is refused (D08).
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("choice", JSON(none_as_null=True)),  # {"intent", "slots"} when the turn is a chosen button
    Column("created_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    Column("outcome", String(32)),
    Index("ix_turns_open", "state", "due_at"),
    Index("ix_turns_conversation", "conversation_id", "state"),
)


@dataclass(frozen=True)
class Conversation:
    """One customer thread, as its row says."""

    id: str
    language: str
    owner: Owner
    epoch: int
    epoch_turn_id: str | None
    agent_id: int | None
    last_seq: int
    session_no: int
    dialogue: str | None
    created_at: datetime
    last_customer_at: datetime | None
    closed_at: datetime | None
    context: dict[str, Any]
    customer_id: str | None = None
    chain_hash: str | None = None

    @property
    def sender(self) -> str:
        """The name of the brain's session."""
        return f"{self.id}.{self.session_no}"


@dataclass(frozen=True)
class Draft:
    """A message that has no number yet."""

    author: str  # customer | bot | agent | system
    text: str
    kind: str = "text"
    language: str = "zh"
    topic: str | None = None
    client_id: str | None = None
    turn_id: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)


_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Message(Draft):
    """A stored message."""

    seq: int = 0
    at: datetime = _NEVER

    def public(self) -> dict[str, Any]:
        """The object customers and agents get; what a choice does stays here."""
        shown: dict[str, Any] = {
            "seq": self.seq,
            "at": self.at.isoformat().replace("+00:00", "Z"),
            "author": self.author,
            "kind": self.kind,
            "text": self.text,
            "language": self.language,
        }
        if choices := self.payload.get("choices"):
            shown["choices"] = [{"id": c["id"], "title": c["title"]} for c in choices]
        for name in ("form", "reply_to", "agent", "download"):
            if self.payload.get(name) is not None:
                shown[name] = self.payload[name]
        if self.topic:
            shown["topic"] = self.topic
        if self.client_id:
            shown["client_id"] = self.client_id
        return shown


#: The columns of these rows that are read.
_CONVERSATION = [conversations.c[field.name] for field in fields(Conversation)]
_MESSAGE = [messages.c[field.name] for field in fields(Message)]

_FIND = made_once(select(*_CONVERSATION).where(conversations.c.id == bindparam("conversation")))
_LOCK = _FIND.with_for_update()
_CHANGE = made_once(update(conversations).where(conversations.c.id == bindparam("conversation")))
_ADD = made_once(insert(messages))
_AFTER = made_once(
    select(*_MESSAGE)
    .where(messages.c.conversation_id == bindparam("conversation"), messages.c.seq > bindparam("after"))
    .order_by(messages.c.seq)
    .limit(bindparam("at_most"))
)
_OF_CLIENT = made_once(
    select(*_MESSAGE).where(
        messages.c.conversation_id == bindparam("conversation"), messages.c.client_id == bindparam("client")
    )
)


async def lock(connection: AsyncConnection, conversation_id: str) -> Conversation:
    """The conversation, locked until the transaction ends.

    Raises:
        NotFound: there is none with this id.
    """
    found = await connection.execute(_LOCK, {"conversation": conversation_id})
    return _conversation(found.one_or_none())


async def find(connection: AsyncConnection, conversation_id: str) -> Conversation:
    """The conversation, not locked.

    Raises:
        NotFound: there is none with this id.
    """
    found = await connection.execute(_FIND, {"conversation": conversation_id})
    return _conversation(found.one_or_none())


async def append(
    connection: AsyncConnection,
    conversation: Conversation,
    draft: Draft,
    *,
    now: datetime,
    epoch: int | None = None,
) -> tuple[Conversation, Message]:
    """Store the next message of a locked conversation.

    `epoch` is the one an outgoing message was made under; None for the customer's own words
    and for notices of this same transaction.

    Raises:
        Conflict: the ownership has moved on since (`late_message`); nothing is written.
    """
    if epoch is not None and not speaks_now(conversation, epoch, draft.turn_id):
        raise Conflict("late_message", state=conversation.owner.value)
    seq = conversation.last_seq + 1
    message = Message(**vars(draft), seq=seq, at=now)
    link = _sealed(conversation, message)
    changes: dict[str, Any] = {"last_seq": seq, "chain_hash": link.hash}
    if draft.author == "customer":
        changes["last_customer_at"] = now
    await _change(connection, conversation.id, changes)
    await connection.execute(_ADD, vars(link))
    return replace(conversation, **changes), message


def _sealed(conversation: Conversation, message: Message) -> Link:
    """The message with its place in the chain of a locked conversation (L23)."""
    receiver = conversation.owner.value if message.author == "customer" else "customer"
    link = Link(
        conversation_id=conversation.id, receiver=receiver, salt=secrets.token_hex(16), **vars(message)
    )
    link = replace(link, content_hash=link.content())
    return replace(link, hash=link.digest(conversation.chain_hash or GENESIS))


def speaks_now(conversation: Conversation, epoch: int, turn_id: str | None) -> bool:
    """Whether words made under this epoch may still be said.

    A turn's own hand-off does not make its words late: the turn that began the present
    epoch may finish its sentence.
    """
    if epoch == conversation.epoch:
        return True
    return (
        turn_id is not None
        and turn_id == conversation.epoch_turn_id
        and epoch == conversation.epoch - 1
    )


async def take_step(
    connection: AsyncConnection,
    conversation: Conversation,
    step: Step,
    *,
    now: datetime,
    agent_id: int | None = None,
    turn_id: str | None = None,
) -> Conversation:
    """Change the owner of a locked conversation and begin the next epoch.

    Raises:
        Conflict: the step is not allowed from the present owner; nothing is written.
    """
    owner = next_owner(conversation.owner, step)
    changes: dict[str, Any] = {
        "owner": owner.value,
        "epoch": conversation.epoch + 1,
        "epoch_turn_id": turn_id,
        "agent_id": agent_id,
    }
    if owner is Owner.CLOSED:
        changes["closed_at"] = now
    if step is Step.RETURNED_TO_BOT:
        changes |= {"session_no": conversation.session_no + 1, "dialogue": None}
    await _change(connection, conversation.id, changes)
    return replace(conversation, **{**changes, "owner": owner})


async def set_context(
    connection: AsyncConnection, conversation: Conversation, **values: Any
) -> Conversation:
    """Merge values into the conversation's small notes to itself (no personal data)."""
    context = {**conversation.context, **values}
    await _change(connection, conversation.id, {"context": context})
    return replace(conversation, context=context)


async def set_dialogue(
    connection: AsyncConnection, conversation: Conversation, dialogue: str | None
) -> Conversation:
    """Remember which dialogue waits for the customer, or that none does."""
    if dialogue == conversation.dialogue:
        return conversation
    await _change(connection, conversation.id, {"dialogue": dialogue})
    return replace(conversation, dialogue=dialogue)


async def begin_session(connection: AsyncConnection, conversation: Conversation) -> Conversation:
    """The brain starts afresh: what it asked before is forgotten."""
    changes: dict[str, Any] = {"session_no": conversation.session_no + 1, "dialogue": None}
    await _change(connection, conversation.id, changes)
    return replace(conversation, **changes)


async def set_language(
    connection: AsyncConnection, conversation: Conversation, language: str
) -> Conversation:
    """Remember the language the customer uses now."""
    if language == conversation.language:
        return conversation
    await _change(connection, conversation.id, {"language": language})
    return replace(conversation, language=language)


async def messages_after(
    connection: AsyncConnection, conversation_id: str, seq: int, limit: int = 500
) -> list[Message]:
    """The messages that follow `seq`, in order (D04)."""
    asked = {"conversation": conversation_id, "after": seq, "at_most": limit}
    return [_message(row) for row in await connection.execute(_AFTER, asked)]


async def message_by_client_id(
    connection: AsyncConnection, conversation_id: str, client_id: str
) -> Message | None:
    """The message that this client id already made, if any (D02)."""
    asked = {"conversation": conversation_id, "client": client_id}
    row = (await connection.execute(_OF_CLIENT, asked)).one_or_none()
    return _message(row) if row else None


async def _change(connection: AsyncConnection, conversation_id: str, values: dict[str, Any]) -> None:
    await connection.execute(_CHANGE, {"conversation": conversation_id, **values})


def _conversation(row: Row[Any] | None) -> Conversation:
    if row is None:
        raise NotFound()
    values = row._asdict()
    return Conversation(**{**values, "owner": Owner(values["owner"])})


def _message(row: Row[Any]) -> Message:
    return Message(**row._asdict())
