"""What leaves the bank with an approved export: records, each with a hash for whoever gets them (L08, L22, L23).

A record's hash is the SHA-256 of its JSON without the hash itself: UTF-8, keys sorted, no spaces. The
document's is that of the records' hashes, a line each. A name or phone that the customer has given us
is masked wherever it stands, unless the approved detail is `full`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import BANK_ZONE
from bot.conversation.ports import Say
from bot.conversation.store import conversations, messages
from bot.records.consent_states import Decision
from bot.records.consents import Consents
from bot.records.export_store import Export
from bot.records.masks import masked
from bot.records.ports import Holding, Item
from bot.records.store import tickets

#: The purpose under which a customer agrees that records go to somebody else (PIPL 23).
PASSING_ON = "passing_on"
#: What may be called a person by, longest first when it is hidden.
_NAMES = ("name", "phone")
_SHORTEST = 2


@dataclass(frozen=True)
class Content:
    """The records that may leave, how many may not, and the hash over all."""

    records: list[dict[str, Any]]
    left_out: int
    sha256: str


@dataclass
class ExportContent:
    """Reads what is passed on; writes nothing."""

    say: Say
    consents: Consents
    #: the contact cards and the tickets, as they are lent for a customer's own copy
    contacts: Holding
    tickets: Holding

    async def of(self, connection: AsyncConnection, export: Export) -> Content:
        """The records of an export, as they are now: erased words stay erased, withdrawn consents count."""
        records: list[dict[str, Any]] = []
        for thing in export.things:
            found = await self._record(connection, export, thing)
            if found:
                records.append({**found, "sha256": digest(found)})
        return Content(records, len(export.things) - len(records), digest_of(records))

    async def _record(
        self, connection: AsyncConnection, export: Export, thing: str
    ) -> dict[str, Any] | None:
        """One record, or None where it is gone or may not leave."""
        talk = thing if export.kind == "transcripts" else await _talk_of(connection, thing)
        if talk is None or await _is_about(connection, talk, export.requested_by):
            return None
        if export.ground == "consent":
            standing = await self.consents.standing_in(connection, talk, PASSING_ON)
            if standing is not Decision.GIVEN:
                return None
        its_tickets = await self.tickets.read(connection, [talk])
        hide: dict[str, str] = {}
        if export.detail == "masked":
            hide = _hidden([*await self.contacts.read(connection, [talk]), *its_tickets])
        if export.kind == "transcripts":
            return await self._transcript(connection, talk, hide)
        (item,) = [one for one in its_tickets if one.values["reference"] == thing]
        return _ticket(item, hide, full=export.detail == "full")

    async def _transcript(
        self, connection: AsyncConnection, talk: str, hide: dict[str, str]
    ) -> dict[str, Any] | None:
        row = (await connection.execute(select(conversations).where(conversations.c.id == talk))).one()
        query = select(messages).where(messages.c.conversation_id == talk).order_by(messages.c.seq)
        said = (await connection.execute(query)).all()
        if not said:
            return None
        return {
            "kind": "transcript", "conversation": talk, "language": row.language,
            "began_at": _time(row.created_at), "ended_at": _time(row.closed_at),
            "messages": [
                {
                    "seq": one.seq, "at": _time(one.at), "local": one.at.astimezone(BANK_ZONE).isoformat(),
                    "from": one.author, "label": self.say(f"export_label_{one.author}", one.language),
                    "to": one.receiver, "kind": one.kind, "text": _without(one.text, hide),
                    "altered": one.altered, "hash": one.hash,
                }
                for one in said
            ],
        }


def digest(record: dict[str, Any]) -> str:
    """The hash of one record."""
    return hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()


def digest_of(records: Iterable[dict[str, Any]]) -> str:
    """The hash over all records."""
    return hashlib.sha256("".join(f"{one['sha256']}\n" for one in records).encode()).hexdigest()


def _ticket(item: Item, hide: dict[str, str], *, full: bool) -> dict[str, Any]:
    """A ticket without what colleagues noted for each other."""
    known, fields = item.values, item.values["fields"] if full else item.shown["fields"]
    return {
        "kind": "ticket", "reference": known["reference"], "about": known["kind"], "state": known["state"],
        "filed_at": _time(item.at), "due_at": _time(known["due_at"]), "facts": known["facts"],
        "fields": dict(fields), "answer": _without(known["answer"], hide) if known["answer"] else None,
    }


async def _talk_of(connection: AsyncConnection, reference: str) -> str | None:
    query = select(tickets.c.conversation_id).where(tickets.c.reference == reference)
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def _is_about(connection: AsyncConnection, talk: str, number: str) -> bool:
    """Whether somebody complained about this colleague there: nobody carries off their own case (L18)."""
    query = select(tickets.c.reference).where(tickets.c.conversation_id == talk, tickets.c.about_agent == number)
    return (await connection.execute(query.limit(1))).first() is not None


def _hidden(items: list[Item]) -> dict[str, str]:
    """What to put in the place of each name and phone that the customer has given."""
    found = {}
    for item in items:
        fields = item.values.get("fields") or {item.values.get("field"): item.values.get("value")}
        for field, value in fields.items():
            if field in _NAMES and value and len(str(value)) >= _SHORTEST:
                found[str(value)] = masked(field, str(value))
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def _without(text: str, hide: dict[str, str]) -> str:
    for value, mask in hide.items():
        text = text.replace(value, mask)
    return text


def _time(at: Any) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
