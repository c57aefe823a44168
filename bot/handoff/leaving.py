"""Chats of a colleague who leaves go to the front of the line at once, and their customers hear it (R23)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import store as conversations
from bot.conversation.states import Owner, Step
from bot.conversation.store import Draft
from bot.handoff import queue, store
from bot.handoff.service import LINE, Handoffs
from bot.handoff.states import Event
from bot.records import audit


@dataclass
class ChatsOfLeavers:
    """Open chats, as `bot.staff.ports.Work`."""

    handoffs: Handoffs

    async def give_back(self, connection: AsyncConnection, staff_id: int, number: str) -> list[str]:
        """All of them first, then each customer hears a place that no other chat of theirs moves."""
        now = self.handoffs.clock.now()
        held = sorted({row.conversation_id for row in await store.mine(connection, staff_id)})
        moved = [one for one in held if await self._requeue(connection, one, staff_id, number, now)]
        for conversation_id in moved:
            await self._notice(connection, conversation_id, now)
        return moved

    async def tell(self, conversation_ids: list[str]) -> None:
        for key in (*conversation_ids, LINE):
            await self.handoffs.wakes.publish(key)

    async def _requeue(
        self, connection: AsyncConnection, conversation_id: str, staff_id: int, number: str, now: datetime
    ) -> bool:
        conversation = await conversations.lock(connection, conversation_id)
        row = await store.live(connection, conversation_id)
        if conversation.owner is not Owner.AGENT or row is None or row.agent_id != staff_id:
            return False  # it ended, or was passed on, before we had the lock
        await store.change(
            connection, row, Event.AGENT_VANISHED, agent_id=None, priority=queue.PRIORITY_URGENT
        )
        await conversations.take_step(connection, conversation, Step.AGENT_VANISHED, now=now)
        await audit.record(
            connection, at=now, actor="system", action="chat_given_back", subject=conversation_id,
            reason="staff_left", number=number,
        )
        return True

    async def _notice(self, connection: AsyncConnection, conversation_id: str, now: datetime) -> None:
        conversation = await conversations.lock(connection, conversation_id)
        place = await self.handoffs.place_in(connection, conversation_id)
        language = conversation.language
        words = self.handoffs.say("queue_agent_left", language, position=place.position if place else 1)
        draft = Draft("system", words, "notice", language)
        await conversations.append(connection, conversation, draft, now=now)
