"""One call of the bank for one case, and what is kept of it.

`confirming` is committed before the bank is called, and the case's id is the key there: whoever finds
the case afterwards asks the bank what came of it (D12, F06, F07).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.bank import cases
from bot.bank.cases import Case
from bot.bank.errors import BankRefused, OutcomeUnknown
from bot.bank.port import Act, Bank, LossKind, Receipt
from bot.bank.states import ATTEMPT_S, SETTLE_AFTER_S, SETTLED, Event, State, after, counts
from bot.bank.words import told
from bot.clock import Clock
from bot.conversation import store as conversations
from bot.conversation.ports import Say
from bot.conversation.states import Owner
from bot.conversation.store import Conversation, Draft
from bot.conversation.wakes import Wakes
from bot.database import Database
from bot.errors import NotFound, UnavailableError
from bot.records import audit

log = structlog.get_logger()

#: escalate(connection, case): people take over, in the transaction that says so.
Escalate = Callable[[AsyncConnection, Case], Awaitable[None]]


@dataclass(frozen=True)
class Outcome:
    """What one attempt has brought."""

    event: Event
    receipt: Receipt | None = None
    reason: str | None = None
    details: dict[str, Any] | None = None


@dataclass
class Calls:
    """The steps that acts and their settling share."""

    database: Database
    clock: Clock
    bank: Bank
    wakes: Wakes
    say: Say
    escalate: Escalate | None = None

    def told(self, case: Case, language: str) -> str:
        """The case as it stands, in the customer's words."""
        return told(self.say, case, language)

    async def outcome(self, case: Case) -> Receipt | None:
        """The bank's receipt for this case; None: it has not happened.

        Raises:
            UnavailableError: there is no telling now, or the receipt is another act's.
        """
        receipt = await self.bank.outcome(case.id)
        if receipt and (receipt.key, receipt.act, receipt.card_id) != (case.id, case.act, case.card_id):
            log.error("bank_receipt_of_another_act", reference=case.reference)
            raise UnavailableError("bank")
        return receipt

    async def call(self, case: Case, actor: str, *, tell: bool = False) -> Case:
        """One attempt: `confirming` is committed, then the bank is called, then its word is kept."""
        begun = await self._begin(case, actor)
        if begun is None:  # somebody else is at it
            return await self.case(case.id)
        try:
            async with asyncio.timeout(ATTEMPT_S):
                receipt = await self._ask(begun)
        except BankRefused as exc:
            outcome = Outcome(Event.DECLINED, reason=exc.reason, details=_plain(exc.details))
        except (OutcomeUnknown, TimeoutError):
            return await self._stays_unknown(begun, actor)
        except UnavailableError:
            outcome = Outcome(Event.NOT_REACHED)
        else:
            outcome = Outcome(Event.EXECUTED, receipt)
        return await self.end(begun, outcome, actor, tell=tell)

    async def end(
        self, case: Case, outcome: Outcome, actor: str, *, tell: bool = False
    ) -> Case:
        """Keep what an attempt has brought, if it still counts, and tell it when asked to.

        Only a receipt changes what was settled before; the customer then hears of it too.
        """
        event, now = outcome.event, self.clock.now()
        async with self.database.write() as connection:
            conversation = await conversations.lock(connection, case.conversation_id)
            found = await self.found(connection, case.id)
            if not counts(found.state, event, attempt=case.attempts, latest=found.attempts):
                return found
            state = after(found.state, event)
            tell = (tell and state in SETTLED) or found.state in SETTLED
            due_at = None if tell else now + timedelta(seconds=SETTLE_AFTER_S)
            await cases.change(
                connection, case.id, state=state.value, reason=outcome.reason, due_at=due_at,
                receipt=outcome.receipt.public() if outcome.receipt else None,
                details=outcome.details or {}, settled_at=now if state in SETTLED else None,
            )
            ended = await self.found(connection, case.id)
            await self.note(connection, ended, f"bank_act_{event.value}", actor, outcome.reason)
            if state is State.HANDED_OVER and self.escalate:
                await self.escalate(connection, ended)
            if tell:
                await self.tell(connection, conversation, ended)
        if tell:
            await self.wakes.publish(case.conversation_id)
        return ended

    async def tell(
        self, connection: AsyncConnection, conversation: Conversation, case: Case
    ) -> None:
        """Say in the locked conversation how the case stands; a closed one hears nothing more."""
        if conversation.owner is Owner.CLOSED:
            return
        text = self.told(case, conversation.language)
        notice = Draft("system", text, "notice", conversation.language)
        await conversations.append(connection, conversation, notice, now=self.clock.now())

    async def note(
        self, connection: AsyncConnection, case: Case, action: str, actor: str,
        reason: str | None = None,
    ) -> None:
        """The audit row of one step."""
        await audit.record(
            connection, at=self.clock.now(), actor=actor, action=action, subject=case.reference,
            reason=reason, act=case.act.value, state=case.state.value, attempts=case.attempts,
        )

    async def _begin(self, case: Case, actor: str) -> Case | None:
        """Commit that the bank is about to be called; None if the case has moved on since it was read."""
        now = self.clock.now()
        async with self.database.write() as connection:
            await conversations.lock(connection, case.conversation_id)
            found = await self.found(connection, case.id)
            if (found.state, found.attempts) != (case.state, case.attempts):
                return None
            await cases.change(
                connection, case.id, state=after(found.state, Event.CALLED).value,
                attempts=found.attempts + 1, attempted_at=now,
                due_at=now + timedelta(seconds=SETTLE_AFTER_S),
            )
            begun = await self.found(connection, case.id)
            await self.note(connection, begun, "bank_act_called", actor)
        return begun

    async def _ask(self, case: Case) -> Receipt:
        """The bank may begin only as long as somebody waits for it."""
        begun_at = case.attempted_at or self.clock.now()
        not_after = begun_at + timedelta(seconds=ATTEMPT_S)
        holder = case.customer_id
        if case.act is Act.LIFT_LOSS:
            return await self.bank.lift_loss(case.card_id, case.id, holder=holder, not_after=not_after)
        kind: LossKind = "formal" if case.act is Act.REPORT_LOST_FORMAL else "temporary"
        return await self.bank.report_lost(
            case.card_id, kind, case.id, holder=holder, not_after=not_after
        )

    async def _stays_unknown(self, case: Case, actor: str) -> Case:
        async with self.database.write() as connection:
            await self.note(connection, case, "bank_act_unknown", actor)
        log.warning("bank_act_unknown", reference=case.reference, attempts=case.attempts)
        return await self.case(case.id)

    async def case(self, name: str) -> Case:
        """The case with this id or reference.

        Raises:
            NotFound: there is none.
        """
        async with self.database.read() as connection:
            case = await cases.by_name(connection, name)
        if case is None:
            raise NotFound()
        return case

    async def found(self, connection: AsyncConnection, case_id: str) -> Case:
        """The case as it is now, in the caller's transaction."""
        case = await cases.by_id(connection, case_id)
        if case is None:
            raise NotFound()
        return case


def _plain(details: dict[str, Any]) -> dict[str, Any]:
    """As JSON keeps it."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in details.items()
    }
