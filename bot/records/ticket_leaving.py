"""Tickets of a colleague who leaves go back to the pool at once (R23); their clocks run on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation.wakes import Wakes
from bot.records import ticket_store as store
from bot.records.store import tickets
from bot.records.ticket_states import HELD, Step
from bot.records.tickets import DESKS


@dataclass
class TicketsOfLeavers:
    """Tickets that somebody has in hand, as `bot.staff.ports.Work`."""

    clock: Clock
    wakes: Wakes

    async def give_back(self, connection: AsyncConnection, staff_id: int, number: str) -> list[str]:
        """Each loses its owner; what was found out so far stays in its history for the next one."""
        now = self.clock.now()
        query = (
            select(tickets.c.reference, tickets.c.conversation_id)
            .where(tickets.c.assigned_to == number, tickets.c.state.in_(sorted(state.value for state in HELD)))
            .order_by(tickets.c.conversation_id, tickets.c.reference)  # one order of locks for all
        )
        held = (await connection.execute(query)).all()
        return [
            row.conversation_id
            for row in held
            if await self._let_go(connection, row.reference, number, now)
        ]

    async def tell(self, conversation_ids: list[str]) -> None:
        if conversation_ids:
            await self.wakes.publish(DESKS)

    async def _let_go(
        self, connection: AsyncConnection, reference: str, number: str, now: datetime
    ) -> bool:
        _, ticket = await store.lock(connection, reference)
        if ticket.assigned_to != number or ticket.state not in HELD:
            return False
        ticket = await store.take_step(
            connection, ticket, Step.GIVEN_BACK, at=now, actor="system", assigned_to=None,
            details={"reason": "staff_left", "number": number},
        )
        if ticket.is_live:  # an alarm: the customer's time runs while nobody works on it
            await store.record(connection, ticket, "unowned", at=now, actor="system")
        return True
