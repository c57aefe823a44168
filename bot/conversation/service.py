"""What a customer can do with a conversation: one async function a verb.

Each verb is one transaction. What it returns has been committed (D01); what it raises has
changed nothing.
"""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation import store
from bot.conversation.altering import alter
from bot.conversation.cleaning import clean
from bot.conversation.ports import Capture, Captured, Say, Shield, Shielded
from bot.conversation.states import Owner, Step
from bot.conversation.store import Conversation, Draft, Message
from bot.conversation.turns import Planned, Turn, plan_turn
from bot.conversation.wakes import News, Wakes
from bot.database import Database
from bot.errors import BadRequest, Conflict, Forbidden, NotSignedIn
from bot.prepared import made_once

#: How far back a secret may have begun in an earlier message (I15).
SPLIT_WINDOW = timedelta(minutes=10)
SPLIT_MESSAGES = 3
#: Who presses one of these while they wait for a person wants to go on with the bot instead (R08).
LEAVES_LINE = frozenset({"service_callback"})
#: A rating is one of these.
SCORES = range(1, 6)
#: A rating's comment may be this long, in characters.
MAX_COMMENT = 500

#: submit(connection, conversation, fields) -> drafts to say; a form's own work, in our transaction.
Submit = Callable[[AsyncConnection, Conversation, dict[str, Any]], Awaitable[list[Draft]]]


@dataclass(frozen=True)
class Opened:
    """A new conversation; the token is shown once and only its hash is kept."""

    conversation: Conversation
    token: str
    messages: list[Message]


@dataclass(frozen=True)
class Said:
    """One thing a customer sent: exactly one of text, choice and fields."""

    client_id: str
    text: str | None = None
    choice: str | None = None
    fields: dict[str, Any] | None = None


@dataclass(frozen=True)
class Receipt:
    """The number under which it is stored; if the bot answers, when its turn is due, and the turn if it is claimed."""

    seq: int
    turn_due_at: datetime | None = None
    turn: Turn | None = None
    repeated: bool = False
    injected: bool = False


@dataclass
class Conversations:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    wakes: Wakes
    say: Say
    shield: Shield
    quiet_s: float
    #: greeting(language) -> the first words (R01)
    greeting: Callable[[str], Draft]
    forms: dict[str, Submit] = field(default_factory=dict)
    #: audit(connection, conversation_id, action): writes down that somebody tried something
    audit: Callable[[AsyncConnection, str, str], Awaitable[None]] | None = None
    #: ended(connection, conversation_id): whoever holds or keeps a place for it lets go
    ended: Callable[[AsyncConnection, str], Awaitable[None]] | None = None
    #: left_line(connection, conversation) -> the conversation, which is the bot's again
    left_line: Callable[[AsyncConnection, Conversation], Awaitable[Conversation]] | None = None
    #: welcome(connection, conversation, customer_id) -> the conversation: what waits for this customer
    welcome: Callable[[AsyncConnection, Conversation, str], Awaitable[Conversation]] | None = None
    #: takes secrets that are awaited out of what is said, before it is stored
    capture: Capture | None = None
    #: who answers turns that are due at once; without one they wait for whoever looks
    holder: str | None = None
    #: rated(connection, conversation, score): whoever follows up a bad rating
    rated: Callable[[AsyncConnection, Conversation, int], Awaitable[None]] | None = None

    async def open(self, language: str, customer_id: str | None = None) -> Opened:
        """Begin a conversation; the greeting is already in it, and tells nothing of the customer."""
        token = secrets.token_urlsafe(32)
        now = self.clock.now()
        conversation_id = str(uuid.uuid4())
        async with self.database.write() as connection:
            await connection.execute(
                insert(store.conversations).values(
                    id=conversation_id,
                    token_hash=_hash(token),
                    language=language,
                    owner=Owner.BOT.value,
                    epoch=1,
                    last_seq=0,
                    session_no=1,
                    created_at=now,
                    context={},
                    customer_id=customer_id,
                )
            )
            conversation = await store.lock(connection, conversation_id)
            conversation, _ = await store.append(
                connection, conversation, self.greeting(language), now=now
            )
            if customer_id and self.welcome:
                conversation = await self.welcome(connection, conversation, customer_id)
            messages = await store.messages_after(connection, conversation_id, 0)
        return Opened(conversation, token, messages)

    async def admit(self, conversation_id: str, token: str | None) -> Conversation:
        """The conversation, for whoever holds its token.

        Raises:
            NotSignedIn: no token came with the call.
            Forbidden: no such conversation, or not this token's (both look the same, I19).
        """
        if not token:
            raise NotSignedIn()
        async with self.database.read() as connection:
            query = select(store.conversations.c.token_hash).where(
                store.conversations.c.id == conversation_id
            )
            kept = (await connection.execute(query)).scalar_one_or_none()
            if kept is None or not hmac.compare_digest(kept, _hash(token)):
                raise Forbidden()
            return await store.find(connection, conversation_id)

    async def receive(self, conversation_id: str, said: Said) -> Receipt:
        """Store what the customer said and, when the bot owns the conversation, plan its turn.

        Raises:
            BadRequest, TooLong: the text is empty, broken or too long, or a field is missing.
            Conflict: the conversation is closed, the choice is no longer valid, or the client
                id was used for something else.
            UnavailableError: a secret could not be put away safely.
        """
        text = clean(said.text) if said.text is not None else None
        now = self.clock.now()
        async with self.database.write() as connection:
            conversation = await store.lock(connection, conversation_id)
            earlier = await store.message_by_client_id(connection, conversation_id, said.client_id)
            if earlier:
                return _repeated(earlier, said, self.shield(text, []).text if text else None)
            if conversation.owner is Owner.CLOSED:
                raise Conflict("conversation_closed", state="closed")
            captured = None
            if self.capture:
                captured = await self.capture(connection, conversation, text, said.fields)
            draft, after, injected = await self._draft(
                connection, conversation, said, text, captured, now
            )
            if said.choice and "choice" not in draft.payload:
                await self._refuse_choice(connection, conversation_id)
            if said.fields is not None and captured is None:
                after = await self._submit(connection, conversation, said.fields)
            conversation, message = await store.append(connection, conversation, draft, now=now)
            stored = [message]
            for notice in after:
                conversation, noted = await store.append(connection, conversation, notice, now=now)
                stored.append(noted)
            if injected and self.audit:
                await self.audit(connection, conversation_id, "intent_injection")
            conversation = await self._out_of_line(connection, conversation, draft)
            planned = Planned()
            asks = captured or (said.fields is None and not draft.payload.get("only_secret"))
            if conversation.owner is Owner.BOT and asks:
                planned = await plan_turn(
                    connection, conversation, message, now=now, quiet_s=self.quiet_s, holder=self.holder
                )
        # A form's own work may have changed the conversation's row.
        await self.wakes.publish(conversation_id, News(conversation, stored) if said.fields is None else None)
        if _leaves_line(draft):
            await self.wakes.publish("queue")
        return Receipt(message.seq, planned.due_at, planned.turn, injected=injected)

    async def read(self, conversation_id: str, after: int) -> tuple[Conversation, list[Message]]:
        """The conversation and the messages after this number, of one moment (D04)."""
        async with self.database.read() as connection:
            messages = await store.messages_after(connection, conversation_id, after)
            return await store.find(connection, conversation_id), messages

    async def end(self, conversation_id: str) -> None:
        """Close the conversation at the customer's wish; a second end changes nothing."""
        now = self.clock.now()
        async with self.database.write() as connection:
            conversation = await store.lock(connection, conversation_id)
            if conversation.owner is Owner.CLOSED:
                return
            words = self.say("notice_ended_by_customer", conversation.language)
            notice = Draft("system", words, kind="notice", language=conversation.language)
            conversation, _ = await store.append(connection, conversation, notice, now=now)
            await store.take_step(connection, conversation, Step.CLOSED, now=now)
            if self.ended:
                await self.ended(connection, conversation_id)
        await self.wakes.publish(conversation_id)
        await self.wakes.publish("queue")

    async def rate(self, conversation_id: str, score: int, comment: str | None) -> None:
        """Keep the customer's rating, 1 to 5, with a comment (R14); the last one holds.

        Raises:
            BadRequest: the score is not 1 to 5, or the comment is too long.
        """
        if score not in SCORES:
            raise BadRequest("bad_score", field="score")
        if comment and len(comment) > MAX_COMMENT:
            raise BadRequest("comment_too_long", field="comment", limit=MAX_COMMENT)
        async with self.database.write() as connection:
            conversation = await store.lock(connection, conversation_id)
            kept = self.shield(clean(comment), []).text if comment and comment.strip() else None
            rating = {"score": score, "comment": kept, "at": self.clock.now().isoformat()}
            conversation = await store.set_context(connection, conversation, rating=rating)
            if self.rated:
                await self.rated(connection, conversation, score)
        await self.wakes.publish(conversation_id)
        await self.wakes.publish("queue")

    async def _draft(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        said: Said,
        text: str | None,
        captured: Captured | None,
        now: datetime,
    ) -> tuple[Draft, list[Draft], bool]:
        """The customer's message, the notices it calls for, and whether it tried to steer the brain."""
        language = conversation.language
        if captured is not None and captured.shown is not None:
            return _secret(said, language, captured, captured.shown), [], False
        if text is not None:
            recent = await _recent_words(connection, conversation, now)
            shielded = self.shield(text, recent)
            await _hide_earlier(connection, conversation.id, shielded, now)
            if captured is not None:
                return _secret(said, language, captured, shielded.text), [], False
            notices = []
            if shielded.kinds:
                key = "notice_secret_hidden" if shielded.kinds & SECRETS else "notice_number_hidden"
                words = self.say(key, language)
                notices = [Draft("system", words, kind="notice", language=language)]
            payload: dict[str, Any] = {}
            if shielded.kinds:
                payload["hidden"] = sorted(shielded.kinds)
            if shielded.nothing_left:  # the notice says all there is to say
                payload["only_secret"] = True
            draft = Draft(
                "customer",
                shielded.text,
                language=language,
                client_id=said.client_id,
                payload=payload,
            )
            return draft, notices, text.lstrip().startswith("/")
        if said.choice is not None:
            choice = await _offered(connection, conversation.id, said.choice)
            title = choice["title"] if choice else ""
            picked = {"intent": choice["intent"], "slots": choice.get("slots", {})} if choice else None
            payload = {"choice": picked, "choice_id": said.choice} if choice else {}
            draft = Draft(
                "customer", title, language=language, client_id=said.client_id, payload=payload
            )
            return draft, [], False
        words = self.say("form_sent", language)
        if captured is not None:  # the fields are in the vault; the turn has their token
            return _secret(said, language, captured, words), [], False
        return Draft("customer", words, "form", language, client_id=said.client_id), [], False

    async def _out_of_line(
        self, connection: AsyncConnection, conversation: Conversation, draft: Draft
    ) -> Conversation:
        """The conversation, out of the line to a person if the button that was pressed is one for the bot."""
        if conversation.owner is Owner.QUEUE and self.left_line and _leaves_line(draft):
            return await self.left_line(connection, conversation)
        return conversation

    async def _refuse_choice(self, connection: AsyncConnection, conversation_id: str) -> None:
        """Raise with the choices that are open now (I07)."""
        open_now = await open_choices(connection, conversation_id)
        shown = [{"id": c["id"], "title": c["title"]} for c in open_now]
        raise Conflict("choice_expired", field="choice", choices=shown)

    async def _submit(
        self, connection: AsyncConnection, conversation: Conversation, fields: dict[str, Any]
    ) -> list[Draft]:
        """Hand the fields to the form that is open; they are never part of a message."""
        form = conversation.context.get("open_form")
        if form not in self.forms:
            raise Conflict("form_closed", field="fields")
        return await self.forms[form](connection, conversation, fields)


#: Kinds that must never be sent in a chat at all, as against numbers we only hide.
SECRETS = frozenset({"code", "password", "cvv"})


async def open_choices(connection: AsyncConnection, conversation_id: str) -> list[dict[str, Any]]:
    """The choices that may be chosen now: the last ones offered, until one of them is taken."""
    query = (
        select(store.messages.c.author, store.messages.c.payload)
        .where(store.messages.c.conversation_id == conversation_id)
        .order_by(store.messages.c.seq.desc())
        .limit(30)
    )
    for author, payload in await connection.execute(query):
        if author == "customer" and "choice_id" in payload:
            return []
        if payload.get("choices"):
            return list(payload["choices"])
    return []


async def _offered(
    connection: AsyncConnection, conversation_id: str, choice: str
) -> dict[str, Any] | None:
    options = await open_choices(connection, conversation_id)
    return next((option for option in options if option["id"] == choice), None)


#: The customer's last texts, newest first.
_RECENT = made_once(
    select(store.messages.c.seq, store.messages.c.text)
    .where(
        store.messages.c.conversation_id == bindparam("conversation"),
        store.messages.c.author == "customer",
        store.messages.c.kind == "text",
        store.messages.c.at > bindparam("since"),
    )
    .order_by(store.messages.c.seq.desc())
    .limit(SPLIT_MESSAGES)
)


async def _recent_words(
    connection: AsyncConnection, conversation: Conversation, now: datetime
) -> list[tuple[int, str]]:
    """The customer's last texts, oldest first, in which a split secret may have begun."""
    asked = {"conversation": conversation.id, "since": now - SPLIT_WINDOW}
    return [(row.seq, row.text) for row in await connection.execute(_RECENT, asked)][::-1]


async def _hide_earlier(
    connection: AsyncConnection, conversation_id: str, shielded: Shielded, now: datetime
) -> None:
    payload = {"hidden": sorted(shielded.kinds)}
    for seq, text in shielded.earlier.items():
        await alter(connection, conversation_id, seq, "masked", text=text, payload=payload, now=now)


def _secret(said: Said, language: str, captured: Captured, shown: str) -> Draft:
    """The message that stands for a secret: what it was can be read nowhere, its turn has the token."""
    kind = "form" if said.fields is not None else "text"
    payload = {"hidden": [captured.kind], "choice": captured.choice}
    return Draft("customer", shown, kind, language, client_id=said.client_id, payload=payload)


def _repeated(earlier: Message, said: Said, text: str | None) -> Receipt:
    """The first result again; the same id with other content is refused (D02, I09)."""
    if said.choice is not None:
        same = earlier.payload.get("choice_id") == said.choice
    elif said.fields is not None:
        same = earlier.kind == "form"
    else:  # what was hidden can not be compared, and must not be kept for it
        same = earlier.text == text or "hidden" in earlier.payload
    if not same:
        raise Conflict("client_id_reused", field="client_id")
    return Receipt(earlier.seq, repeated=True)


def _leaves_line(draft: Draft) -> bool:
    """Whether it is the press of a button that a person is not waited for with."""
    choice = draft.payload.get("choice") or {}
    return choice.get("intent") in LEAVES_LINE


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
