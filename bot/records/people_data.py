"""What is kept about a person: shown, handed out as a copy, erased or locked (L04, L06).

Whoever asks must be let in first: the holder of a conversation sees that conversation, a customer
known by a signed token all of theirs. Somebody who was verified by a card in a conversation without
such a token has that conversation, and with `customer_id` those of the customer of the card. Who was
let in is for the caller to know.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation.store import Conversation, conversations, lock, set_context
from bot.database import Database
from bot.errors import Forbidden, NotFound
from bot.records import audit, store
from bot.records.archive import Archive, of_turn
from bot.records.consents import Consents
from bot.records.ports import Effect, Holding, Item, SamePerson, Wish, values_of
from bot.records.retention_rules import Rule

#: A copy may be downloaded for so long after its owner was verified.
EXPORT_LIFE = timedelta(minutes=10)
#: What a conversation notes of a copy that may be downloaded: until when, whose, by which turn.
UNTIL, OF, BY = "export_until", "export_of", "export_turn"

#: let_in(connection): raises when whoever asks was not verified; in the transaction of what is asked for
LetIn = Callable[[AsyncConnection], Awaitable[None]]


@dataclass(frozen=True)
class Erasure:
    """What a wish for deletion came to: gone, out of use because the law keeps it, and kept as proof."""

    erased: list[Effect] = field(default_factory=list)
    locked: list[Effect] = field(default_factory=list)
    #: class -> how many rows stay as they are, without a personal field
    kept: dict[str, int] = field(default_factory=dict)

    def rules(self) -> list[str]:
        """The retention classes that the customer has to be told of."""
        return sorted({str(one.rule) for one in self.locked} | set(self.kept))


@dataclass
class PeopleData:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    consents: Consents
    rules: Mapping[str, Rule]
    same_person: SamePerson
    archive: Archive
    #: everything that is kept about a person; the consents' own list and what only this room shows
    holdings: list[Holding]

    async def about(self, subject: str) -> dict[str, list[dict[str, Any]]]:
        """What is kept, masked, by class. `subject` is a conversation's id, or a customer's where one is known.

        Raises:
            NotFound: there is no such conversation or customer.
        """
        async with self.database.write() as connection:
            talks = await self._talks(connection, subject)
            items = await self._items(connection, talks)
            await self._audit(connection, talks[0], "data_shown", items)
        return _by_kind(items, lambda item: {"at": _text(item.at), **_document(item.shown)})

    async def export(self, subject: str, *, customer_id: str | None = None) -> dict[str, Any]:
        """The complete copy as a JSON document; what is locked is named, and not opened.

        Raises:
            NotFound: there is no such conversation or customer.
        """
        async with self.database.write() as connection:
            return await self._export(connection, subject, customer_id)

    async def allow_export(
        self, connection: AsyncConnection, conversation: Conversation, *, turn_id: str,
        customer_id: str | None = None, let_in: LetIn | None = None,
    ) -> datetime:
        """Let the holder of this locked conversation download the copy once; until when.

        `customer_id` is the one that the verified card names. A repeated turn gets its first
        result and uses up nothing more.

        Raises:
            Forbidden: what `let_in` raises; nothing is allowed.
        """
        if conversation.context.get(BY) == turn_id:
            return _until(conversation)
        if let_in:
            await let_in(connection)
        now = self.clock.now()
        until = now + EXPORT_LIFE
        await set_context(connection, conversation, **{UNTIL: until.isoformat(), OF: customer_id, BY: turn_id})
        await audit.record(
            connection, at=now, actor=f"conversation:{conversation.id}", action="data_export_allowed",
            subject=conversation.id,
        )
        return until

    async def take_export(self, conversation_id: str) -> dict[str, Any]:
        """The copy that may be downloaded; it can be taken once.

        Raises:
            Forbidden: nothing was allowed, it was taken already, or its time is over (`export_not_open`).
            NotFound: there is no such conversation.
        """
        now = self.clock.now()
        document = None
        async with self.database.write() as connection:
            conversation = await lock(connection, conversation_id)
            if UNTIL in conversation.context and now < _until(conversation):
                await set_context(connection, conversation, **{UNTIL: now.isoformat()})
                document = await self._export(connection, conversation_id, conversation.context.get(OF))
            else:
                await audit.record(
                    connection, at=now, actor=f"conversation:{conversation_id}", action="data_export_denied",
                    subject=conversation_id, reason="export_not_open",
                )
        if document is None:
            raise Forbidden("export_not_open")
        return document

    async def _export(
        self, connection: AsyncConnection, subject: str, customer_id: str | None
    ) -> dict[str, Any]:
        talks = await self._talks(connection, subject, customer_id)
        items = await self._items(connection, talks)
        await self._audit(connection, talks[0], "data_exported", items)
        return {
            "made_at": _text(self.clock.now()),
            "conversations": talks,
            "records": _by_kind(items, lambda item: _document(item.values)),
        }

    async def erase(
        self, subject: str, *, turn_id: str, customer_id: str | None = None, let_in: LetIn | None = None
    ) -> Erasure:
        """Take back every consent, erase what may be erased and lock what the law keeps; one transaction.

        A repeated turn gets its first result; `let_in` is asked the first time.

        Raises:
            NotFound: there is no such conversation or customer.
            Forbidden: what `let_in` raises; nothing is touched.
        """
        async with self.database.write() as connection:
            talks = await self._talks(connection, subject, customer_id)
            locked = [await lock(connection, talk) for talk in talks]
            if not await self.archive.was_wished(connection, talks, turn_id):
                if let_in:
                    await let_in(connection)
                await self._erase(connection, locked, turn_id)
            effects = await of_turn(connection, talks, turn_id)
            kept = await self._kept(connection, talks)
        return Erasure(
            [one for one in effects if one.outcome == "erased"],
            [one for one in effects if one.outcome == "locked"],
            kept,
        )

    async def _erase(self, connection: AsyncConnection, talks: list[Conversation], turn_id: str) -> None:
        wish = Wish([talk.id for talk in talks], self.clock.now(), turn_id=turn_id)
        await self.archive.note_wish(connection, wish)
        # First everything whole, so that a thing is put away once; then what was agreed to ends.
        for holding in self.holdings:
            if holding.erase:
                await holding.erase(connection, wish)
        for talk in talks:
            for purpose in await store.purposes_decided(connection, talk.id):
                if purpose in self.consents.purposes:
                    await self.consents.withdraw_in(connection, talk, purpose, turn_id=turn_id)
        effects = await of_turn(connection, wish.conversation_ids, turn_id)
        counts = Counter(f"{one.outcome}_{one.kind}" for one in effects)
        await audit.record(
            connection, at=wish.at, actor=f"conversation:{talks[0].id}", action="data_erased",
            subject=talks[0].id, counts=dict(counts),
        )

    def law(self, rule: str, language: str) -> str:
        """Why a class is kept, as the customer reads it; empty when there is no reason of the law."""
        known = self.rules.get(rule)
        return known.law.of(language) if known and known.law else ""

    async def _talks(
        self, connection: AsyncConnection, subject: str, customer_id: str | None = None
    ) -> list[str]:
        found = set(await self.same_person(connection, subject))
        if customer_id:
            found |= set(await self.same_person(connection, customer_id))
        talks = sorted(found)
        if not talks:
            raise NotFound()
        return talks

    async def _items(self, connection: AsyncConnection, talks: list[str]) -> list[Item]:
        return [item for holding in self.holdings for item in await holding.read(connection, talks)]

    async def _kept(self, connection: AsyncConnection, talks: list[str]) -> dict[str, int]:
        found = {}
        for holding in self.holdings:
            if holding.rule and (items := await holding.read(connection, talks)):
                found[holding.rule] = len(items)
        return found

    async def _audit(
        self, connection: AsyncConnection, talk: str, action: str, items: list[Item]
    ) -> None:
        counts = Counter(item.kind for item in items)
        await audit.record(
            connection, at=self.clock.now(), actor=f"conversation:{talk}", action=action, subject=talk,
            counts=dict(counts),
        )


async def of_same_customer(connection: AsyncConnection, subject: str) -> list[str]:
    """This conversation and, where its customer is known, all others of theirs; also by the customer's id."""
    customer, this = conversations.c.customer_id, conversations.alias()
    theirs = select(this.c.customer_id).where(this.c.id == subject, this.c.customer_id.is_not(None))
    query = select(conversations.c.id).where(
        or_(conversations.c.id == subject, customer == subject, customer.in_(theirs))
    )
    return list((await connection.execute(query)).scalars())


def _until(conversation: Conversation) -> datetime:
    return datetime.fromisoformat(conversation.context[UNTIL])


def proof_of_consents() -> Holding:
    """The ledger itself: no personal field is in it, and it shows that we asked."""

    async def read(connection: AsyncConnection, talks: list[str]) -> list[Item]:
        table = store.consents
        query = select(table).where(table.c.conversation_id.in_(talks)).order_by(table.c.id)
        items = []
        for row in await connection.execute(query):
            values = {name: value for name, value in values_of(row).items() if name != "id"}
            shown = {name: values[name] for name in ("purpose", "decision", "version")}
            items.append(Item("consent", table.name, row.conversation_id, row.at, values, shown))
        return items

    return Holding("consent", read, rule="consent")


def archived(archive: Archive) -> Holding:
    """What was erased or locked before."""
    return Holding("archive", archive.read)


def _by_kind(items: list[Item], told: Any) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        found.setdefault(item.kind, []).append(told(item))
    return found


def _document(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as JSON has them."""
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
