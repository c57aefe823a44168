"""The contact card of a conversation: name, phone and what else a purpose allows (R06, R17)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation.ports import Shield
from bot.conversation.store import Conversation, lock
from bot.database import Database
from bot.errors import BadRequest, NotFound
from bot.records import audit, contact_store
from bot.records.archive import Archive
from bot.records.cipher import Cipher
from bot.records.consents import Consents
from bot.records.fields import FREE_TEXT, checked
from bot.records.masks import masked
from bot.records.ports import Effect, Expirer, Holding, Item, Wish


@dataclass(frozen=True)
class Contradiction:
    """Another value is there already: which of the two is right? Both are masked (R17)."""

    field: str
    known: str
    given: str
    since: datetime


@dataclass(frozen=True)
class Kept:
    """The value is on the card; `changed` is false when it was there already."""

    field: str
    masked: str
    changed: bool


@dataclass(frozen=True)
class CardField:
    """One field of the card as it may be shown; the latest purpose's copy."""

    field: str
    masked: str
    #: C1 | C2
    kind: str
    set_at: datetime


@dataclass
class Contacts:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    cipher: Cipher
    consents: Consents
    shield: Shield
    archive: Archive

    async def save(
        self, conversation_id: str, field: str, value: object, purpose: str, *, replace: bool = False
    ) -> Kept | Contradiction:
        """What the customer says about themselves; saying the same again changes nothing.

        Raises:
            Forbidden: no standing consent to the purpose (`no_consent`).
            BadRequest: the purpose does not ask for this field, or the value is wrong.
        """
        async with self.database.write() as connection:
            conversation = await lock(connection, conversation_id)
            return await self.put(
                connection, conversation, field, value, purpose,
                by=f"conversation:{conversation_id}", replace=replace,
            )

    async def put(
        self, connection: AsyncConnection, conversation: Conversation, field: str, value: object,
        purpose: str, by: str, *, replace: bool = False,
    ) -> Kept | Contradiction:
        """The same in the caller's transaction, on a locked conversation; `by` is an audit's actor.

        A value that differs from the one that is there is not written: it comes back as a
        contradiction until somebody has confirmed it with `replace`, which corrects it everywhere.

        Raises:
            Forbidden, BadRequest: as for `save`.
        """
        consent_id = await self.consents.require(connection, conversation.id, purpose)
        if field not in self.consents.purposes[purpose].fields:
            raise BadRequest("field_not_asked", field=field)
        text = self._checked(field, value)
        rows = await self._rows_of(connection, conversation.id, field)
        known = {row.purpose: self._plain(row) for row in rows}
        other = next((row for row in reversed(rows) if known[row.purpose] != text), None)
        if other and not replace:
            before = known[other.purpose]
            return Contradiction(field, masked(field, before), masked(field, text), other.set_at)
        for row in rows:
            if known[row.purpose] != text:
                await self._write(connection, row, text, by)
        if purpose not in known:
            await contact_store.add(
                connection, conversation_id=conversation.id, purpose=purpose, field=field,
                value=self.cipher.encrypt(text, contact_store.about(conversation.id, purpose, field)),
                consent_id=consent_id, set_by=by, set_at=self.clock.now(),
            )
        changed = bool(other) or purpose not in known
        if changed:
            await self._audit(connection, conversation.id, by, field, purpose, corrected=bool(other))
        return Kept(field, masked(field, text), changed)

    async def edit(
        self, connection: AsyncConnection, conversation: Conversation, field: str, value: object, by: str
    ) -> Kept:
        """An agent corrects a field that is on the card; its purposes and consents stay (R06).

        Raises:
            NotFound: the field is not on the card.
            BadRequest: the value is wrong.
        """
        text = self._checked(field, value)
        rows = await self._rows_of(connection, conversation.id, field)
        if not rows:
            raise NotFound()
        wrong = [row for row in rows if self._plain(row) != text]
        for row in wrong:
            await self._write(connection, row, text, by)
        if wrong:
            await self._audit(connection, conversation.id, by, field, wrong[-1].purpose, corrected=True)
        return Kept(field, masked(field, text), bool(wrong))

    async def let_go(
        self, connection: AsyncConnection, conversation: Conversation, purpose: str
    ) -> int:
        """The matter it was given for is dropped: take it from the card; what a ticket was filed with stays.

        No consent is taken back by that, so the customer may be asked when they come with another
        matter. Returns how many fields went.
        """
        rows = await contact_store.unused(connection, conversation.id, purpose)
        for row in rows:
            await contact_store.remove(connection, row)
        if rows:
            await audit.record(
                connection, at=self.clock.now(), actor=f"conversation:{conversation.id}",
                action="contact_let_go", subject=conversation.id, reason=purpose, fields=len(rows),
            )
        return len(rows)

    async def card(self, conversation_id: str) -> list[CardField]:
        """The card, masked; fields in the order they were first given."""
        async with self.database.read() as connection:
            return await self.card_in(connection, conversation_id)

    async def card_in(self, connection: AsyncConnection, conversation_id: str) -> list[CardField]:
        """The same in the caller's transaction."""
        found: dict[str, CardField] = {}
        for row in await contact_store.of_conversations(connection, [conversation_id]):
            kind = self._kind(row)
            found[row.field] = CardField(
                row.field, masked(row.field, self._plain(row)), kind, row.set_at
            )
        return list(found.values())

    async def value(self, connection: AsyncConnection, conversation_id: str, field: str) -> str:
        """The plain value; only for a reveal or the work it was given for.

        Raises:
            NotFound: the field is not on the card.
        """
        rows = await self._rows_of(connection, conversation_id, field)
        if not rows:
            raise NotFound()
        return self._plain(rows[-1])

    def holding(self) -> Holding:
        """What a withdrawal or an erasure takes from the cards."""
        return Holding("contact", self._read, self._erase)

    def expirer(self) -> Expirer:
        """Fields whose purpose's time is over."""
        return Expirer(contact_store.older_than, contact_store.remove_keys)

    async def _read(self, connection: AsyncConnection, conversation_ids: list[str]) -> list[Item]:
        return [
            Item(
                "contact", contact_store.contacts.name, row.conversation_id, row.set_at,
                {"purpose": row.purpose, "field": row.field, "value": self._plain(row), "set_by": row.set_by},
                {"field": row.field, "value": masked(row.field, self._plain(row)), "purpose": row.purpose},
            )
            for row in await contact_store.of_conversations(connection, conversation_ids)
        ]

    async def _erase(self, connection: AsyncConnection, wish: Wish) -> list[Effect]:
        effects = []
        for row in await contact_store.of_conversations(connection, wish.conversation_ids, wish.purpose):
            purpose = self.consents.purposes.get(row.purpose)
            rule = purpose.kept_by_law if purpose else None
            data: Mapping[str, Any] = {"field": row.field, "value": self._plain(row)} if rule else {}
            effects.append(
                await self.archive.put_away(
                    connection, wish, kind="contact", key=contact_store.key_of(row),
                    conversation_id=row.conversation_id, since=row.set_at, data=data, rule=rule,
                    purpose=row.purpose,
                )
            )
            await contact_store.remove(connection, row)
        return effects

    async def _rows_of(
        self, connection: AsyncConnection, conversation_id: str, field: str
    ) -> list[Row[Any]]:
        rows = await contact_store.of_conversations(connection, [conversation_id])
        return [row for row in rows if row.field == field]

    async def _write(self, connection: AsyncConnection, row: Row[Any], text: str, by: str) -> None:
        place = contact_store.about(row.conversation_id, row.purpose, row.field)
        # Its age stays: a correction does not keep it longer than was promised.
        await contact_store.change(connection, row, value=self.cipher.encrypt(text, place), set_by=by)

    async def _audit(
        self, connection: AsyncConnection, conversation_id: str, by: str, field: str, purpose: str,
        *, corrected: bool,
    ) -> None:
        await audit.record(
            connection, at=self.clock.now(), actor=by,
            action="contact_corrected" if corrected else "contact_kept", subject=conversation_id,
            reason=purpose, field=field,
        )

    def _checked(self, field: str, value: object) -> str:
        text = checked(field, value)
        return self.shield(text, []).text if field in FREE_TEXT else text

    def _plain(self, row: Row[Any]) -> str:
        return self.cipher.decrypt(
            row.value, contact_store.about(row.conversation_id, row.purpose, row.field)
        )

    def _kind(self, row: Row[Any]) -> str:
        purpose = self.consents.purposes.get(row.purpose)
        return purpose.fields.get(row.field, "C2") if purpose else "C2"
