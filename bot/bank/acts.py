"""Acts at the bank as cases: prepared, executed, and settled by the worker whatever happens between.

Killed at any point, an act happens at most once and its true result is told (D12, F06, F07, F10).
"""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.bank import cases, settling
from bot.bank.calls import Calls, Outcome
from bot.bank.cases import Case
from bot.bank.port import Act, Card
from bot.bank.states import LOOK_S, SETTLE_AFTER_S, SETTLED, Event, State, is_over
from bot.conversation import store as conversations
from bot.conversation.store import Conversation
from bot.errors import Conflict, UnavailableError
from bot.records.store import next_reference


@dataclass
class Acts(Calls):
    """The verbs, with what they need."""

    async def prepare(
        self, connection: AsyncConnection, conversation: Conversation, *,
        act: Act, card: Card, turn_id: str, customer_id: str | None = None,
    ) -> Case:
        """Write the case down, `open`; the conversation is locked by the caller.

        Only after the customer's yes (R11): what is written down is done, by the worker if need be.
        A repeated turn gets the same case, and so does a new one while the same act on the same
        card is still under way. `customer_id` is who was verified, if not the card's holder.
        """
        if earlier := await cases.by_turn(connection, turn_id):
            return earlier
        going_on = await cases.under_way(connection, conversation.id, act, card.id)
        if going_on:
            await cases.change(connection, going_on.id, turn_id=turn_id)
            return await self.found(connection, going_on.id)
        now = self.clock.now()
        case_id = str(uuid.uuid4())
        reference = await next_reference(connection, "L" if act.is_report else "U", now)
        await cases.add(
            connection, id=case_id, reference=reference, conversation_id=conversation.id,
            turn_id=turn_id, act=act.value, card_id=card.id,
            customer_id=customer_id or card.customer_id, last4=card.last4, kind=card.kind,
            state=State.OPEN.value, details={}, attempts=0, alarmed=False, created_at=now,
            due_at=now + timedelta(seconds=SETTLE_AFTER_S),
        )
        case = await self.found(connection, case_id)
        await self.note(connection, case, "bank_act_prepared", f"conversation:{conversation.id}")
        return case

    async def of_turn(self, connection: AsyncConnection, turn_id: str) -> Case | None:
        """The case that this turn has prepared already, when the turn is repeated."""
        return await cases.by_turn(connection, turn_id)

    async def perform(
        self, conversation_id: str, *, act: Act, card: Card, turn_id: str,
        customer_id: str | None = None,
    ) -> Case:
        """`prepare` and `execute` in one go.

        Raises:
            NotFound: there is no such conversation.
        """
        async with self.database.write() as connection:
            conversation = await conversations.lock(connection, conversation_id)
            case = await self.prepare(
                connection, conversation, act=act, card=card, turn_id=turn_id, customer_id=customer_id
            )
        return await self.execute(case.id)

    async def execute(self, case_id: str) -> Case:
        """Do it at the bank; the state of what comes back says what is known.

        `done` (with receipt), `refused` (with reason), `confirming` (not known yet), `open` (certainly
        not done, to be tried again). A case that is settled is returned as it is. Takes no longer
        than an action may, whatever the bank does.

        Raises:
            NotFound: there is no such case.
        """
        case = await self.case(case_id)
        actor = f"conversation:{case.conversation_id}"
        if case.state in SETTLED:
            return case
        over = is_over(case.attempted_at, self.clock.now())
        if case.state is State.CONFIRMING:
            try:
                async with asyncio.timeout(LOOK_S):
                    receipt = await self.outcome(case)
            except (UnavailableError, TimeoutError):
                return case
            if receipt:
                return await self.end(case, Outcome(Event.EXECUTED, receipt), actor)
            if not over:  # the call that is under way may still bring it about
                return case
        return await self.call(case, actor)

    async def withdraw(self, case_id: str) -> Case:
        """The customer no longer wants it (a card that was found again): it is not tried any more.

        Raises:
            NotFound: there is no such case.
            Conflict: it is done, or may be by now.
        """
        case = await self.case(case_id)
        if case.state is not State.OPEN:
            raise Conflict("wrong_state", state=case.state.value)
        actor = f"conversation:{case.conversation_id}"
        return await self.end(case, Outcome(Event.DROPPED, reason="withdrawn"), actor)

    async def of_conversation(self, conversation_id: str) -> list[Case]:
        """Everything that was asked of the bank here, oldest first."""
        async with self.database.read() as connection:
            return await cases.of_conversation(connection, conversation_id)

    async def settle(self) -> int:
        """What the worker does every few seconds; returns how many cases came to their end."""
        return await settling.settle(self)
