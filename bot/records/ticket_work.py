"""What staff do with tickets: one async function a verb, one transaction each.

A ticket of a complaint is invisible to the colleague it is about (L18); what a worker may not see
looks like none at all (I34).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation import store as conversations
from bot.conversation.ports import Say
from bot.conversation.store import Conversation
from bot.conversation.wakes import Wakes
from bot.database import Database
from bot.errors import BadRequest, Conflict, Forbidden, NotFound
from bot.records import due, ticket_words
from bot.records import ticket_store as store
from bot.records.cipher import Cipher
from bot.records.due import Promises
from bot.records.masks import masked
from bot.records.store import tickets
from bot.records.ticket_states import LIVE, Kind, State, Step
from bot.records.ticket_store import Ticket
from bot.records.ticket_worker import Worker
from bot.records.tickets import DESKS, reopening
from bot.records.transcript import fingerprint

#: Whose doing it was, as a complaint's investigation finds (R28).
RESPONSIBLE = ("branch", "staff", "product", "system", "partner", "customer", "nobody")
#: Why somebody looks at a detail that is hidden (R20).
PURPOSES = ("call_customer", "check_identity", "prepare_visit")


@dataclass(frozen=True)
class Happened:
    """One row of a ticket's history; a note only where it has one."""

    at: datetime
    actor: str
    event: str
    state: str
    details: dict[str, Any]
    note: str | None


@dataclass(frozen=True)
class File:
    """A ticket with all that its worker needs; name and phone are masked."""

    ticket: Ticket
    private: dict[str, str]
    cause: dict[str, str] | None
    answer: str | None
    history: list[Happened]
    #: whether the transcript of a complaint is as it was when it was filed
    evidence_holds: bool | None


@dataclass
class TicketWork:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    cipher: Cipher
    wakes: Wakes
    say: Say
    promises: Callable[[], Promises]

    async def listed(
        self, worker: Worker, state: str | None = None, *, mine: bool = False
    ) -> list[Ticket]:
        """What this worker may see, first due first; without a state all that is still owed.

        Raises:
            BadRequest: no such state.
        """
        if state is not None and state not in list(State):
            raise BadRequest("bad_ticket_state", field="state")
        states = LIVE if state is None else {State(state)}
        only = worker.wanted()
        if mine:
            only.append(tickets.c.assigned_to == worker.number)
        async with self.database.read() as connection:
            found = await store.listed(connection, states, *only)
        return [ticket for ticket in found if worker.may_see(ticket)]

    async def read(self, reference: str, worker: Worker) -> File:
        """The whole ticket; the look is audited (R21).

        Raises:
            NotFound: there is none, or it is not for this worker.
        """
        async with self.database.write() as connection:
            ticket = await self._visible(connection, reference, worker)
            rows = await store.history(connection, reference)
            evidence = await self._evidence(connection, ticket)
            await store.look(connection, ticket, at=self.clock.now(), actor=worker.actor)
        answer = self._opened(ticket.answer, f"{reference}/answer")
        return File(
            ticket,
            {name: mask(name, value) for name, value in self._private(ticket).items()},
            self._opened(ticket.cause, f"{reference}/cause"),
            answer["text"] if answer else None,
            [
                Happened(
                    row.at, row.actor, row.event, row.state, row.details,
                    self.cipher.decrypt(row.text, f"{reference}/note") if row.text else None,
                )
                for row in rows
            ],
            evidence,
        )

    async def reveal(self, reference: str, worker: Worker, name: str, purpose: str) -> str:
        """One field in full, for the one who works on the ticket; says why, and is audited (R20).

        Raises:
            BadRequest: no such field or purpose.
            NotFound: not this worker's to see.
            Conflict: they have not taken it.
        """
        if purpose not in PURPOSES:
            raise BadRequest("bad_purpose", field="purpose")
        async with self.database.write() as connection:
            ticket = await self._visible(connection, reference, worker)
            if ticket.assigned_to != worker.number and ticket.kind is not Kind.APPOINTMENT:
                raise Conflict("ticket_not_taken", state=ticket.state.value)
            private = self._private(ticket)
            if name not in private:
                raise BadRequest("bad_ticket_field", field="field")
            await store.look(
                connection, ticket, at=self.clock.now(), actor=worker.actor, name=name,
                purpose=purpose,
            )
        return private[name]

    async def take(self, reference: str, worker: Worker) -> Ticket:
        """Work on this one from now on; of several, one wins.

        Raises:
            NotFound: there is none, or it is not for this worker.
            Conflict: somebody has it (`ticket_state`).
        """
        return await self._act(
            reference, worker, Step.TAKEN, may=Worker.may_take, assigned_to=worker.number
        )

    async def assign(self, reference: str, worker: Worker, number: str) -> Ticket:
        """Give it to a colleague; the caller knows that there is one with this number.

        Raises:
            Forbidden: only a supervisor assigns.
            Conflict: the complaint is about this colleague (`has_interest`, L18).
        """
        if not worker.is_supervisor:
            raise Forbidden("needs_supervisor")

        def values(ticket: Ticket) -> dict[str, Any]:
            if ticket.about_agent == number:
                raise Conflict("has_interest", field="number", state=ticket.state.value)
            return {"assigned_to": number}

        return await self._act(
            reference, worker, Step.ASSIGNED, values, details={"assigned_to": number}
        )

    async def note(self, reference: str, worker: Worker, text: str) -> Ticket:
        """Write down what was found or done; only staff see it."""
        return await self._act(
            reference, worker, Step.NOTED, note=self.cipher.encrypt(text, f"{reference}/note")
        )

    async def set_cause(
        self, reference: str, worker: Worker, root_cause: str, responsible: str, measure: str
    ) -> Ticket:
        """What was behind a complaint, on whose side, and what is done about it (R28, R29).

        Raises:
            BadRequest: no such side.
        """
        if responsible not in RESPONSIBLE:
            raise BadRequest("bad_responsible", field="responsible")
        found = orjson.dumps({"root_cause": root_cause, "measure": measure}).decode()
        return await self._act(
            reference, worker, Step.CAUSE_FOUND,
            cause=self.cipher.encrypt(found, f"{reference}/cause"), responsible=responsible,
            details={"responsible": responsible},
        )

    async def extend(self, reference: str, worker: Worker, reason: str) -> Ticket:
        """Approve more time for a complaint, and tell its customer (L16).

        Whoever calls approves, in their own session: a supervisor who does not work on it
        themselves. To 30 days once; 30 more want a second supervisor.

        Raises:
            Forbidden: the caller is no supervisor (`needs_supervisor`).
            Conflict: the caller works on it (`approver_is_handler`) or has approved before
                (`needs_second_approver`), or there is no more time to give (`no_more_extensions`).
        """
        if not worker.is_supervisor:
            raise Forbidden("needs_supervisor")

        def values(ticket: Ticket) -> dict[str, Any]:
            state = ticket.state.value
            if ticket.assigned_to == worker.number:
                raise Conflict("approver_is_handler", state=state)
            if worker.number in ticket.approvers:
                raise Conflict("needs_second_approver", state=state)
            if ticket.extensions >= len(due.COMPLAINT_EXTENSIONS):
                raise Conflict("no_more_extensions", state=state)
            return {
                "due_at": due.extended(ticket.received_at, ticket.extensions),
                "extensions": ticket.extensions + 1,
                "approvers": [*ticket.approvers, worker.number],
            }

        return await self._act(
            reference, worker, Step.EXTENDED, values, tell="ticket_extended",
            note=self.cipher.encrypt(reason, f"{reference}/note"),
        )

    async def answer(self, reference: str, worker: Worker, text: str) -> Ticket:
        """Say the promised reply to the customer, in their chat (R08).

        A conversation that an agent holds gets it as the colleague's message; one with the bot as
        a message of the system that asks whether it has solved the matter. One that is closed gets
        it too, because its customer can still read it there; a known customer also hears it at
        the beginning of their next conversation (`Tickets.deliver_waiting`).
        """
        now = self.clock.now()
        said = {"text": text, "honorific": dict(worker.honorific), "number": worker.number}
        async with self.database.write() as connection:
            conversation, ticket = await self._locked(connection, reference, worker)
            ticket = await store.take_step(
                connection, ticket, Step.ANSWERED, at=now, actor=worker.actor, answered_at=now,
                answered_in=conversation.id,
                answer=self.cipher.encrypt(orjson.dumps(said).decode(), f"{reference}/answer"),
            )
            draft = ticket_words.answer_draft(self.say, conversation, ticket, said, now)
            await conversations.append(connection, conversation, draft, now=now)
        await self._tell(conversation)
        return ticket

    async def close(self, reference: str, worker: Worker) -> Ticket:
        """End it: the reply was given by other means, or nobody has confirmed it; the customer is told.

        Raises:
            Conflict: a complaint's cause or answer is missing, or there is nothing to end.
        """
        return await self._act(reference, worker, Step.CLOSED, tell="ticket_closed")

    async def reopen(self, reference: str, worker: Worker) -> Ticket:
        """Begin again, with a new clock; the customer is told."""
        return await self._act(
            reference, worker, Step.REOPENED,
            lambda ticket: reopening(ticket, self.clock.now(), self.promises()),
            tell="ticket_reopened",
        )

    async def confirm_appointment(self, reference: str, worker: Worker) -> Ticket:
        """The branch expects the customer, who is told."""
        return await self._act(reference, worker, Step.CONFIRMED, tell="appointment_confirmed")

    async def keep_appointment(self, reference: str, worker: Worker) -> Ticket:
        """The customer has come."""
        return await self._act(reference, worker, Step.KEPT)

    async def _act(
        self,
        reference: str,
        worker: Worker,
        step: Step,
        values: Callable[[Ticket], dict[str, Any]] = lambda _ticket: {},
        *,
        tell: str | None = None,
        note: bytes | None = None,
        details: dict[str, Any] | None = None,
        may: Callable[[Worker, Ticket], bool] = Worker.may_see,
        **fixed: Any,
    ) -> Ticket:
        """One step of a worker; `tell` names the notice that the customer gets in the same transaction."""
        now = self.clock.now()
        async with self.database.write() as connection:
            conversation, ticket = await self._locked(connection, reference, worker, may)
            ticket = await store.take_step(
                connection, ticket, step, at=now, actor=worker.actor, note=note, details=details,
                **values(ticket), **fixed,
            )
            if tell:
                draft = ticket_words.notice(self.say, conversation, ticket, tell)
                await conversations.append(connection, conversation, draft, now=now)
        await self._tell(conversation)
        return ticket

    async def _locked(
        self,
        connection: AsyncConnection,
        reference: str,
        worker: Worker,
        may: Callable[[Worker, Ticket], bool] = Worker.may_see,
    ) -> tuple[Conversation, Ticket]:
        conversation, ticket = await store.lock(connection, reference)
        if not may(worker, ticket):
            raise NotFound("ticket_not_found")
        return conversation, ticket

    async def _visible(
        self, connection: AsyncConnection, reference: str, worker: Worker
    ) -> Ticket:
        ticket = await store.find(connection, reference)
        if not worker.may_see(ticket):
            raise NotFound("ticket_not_found")
        return ticket

    async def _evidence(self, connection: AsyncConnection, ticket: Ticket) -> bool | None:
        if ticket.to_seq is None:
            return None
        now = await fingerprint(connection, ticket.conversation_id, ticket.to_seq)
        return now == ticket.transcript_sha256

    def _private(self, ticket: Ticket) -> dict[str, str]:
        return self._opened(ticket.fields, ticket.reference) or {}

    def _opened(self, kept: bytes | None, about: str) -> dict[str, Any] | None:
        return dict(orjson.loads(self.cipher.decrypt(kept, about))) if kept else None

    async def _tell(self, conversation: Conversation) -> None:
        await self.wakes.publish(conversation.id)
        await self.wakes.publish(DESKS)


def mask(name: str, value: str) -> str:
    """A field as a worker reads it before it is revealed: who the customer is, is hidden (L14)."""
    return masked(name, value) if value and name in ("name", "phone") else value
