"""What a ticket holds about a person: shown, taken away or locked; its number and dates stay.

A purpose that ends takes the fields it was asked for. All else of a ticket (the answer, what staff
noted and found) goes with its own purpose, but for a complaint: that is worked on without a
contact, and its file is locked whole when everything is to go (L06, L18).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Select, case, func, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import UnavailableError
from bot.records import ticket_store
from bot.records.archive import Archive, archive
from bot.records.cipher import Cipher
from bot.records.masks import masked
from bot.records.ports import Effect, Expirer, Holding, Item, Wish
from bot.records.purposes import Purpose
from bot.records.store import consents, ticket_events, tickets
from bot.records.ticket_states import ENDED_BY_ERASURE, Kind
from bot.records.ticket_worker import Worker

KIND = "ticket"
#: Tickets of this kind are files the law makes us keep, and the class that says for how long.
COMPLAINT = Kind.COMPLAINT.value
#: What a ticket is kept for when it stands on no consent: it was filed in the customer's own words.
PURPOSE_OF = {
    Kind.REQUEST.value: "manual_request",
    Kind.COMPLAINT.value: "complaint_contact",
    Kind.CALLBACK.value: "callback",
    Kind.FOLLOW_UP.value: "follow_up",
    Kind.APPOINTMENT.value: "appointment",
    Kind.DATA_REQUEST.value: "data_request",
}
#: Fields that were asked for beside a ticket's purpose, under one of their own.
BESIDE = {Kind.APPOINTMENT.value: "appointment_occupation"}


@dataclass
class TicketHolding:
    """The personal fields of tickets."""

    cipher: Cipher
    purposes: Mapping[str, Purpose]
    archive: Archive

    def holding(self) -> Holding:
        return Holding(KIND, self._read, self._erase)

    def expirer(self) -> Expirer:
        """Tickets of a purpose whose time is over; complaints are a class of their own."""
        return Expirer(_older_than, self._blank)

    def complaint_expirer(self) -> Expirer:
        """Complaint files whose time is over."""
        return Expirer(lambda before, _purpose: _not_blank(before, tickets.c.kind == COMPLAINT), self._blank)

    async def values(
        self, connection: AsyncConnection, conversation_id: str, worker: Worker
    ) -> dict[str, dict[str, Any]]:
        """The plain fields of a conversation's tickets that this worker may know of, by reference."""
        found = {}
        of_this = await ticket_store.of_conversation(connection, conversation_id, None, live_only=False)
        for ticket in filter(worker.may_know, reversed(of_this)):
            if kept := _filled(self._opened(ticket.fields, ticket.reference)):
                found[ticket.reference] = kept
        return found

    async def _read(self, connection: AsyncConnection, conversation_ids: list[str]) -> list[Item]:
        items = []
        for row in await _rows(connection, conversation_ids):
            fields = self._opened(row.fields, row.reference)
            known = {
                "reference": row.reference, "kind": row.kind, "state": row.state, "due_at": row.due_at,
                "purpose": row.purpose, "facts": row.facts,
            }
            hidden = {name: masked(name, str(value)) for name, value in fields.items() if value}
            answer = self._opened(row.answer, f"{row.reference}/answer").get("text")
            told = {"answer": answer, "notes": await self._notes(connection, row.reference)}
            items.append(
                Item(KIND, tickets.name, row.conversation_id, row.created_at,
                     {**known, "fields": fields, **told}, {**known, "fields": hidden})
            )
        return items

    async def _erase(self, connection: AsyncConnection, wish: Wish) -> list[Effect]:
        effects = []
        for row in await _rows(connection, wish.conversation_ids):
            if not wish.purpose:
                await self._end(connection, wish, row)
            whole = not wish.purpose or (row.purpose == wish.purpose and row.kind != COMPLAINT)
            if whole:
                effects += await self._put_away(connection, wish, row, self._rule(row))
            elif wish.purpose in (row.purpose, BESIDE.get(row.kind)):
                effects += await self._put_part_away(connection, wish, row, self._rule(row))
        return effects

    async def _end(self, connection: AsyncConnection, wish: Wish, row: Row[Any]) -> None:
        """End what is still owed to somebody who wants nothing to be kept: its clocks stop too (L18)."""
        _, ticket = await ticket_store.lock(connection, row.reference)
        if ticket.is_live and (step := ENDED_BY_ERASURE.get(ticket.kind)):
            await ticket_store.take_step(
                connection, ticket, step, at=wish.at, actor=f"conversation:{row.conversation_id}",
                details={"reason": "data_erased"},
            )

    async def _put_away(
        self, connection: AsyncConnection, wish: Wish, row: Row[Any], rule: str | None
    ) -> list[Effect]:
        """All that the ticket holds; nothing to say when that is nothing."""
        try:
            content = await self._content(connection, row)
        except UnavailableError:
            if rule:  # what has to be locked must be read first
                raise
            content = {"unreadable": True}  # and what nobody can read can still be taken away
        if not content:
            return []
        effect = await self.archive.put_away(
            connection, wish, kind=KIND, key=row.reference, rule=rule, since=row.created_at,
            conversation_id=row.conversation_id, purpose=row.purpose, data=content if rule else {},
        )
        await self._empty(connection, row)
        return [effect]

    async def _put_part_away(
        self, connection: AsyncConnection, wish: Wish, row: Row[Any], rule: str | None
    ) -> list[Effect]:
        """The fields of one purpose; the ticket goes on without them."""
        purpose = str(wish.purpose)
        fields = self._opened(row.fields, row.reference)
        asked = _filled({name: fields.get(name) for name in self.purposes[purpose].fields})
        if not asked:
            return []
        effect = await self.archive.put_away(
            connection, wish, kind=KIND, key=f"{row.reference}:{purpose}", rule=rule, since=row.created_at,
            conversation_id=row.conversation_id, purpose=purpose, data=asked if rule else {},
        )
        await self._write(connection, row.reference, {**fields, **dict.fromkeys(asked, "")})
        return [effect]

    async def _blank(self, connection: AsyncConnection, keys: list[str], at: datetime) -> None:
        query = _select().where(tickets.c.reference.in_(keys))
        for row in await connection.execute(query):
            await self.archive.put_away(
                connection, Wish([row.conversation_id], at), kind=KIND, key=row.reference, rule=None,
                conversation_id=row.conversation_id, since=row.created_at, data={}, purpose=row.purpose,
            )
            await self._empty(connection, row)

    async def _empty(self, connection: AsyncConnection, row: Row[Any]) -> None:
        """Every field empty, so that whoever lists tickets finds the shape it knows."""
        try:
            names = list(self._opened(row.fields, row.reference))
        except UnavailableError:
            names = []
        await self._write(connection, row.reference, dict.fromkeys(names, ""), cause=None, answer=None)
        await connection.execute(
            update(ticket_events).where(ticket_events.c.reference == row.reference).values(text=None)
        )

    async def _write(
        self, connection: AsyncConnection, reference: str, fields: Mapping[str, Any], **more: Any
    ) -> None:
        sealed = self.cipher.encrypt(orjson.dumps(dict(fields)).decode(), reference)
        await connection.execute(
            update(tickets).where(tickets.c.reference == reference).values(fields=sealed, **more)
        )

    async def _content(self, connection: AsyncConnection, row: Row[Any]) -> dict[str, Any]:
        """Whatever there is: the fields by their names, and what has been written since."""
        return _filled({
            **self._opened(row.fields, row.reference),
            "cause": self._opened(row.cause, f"{row.reference}/cause"),
            "answer": self._opened(row.answer, f"{row.reference}/answer"),
            "notes": await self._notes(connection, row.reference),
        })

    async def _notes(self, connection: AsyncConnection, reference: str) -> list[str]:
        return [
            self.cipher.decrypt(row.text, f"{reference}/note")
            for row in await ticket_store.history(connection, reference) if row.text
        ]

    def _rule(self, row: Row[Any]) -> str | None:
        if row.kind == COMPLAINT:
            return COMPLAINT
        purpose = self.purposes.get(row.purpose)
        return purpose.kept_by_law if purpose else None

    def _opened(self, kept: bytes | None, about: str) -> dict[str, Any]:
        return dict(orjson.loads(self.cipher.decrypt(kept, about))) if kept else {}


async def with_complaint(connection: AsyncConnection, conversation_ids: list[str]) -> set[str]:
    """Those of the conversations that belong to a complaint's file."""
    query = select(tickets.c.conversation_id).where(
        tickets.c.conversation_id.in_(conversation_ids), tickets.c.kind == COMPLAINT
    )
    return set((await connection.execute(query)).scalars())


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None, {}, [])}


async def _rows(connection: AsyncConnection, conversation_ids: list[str]) -> list[Row[Any]]:
    query = _select().where(tickets.c.conversation_id.in_(conversation_ids))
    return list(await connection.execute(query.order_by(tickets.c.created_at, tickets.c.reference)))


def _select() -> Select[Any]:
    return select(tickets, _purpose().label("purpose")).outerjoin(
        consents, consents.c.id == tickets.c.consent_id
    )


def _purpose() -> Any:
    """What the ticket of the row is kept for."""
    return func.coalesce(consents.c.purpose, case(PURPOSE_OF, value=tickets.c.kind))


def _older_than(before: datetime, purpose: str | None) -> Select[Any]:
    return _not_blank(before, tickets.c.kind != COMPLAINT, _purpose() == purpose)


def _not_blank(before: datetime, *more: Any) -> Select[Any]:
    """Tickets that were never put away whole, or were written on since."""
    put_away = (
        select(archive.c.id).where(archive.c.kind == KIND, archive.c.key == tickets.c.reference).exists()
    )
    noted = (
        select(ticket_events.c.id)
        .where(ticket_events.c.reference == tickets.c.reference, ticket_events.c.text.is_not(None))
        .exists()
    )
    left = or_(~put_away, tickets.c.cause.is_not(None), tickets.c.answer.is_not(None), noted)
    return (
        select(tickets.c.reference.label("key"), tickets.c.created_at.label("at"))
        .outerjoin(consents, consents.c.id == tickets.c.consent_id)
        .where(tickets.c.created_at < before, left, *more)
    )
