"""Passing records on: asked for by one, allowed by another, fetched once, written down for years (R20, L08).

Every refusal is an audit row too. What left is not kept a second time: its hash is.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import BANK_ZONE, Clock
from bot.conversation.ports import Shield
from bot.conversation.store import conversations
from bot.database import Database
from bot.errors import BadRequest, Forbidden
from bot.records import audit
from bot.records import export_store as store
from bot.records.export_content import ExportContent
from bot.records.export_states import (
    APPROVERS,
    GROUNDS,
    KINDS,
    MAX_THINGS,
    OPEN_FOR,
    PURPOSES,
    READERS,
    REQUESTERS,
    State,
    Step,
    after,
)
from bot.records.export_store import Export
from bot.records.refusals import need_role, refusals_audited
from bot.records.store import next_reference, tickets
from bot.records.ticket_worker import Worker

#: The longest that staff may write, in characters.
LONGEST = 500


@dataclass(frozen=True)
class Wanted:
    """What is asked for: these things, or all of a period of the bank's days, both ends included."""

    kind: str
    recipient: str
    purpose: str
    note: str
    ground: str
    detail: str = "masked"
    references: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None


@dataclass
class Exports:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    shield: Shield
    content: ExportContent

    async def request(self, worker: Worker, wanted: Wanted) -> Export:
        """Ask for an export; nothing leaves before a second person has allowed it.

        Raises:
            Forbidden: not this role's work.
            BadRequest: something is missing or unknown, names nothing, or too much; `field` says what.
        """
        async with self._writing(worker, "request", None) as connection:
            need_role(worker, REQUESTERS)
            _check(wanted)
            things = await _things(connection, wanted)
            now = self.clock.now()
            export = await store.add(
                connection, reference=await next_reference(connection, "X", now), kind=wanted.kind,
                things=things, recipient=self._kept(wanted.recipient, "recipient"), purpose=wanted.purpose,
                note=self._kept(wanted.note, "note"), detail=wanted.detail, ground=wanted.ground,
                requested_by=worker.number, requested_at=now,
            )
            await self._audit(connection, worker, "export_requested", export, things=len(things))
            return export

    async def approve(self, reference: str, worker: Worker, legal_ground: str | None = None) -> Export:
        """Allow it, as somebody else than the one who asked; without consent the law has to be named.

        Raises:
            NotFound: no such request.
            Forbidden: not this role's work, or one's own request (`export_own`).
            BadRequest: the legal ground is missing (`export_needs_law`).
            Conflict: it is decided already.
        """
        async with self._writing(worker, "approval", reference) as connection:
            export = await self._to_decide(connection, reference, worker)
            state = after(export.state, Step.APPROVED)
            if export.ground == "law" and not (legal_ground or "").strip():
                raise BadRequest("export_needs_law", field="legal_ground")
            law = self._kept(legal_ground, "legal_ground") if export.ground == "law" and legal_ground else None
            now = self.clock.now()
            export = await store.move(
                connection, reference, state, decided_by=worker.number, decided_at=now, legal_ground=law,
                open_until=now + OPEN_FOR,
            )
            await self._audit(connection, worker, "export_approved", export, things=len(export.things))
            return export

    async def refuse(self, reference: str, worker: Worker, reason: str) -> Export:
        """Say no, or take an approval back before anything has left.

        Raises:
            NotFound, Forbidden, Conflict: as `approve`.
            BadRequest: no reason.
        """
        async with self._writing(worker, "refusal", reference) as connection:
            export = await self._to_decide(connection, reference, worker)
            state, kept = after(export.state, Step.REFUSED), self._kept(reason, "reason")
            export = await store.move(
                connection, reference, state, decided_by=worker.number, decided_at=self.clock.now(),
                decision_note=kept, open_until=None,
            )
            await self._audit(connection, worker, "export_refused", export)
            return export

    async def fetch(self, reference: str, worker: Worker) -> dict[str, Any]:
        """The document, for the one who asked, once, within a day of the approval.

        Raises:
            NotFound: no such request.
            Forbidden: another one's, not approved, fetched already, its day is over, or nothing may leave.
        """
        async with self._writing(worker, "fetch", reference) as connection:
            export = await store.lock(connection, reference)
            now = self.clock.now()
            _may_fetch(export, worker, now)
            content = await self.content.of(connection, export)
            if not content.records:
                raise Forbidden("export_nothing_may_leave")
            export = await store.move(
                connection, reference, after(export.state, Step.FETCHED), fetched_at=now,
                passed_on=len(content.records), left_out=content.left_out, sha256=content.sha256,
            )
            await self._audit(
                connection, worker, "export_fetched", export, things=len(content.records),
                left_out=content.left_out, sha256=content.sha256,
            )
            return {
                "reference": reference, "made_at": now.isoformat().replace("+00:00", "Z"),
                "recipient": export.recipient, "purpose": export.purpose, "detail": export.detail,
                "ground": export.ground, "legal_ground": export.legal_ground,
                "requested_by": export.requested_by, "approved_by": export.decided_by,
                "records": content.records, "left_out": content.left_out, "sha256": content.sha256,
            }

    async def listed(self, worker: Worker) -> list[Export]:
        """The last requests: all of them for who supervises, else one's own.

        Raises:
            Forbidden: not this role's work.
        """
        need_role(worker, REQUESTERS)
        whose = None if READERS & set(worker.roles) else worker.number
        async with self.database.read() as connection:
            return await store.listed(connection, whose)

    async def _to_decide(self, connection: AsyncConnection, reference: str, worker: Worker) -> Export:
        need_role(worker, APPROVERS)
        export = await store.lock(connection, reference)
        if export.requested_by == worker.number:
            raise Forbidden("export_own")
        return export

    def _kept(self, text: str, field: str) -> str:
        """What staff have written, without numbers that belong to nobody's eyes."""
        if not text.strip() or len(text) > LONGEST:
            raise BadRequest("export_words", field=field, limit=LONGEST)
        return self.shield(text.strip(), []).text

    def _writing(
        self, worker: Worker, act: str, reference: str | None
    ) -> AbstractAsyncContextManager[AsyncConnection]:
        known = reference if reference and store.is_reference(reference) else None
        return refusals_audited(self.database, self.clock, worker, f"export_{act}", known)

    async def _audit(
        self, connection: AsyncConnection, worker: Worker, action: str, export: Export, **details: Any
    ) -> None:
        await audit.record(
            connection, at=self.clock.now(), actor=worker.actor, action=action, subject=export.reference,
            reason=export.purpose, kind=export.kind, detail=export.detail, ground=export.ground, **details,
        )


def _may_fetch(export: Export, worker: Worker, now: datetime) -> None:
    """Raise with the reason why it may not be fetched, if there is one."""
    if export.requested_by != worker.number:
        raise Forbidden("export_not_yours")
    if export.state is State.FETCHED:
        raise Forbidden("export_fetched")
    if export.state is not State.APPROVED or export.open_until is None:
        raise Forbidden("export_not_approved")
    if now >= export.open_until:
        raise Forbidden("export_over")


def _check(wanted: Wanted) -> None:
    """Raise when a choice is none of ours, or more is asked for than the purpose allows."""
    for field, known in (("kind", KINDS), ("purpose", tuple(PURPOSES)), ("ground", GROUNDS)):
        if getattr(wanted, field) not in known:
            raise BadRequest("export_choice", field=field)
    if wanted.detail not in ("masked", PURPOSES[wanted.purpose]):
        raise BadRequest("export_too_much", field="detail")
    period = wanted.first_day is not None and wanted.last_day is not None
    if period == bool(wanted.references):
        raise BadRequest("export_which", field="references")


async def _things(connection: AsyncConnection, wanted: Wanted) -> list[str]:
    """The conversations or tickets that there are of what was asked for, oldest first."""
    transcripts = wanted.kind == "transcripts"
    key, at = (
        (conversations.c.id, conversations.c.created_at) if transcripts
        else (tickets.c.reference, tickets.c.created_at)
    )
    query = select(key).order_by(at, key).limit(MAX_THINGS + 1)
    if wanted.first_day and wanted.last_day:
        query = query.where(at >= _midnight(wanted.first_day), at < _midnight(wanted.last_day + timedelta(days=1)))
    else:
        if len(wanted.references) > MAX_THINGS:
            raise BadRequest("export_too_many", field="references", limit=MAX_THINGS)
        query = query.where(key.in_(wanted.references))
    found = list((await connection.execute(query)).scalars())
    if wanted.references and len(found) < len(set(wanted.references)):
        raise BadRequest("export_nothing", field="references")
    if not found:
        raise BadRequest("export_nothing", field="first_day")
    if len(found) > MAX_THINGS:
        raise BadRequest("export_too_many", field="last_day", limit=MAX_THINGS)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BANK_ZONE).astimezone(UTC)
