"""The register of incidents with personal data: what leaked, why, what we do, whom we told (L10, PIPL 57).

An incident is closed when everything is known that authority and people are owed, and not before.
Every step and every refusal is an audit row; the words themselves are in the history.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation.ports import Shield
from bot.database import Database
from bot.errors import BadRequest, Conflict
from bot.records import audit
from bot.records import incident_store as store
from bot.records.incident_states import FIELDS, HANDLERS, REPORTERS, Step, after
from bot.records.incident_store import Happened, Incident
from bot.records.refusals import need_role, refusals_audited
from bot.records.store import next_reference
from bot.records.ticket_worker import Worker

#: The longest that one field may be, in characters.
LONGEST = 2000
#: Who was told, by the step that says so.
TOLD = {"authority": Step.AUTHORITY_TOLD, "people": Step.PEOPLE_TOLD}


@dataclass
class Incidents:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    shield: Shield

    async def open(self, worker: Worker, summary: str) -> Incident:
        """Say that something has happened; the fields are filled in as they become known.

        Raises:
            Forbidden: not this role's work.
            BadRequest: no words, or too many.
        """
        async with self._writing(worker, "open", None) as connection:
            need_role(worker, REPORTERS)
            kept, now = self._kept(summary, "summary"), self.clock.now()
            incident = await store.add(
                connection, reference=await next_reference(connection, "I", now), summary=kept, opened_at=now
            )
            await self._note(connection, worker, incident, Step.OPENED)
            return incident

    async def fill(self, reference: str, worker: Worker, values: Mapping[str, str]) -> Incident:
        """Write down one or more of the six fields; what they said before stays in the history.

        Raises:
            NotFound: no such incident.
            Forbidden: not this role's work.
            BadRequest: no field, an unknown one (`incident_field`), or its words can not be kept.
            Conflict: it is closed.
        """
        async with self._writing(worker, "fill", reference) as connection:
            incident = await self._to_handle(connection, reference, worker)
            after(incident.state, Step.FILLED)
            if not values:
                raise BadRequest("incident_field", field="fields", known=", ".join(FIELDS))
            for name in values:
                if name not in FIELDS:
                    raise BadRequest("incident_field", field=name, known=", ".join(FIELDS))
            kept = {name: self._kept(text, name) for name, text in values.items()}
            changed = {name: {"was": getattr(incident, name), "is": text} for name, text in kept.items()}
            incident = await store.change(connection, reference, **kept)
            await self._note(connection, worker, incident, Step.FILLED, changed)
            return incident

    async def told(self, reference: str, worker: Worker, whom: str, at: datetime | None = None) -> Incident:
        """Write down when the authority or the people were told; now, when no time is given.

        Raises:
            NotFound, Forbidden, Conflict: as `fill`.
            BadRequest: neither `authority` nor `people`, or a time to come or before the incident was known.
        """
        async with self._writing(worker, "told", reference) as connection:
            incident = await self._to_handle(connection, reference, worker)
            if whom not in TOLD:
                raise BadRequest("incident_whom", field="whom")
            step, now = TOLD[whom], self.clock.now()
            after(incident.state, step)
            told_at = at or now
            if not incident.opened_at <= told_at <= now:
                raise BadRequest("incident_when", field="at")
            incident = await store.change(connection, reference, **{f"{whom}_told_at": told_at})
            await self._note(connection, worker, incident, step, {"told_at": told_at.isoformat()})
            return incident

    async def close(self, reference: str, worker: Worker) -> Incident:
        """End it.

        Raises:
            NotFound, Forbidden: as `fill`.
            Conflict: it is closed, or one of the six is empty: `field` is the first, `empty` names all.
        """
        async with self._writing(worker, "close", reference) as connection:
            incident = await self._to_handle(connection, reference, worker)
            state = after(incident.state, Step.CLOSED)
            if empty := incident.empty:
                raise Conflict("incident_incomplete", field=empty[0], empty=", ".join(empty))
            incident = await store.change(
                connection, reference, state=state.value, closed_at=self.clock.now()
            )
            await self._note(connection, worker, incident, Step.CLOSED)
            return incident

    async def reopen(self, reference: str, worker: Worker) -> Incident:
        """Go on with one that was closed: more has become known.

        Raises:
            NotFound, Forbidden, Conflict: as `fill`; it is open.
        """
        async with self._writing(worker, "reopen", reference) as connection:
            incident = await self._to_handle(connection, reference, worker)
            state = after(incident.state, Step.REOPENED)
            incident = await store.change(connection, reference, state=state.value, closed_at=None)
            await self._note(connection, worker, incident, Step.REOPENED)
            return incident

    async def listed(self, worker: Worker) -> list[Incident]:
        """The last incidents, open ones first; for supervisors and compliance.

        Raises:
            Forbidden: not this role's work.
        """
        async with self._writing(worker, "list", None) as connection:
            need_role(worker, HANDLERS)
            return await store.listed(connection)

    async def read(self, reference: str, worker: Worker) -> tuple[Incident, list[Happened]]:
        """One incident with its history; the look is audited (R21).

        Raises:
            NotFound, Forbidden: as `fill`.
        """
        async with self._writing(worker, "read", reference) as connection:
            incident = await self._to_handle(connection, reference, worker)
            await self._audit(connection, worker, "incident_read", reference)
            return incident, await store.history(connection, reference)

    async def _to_handle(self, connection: AsyncConnection, reference: str, worker: Worker) -> Incident:
        need_role(worker, HANDLERS)
        return await store.lock(connection, reference)

    def _kept(self, text: str, field: str) -> str:
        """What staff have written, without numbers that belong to nobody's eyes."""
        if not text.strip() or len(text) > LONGEST:
            raise BadRequest("incident_words", field=field, limit=LONGEST)
        return self.shield(text.strip(), []).text

    async def _note(
        self, connection: AsyncConnection, worker: Worker, incident: Incident, step: Step,
        details: dict[str, Any] | None = None,
    ) -> None:
        """The row of history and the audit row; the audit gets names of fields, not their words."""
        now, details = self.clock.now(), details or {}
        await store.note(
            connection, incident.reference, at=now, actor=worker.actor, event=step.value, details=details
        )
        await self._audit(
            connection, worker, f"incident_{step.value}", incident.reference, fields=sorted(details),
            left=len(incident.empty),
        )

    async def _audit(
        self, connection: AsyncConnection, worker: Worker, action: str, reference: str | None, **details: Any
    ) -> None:
        await audit.record(
            connection, at=self.clock.now(), actor=worker.actor, action=action, subject=reference, **details
        )

    def _writing(
        self, worker: Worker, act: str, reference: str | None
    ) -> AbstractAsyncContextManager[AsyncConnection]:
        known = reference if reference and store.is_reference(reference) else None
        return refusals_audited(self.database, self.clock, worker, f"incident_{act}", known)
