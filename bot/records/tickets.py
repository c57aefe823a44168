"""Tickets as their customers know them: filed, looked up, confirmed, withdrawn, changed.

A verb with an effect takes the turn that asks for it; a repeated turn gets the first result again
(D02). What staff do with a ticket is in `ticket_work`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation import store as conversations
from bot.conversation.ports import Say, Shield
from bot.conversation.store import Conversation
from bot.conversation.wakes import Wakes
from bot.database import Database
from bot.errors import BadRequest, Forbidden, NotFound
from bot.records import audit, due, ticket_words
from bot.records import ticket_store as store
from bot.records.appointments import Appointments
from bot.records.cipher import Cipher
from bot.records.due import Promises
from bot.records.store import next_reference, tickets
from bot.records.ticket_states import ENDED_BY_ERASURE, FIRST, LETTERS, LIVE, Kind, State, Step
from bot.records.ticket_store import Ticket
from bot.records.transcript import fingerprint

#: The customer's own words; they are shielded, and so may be kept as they were filed.
OWN_WORDS = frozenset({"matter", "demand"})
#: Kinds that can be filed in one's own words alone: the answer comes into the chat.
WITHOUT_CONTACT = frozenset({Kind.COMPLAINT, Kind.FOLLOW_UP, Kind.DATA_REQUEST})
#: The key under which the desks are woken.
DESKS = "queue"


@dataclass(frozen=True)
class Asker:
    """The customer who asks about a ticket.

    Their own conversation's tickets are theirs to see. Another one's are when they have been
    verified; a ticket of a known customer is nobody else's even then.
    """

    conversation_id: str
    verified: bool = False
    customer_id: str | None = None

    def may_see(self, ticket: Ticket) -> bool:
        """Whether this ticket is theirs."""
        if self.conversation_id in (ticket.conversation_id, ticket.answered_in):
            return True
        others = {ticket.customer_id, self.customer_id} - {None}
        return self.verified and len(others) <= 1


@dataclass
class Tickets:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    cipher: Cipher
    wakes: Wakes
    say: Say
    shield: Shield
    #: what the bank promises now
    promises: Callable[[], Promises]
    appointments: Appointments

    async def open(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        *,
        kind: str,
        turn_id: str,
        public: Mapping[str, Any],
        private: Mapping[str, str],
        consent_id: int | None = None,
        due_at: datetime | None = None,
        priority: int = 0,
        case_reference: str | None = None,
        customer_id: str | None = None,
        about_agent: str | None = None,
    ) -> Ticket:
        """File a ticket in the caller's transaction, for a locked conversation.

        `public` are facts of class C1, `private` of C2, which are encrypted. A callback needs
        `public["window"]`, the id of one of `windows()`; an appointment branch, day,
        account_class and who. `about_agent` is the number of the colleague whom a complaint is
        about: they will never see it (L18).

        Raises:
            Forbidden: a person's data without their yes (`no_consent`); nothing is kept (L01).
            BadRequest: a window, day, branch or class that is not on offer; names it.
        """
        what = Kind(kind)
        if earlier := await store.of_turn(connection, turn_id, what):
            return earlier
        own = OWN_WORDS if what in WITHOUT_CONTACT else frozenset()
        if set(private) - own and not await store.has_consent(connection, consent_id, conversation.id):
            raise Forbidden("no_consent")
        now = self.clock.now()
        facts, chosen = self._facts(what, public, now)
        reference = await next_reference(connection, LETTERS[what], now)
        return await store.add(
            connection,
            reference=reference,
            kind=what.value,
            conversation_id=conversation.id,
            consent_id=consent_id,
            customer_id=customer_id,
            turn_id=turn_id,
            language=conversation.language,
            state=FIRST[what].value,
            priority=priority,
            facts=facts,
            fields=self._encrypted(private, reference),
            case_reference=case_reference,
            about_agent=about_agent,
            received_at=now,
            due_at=due_at or chosen or self._due(what, now),
            **await self._evidence(connection, conversation, what),
        )

    async def find(self, reference: str) -> Ticket:
        """The ticket with this reference; for our own use, a customer asks with `progress`.

        Raises:
            NotFound: there is none.
        """
        async with self.database.read() as connection:
            return await store.find(connection, reference)

    async def of_conversation(
        self, conversation_id: str, kind: str | None = None, *, live_only: bool = False
    ) -> list[Ticket]:
        """The tickets of this conversation, newest first."""
        wanted = Kind(kind) if kind else None
        async with self.database.read() as connection:
            return await store.of_conversation(
                connection, conversation_id, wanted, live_only=live_only
            )

    async def owed_to(self, customer_id: str) -> list[Ticket]:
        """What is not over for a customer whom the bank's app has named, first due first (L18)."""
        async with self.database.read() as connection:
            owed = LIVE | {State.ANSWERED}
            return await store.listed(connection, owed, tickets.c.customer_id == customer_id)

    async def ended_by_erasure(self, conversation_id: str, customer_id: str | None) -> list[Ticket]:
        """What would end if all that is kept about this customer were erased now."""
        found = await self.of_conversation(conversation_id, live_only=True)
        if customer_id:
            here = {ticket.reference for ticket in found}
            found += [one for one in await self.owed_to(customer_id) if one.reference not in here]
        return [one for one in found if one.is_live and one.kind in ENDED_BY_ERASURE]

    def public_view(self, ticket: Ticket, language: str) -> dict[str, Any]:
        """Number, titles, due date and what happens next; nothing personal."""
        return ticket_words.public_view(self.say, ticket, self.clock.now(), language)

    def windows(self, language: str) -> list[dict[str, str]]:
        """The times in which we can call, as `{"id", "title"}`; the soonest first."""
        now = self.clock.now()
        found = due.windows(now, self.promises().hours, self.appointments.bank.works)
        return [
            {"id": one.id, "title": ticket_words.window_title(self.say, one, now, language)}
            for one in found
        ]

    async def due_soon(self, now: datetime, within: timedelta = timedelta(days=1)) -> list[Ticket]:
        """Live tickets that are late, or will be within this time; first due first."""
        async with self.database.read() as connection:
            return await store.listed(connection, LIVE, tickets.c.due_at <= now + within)

    async def progress(self, asker: Asker, reference: str | None = None) -> list[Ticket]:
        """The ticket with this reference, or all of the asker's conversation, newest first.

        Raises:
            NotFound: there is none, or it is not for this asker: both sound the same.
        """
        if reference is None:
            found = await self.of_conversation(asker.conversation_id)
            if not found:
                raise NotFound("ticket_not_found")
            return found
        async with self.database.write() as connection:
            seen = await self._seen(connection, asker, reference, "ticket_read")
        if seen is None:
            raise NotFound("ticket_not_found")
        return [seen]

    async def confirm(
        self, reference: str, satisfied: bool, turn_id: str, asker: Asker
    ) -> Ticket:
        """The customer says whether the answer has solved it: closes the ticket, or reopens it.

        Raises:
            NotFound: as for `progress`.
            Conflict: there is no answer to confirm (`ticket_state`).
        """
        if satisfied:
            return await self._act(reference, Step.CONFIRMED, turn_id, asker)
        return await self._act(
            reference, Step.REOPENED, turn_id, asker,
            lambda ticket: reopening(ticket, self.clock.now(), self.promises()),
        )

    async def withdraw(self, reference: str, turn_id: str, asker: Asker) -> Ticket:
        """The customer takes it back: it ends at once and for good (L18).

        Raises:
            NotFound, Conflict: as for `confirm`.
        """
        return await self._act(reference, Step.WITHDRAWN, turn_id, asker)

    async def change_appointment(
        self, reference: str, turn_id: str, asker: Asker, public: Mapping[str, Any]
    ) -> Ticket:
        """Another day, branch or class: `public` holds what changes. The branch confirms it anew.

        Raises:
            BadRequest: what is not on offer; names it.
            NotFound, Conflict: as for `confirm`.
        """

        def changed(ticket: Ticket) -> dict[str, Any]:
            facts, due_at = self._facts(
                ticket.kind, {**ticket.facts, **public}, self.clock.now()
            )
            return {"facts": facts, "due_at": due_at or ticket.due_at}

        return await self._act(reference, Step.CHANGED, turn_id, asker, changed)

    async def cancel_appointment(self, reference: str, turn_id: str, asker: Asker) -> Ticket:
        """The customer will not come.

        Raises:
            NotFound, Conflict: as for `confirm`.
        """
        return await self._act(reference, Step.CANCELLED, turn_id, asker)

    async def deliver_waiting(
        self, connection: AsyncConnection, conversation: Conversation, customer_id: str
    ) -> Conversation:
        """Put answers that this customer has not confirmed into their new conversation (R08).

        For the transaction that opens it; each is put there once, with the question whether it
        has solved the matter.
        """
        now = self.clock.now()
        for ticket in await store.answered_for(connection, customer_id):
            if ticket.answer is None or ticket.answered_in == conversation.id:
                continue
            answer = orjson.loads(self.cipher.decrypt(ticket.answer, f"{ticket.reference}/answer"))
            draft = ticket_words.answer_draft(self.say, conversation, ticket, answer, now)
            conversation, _ = await conversations.append(connection, conversation, draft, now=now)
            await store.point_to(connection, ticket, conversation.id)
            await store.record(connection, ticket, "delivered", at=now, actor="system")
        return conversation

    async def _act(
        self,
        reference: str,
        step: Step,
        turn_id: str,
        asker: Asker,
        values: Callable[[Ticket], dict[str, Any]] = lambda _ticket: {},
    ) -> Ticket:
        """One step of a customer, once a turn."""
        async with self.database.write() as connection:
            ticket = await self._seen(connection, asker, reference, None)
            if ticket:
                _, ticket = await store.lock(connection, reference)
                if await store.was_done(connection, reference, turn_id):
                    return ticket
                ticket = await store.take_step(
                    connection, ticket, step, at=self.clock.now(),
                    actor=f"conversation:{asker.conversation_id}", turn_id=turn_id,
                    **values(ticket),
                )
        if ticket is None:
            raise NotFound("ticket_not_found")
        await self.wakes.publish(DESKS)
        return ticket

    async def _seen(
        self, connection: AsyncConnection, asker: Asker, reference: str, action: str | None
    ) -> Ticket | None:
        """The ticket, if it is the asker's to see; audits the denial, and a look when named."""
        try:
            ticket = await store.find(connection, reference)
        except NotFound:
            ticket = None
        if ticket is None or not asker.may_see(ticket):
            ticket, action = None, "ticket_denied"
        if action:
            await audit.record(
                connection, at=self.clock.now(), actor=f"conversation:{asker.conversation_id}",
                action=action, subject=ticket.reference if ticket else asker.conversation_id,
            )
        return ticket

    async def _evidence(
        self, connection: AsyncConnection, conversation: Conversation, kind: Kind
    ) -> dict[str, Any]:
        """A complaint's transcript, by its length and hash (L23)."""
        if kind is not Kind.COMPLAINT:
            return {}
        seen = await fingerprint(connection, conversation.id, conversation.last_seq)
        return {"to_seq": conversation.last_seq, "transcript_sha256": seen}

    def _facts(
        self, kind: Kind, public: Mapping[str, Any], now: datetime
    ) -> tuple[dict[str, Any], datetime | None]:
        """The checked facts, and the time that the customer has chosen with them."""
        facts = dict(public)
        if kind is Kind.APPOINTMENT:
            facts |= self.appointments.checked(public)
            return facts, due.end_of_day(date.fromisoformat(facts["day"]))
        if kind is Kind.CALLBACK and "window" in facts:
            works = self.appointments.bank.works
            window = due.chosen_window(facts["window"], now, self.promises().hours, works)
            return facts, window.to_at
        return facts, None

    def _due(self, kind: Kind, now: datetime) -> datetime:
        due_at = due.first_due(kind, now, self.promises())
        if due_at is None:
            raise BadRequest("bad_window", field="window")
        return due_at

    def _encrypted(self, private: Mapping[str, str], reference: str) -> bytes:
        """What identifies a person, bound to this ticket; secrets are cut out first (L12)."""
        kept = {
            name: self.shield(value, []).text if name in OWN_WORDS else value
            for name, value in private.items()
        }
        return self.cipher.encrypt(orjson.dumps(kept).decode(), reference)


def reopening(ticket: Ticket, now: datetime, promises: Promises) -> dict[str, Any]:
    """A reopened ticket's new clock: as long as if it came in now (R08, L16)."""
    due_at = due.first_due(ticket.kind, now, promises)
    return {
        "received_at": now,
        "due_at": due_at or now + timedelta(hours=promises.reply_hours),
        "extensions": 0,
        "approvers": [],
    }
