"""Passing a conversation to a person and back: one async function a verb, one transaction each."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import BANK_ZONE, Clock
from bot.conversation import store as conversations
from bot.conversation.ports import QueuePlace, Say
from bot.conversation.states import Owner, Step
from bot.conversation.store import Conversation, Draft
from bot.conversation.wakes import Wakes
from bot.database import Database
from bot.errors import BadRequest, Conflict, NotFound
from bot.handoff import queue, store
from bot.handoff.states import Event, State
from bot.records import audit
from bot.staff.service import Agent, Staff

#: Chats of this long back tell how long a chat takes.
MEASURED = timedelta(hours=4)
#: The key under which everybody who looks at the line is woken.
LINE = "queue"

WRAP_UPS = ("answered", "done", "needs_branch", "follow_up", "complaint", "abandoned", "spam")


@dataclass
class Handoffs:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    wakes: Wakes
    say: Say
    staff: Staff
    #: the hours in which people chat, as `08:30–21:00`
    hours: Callable[[], str]

    async def request(
        self,
        conversation_id: str,
        *,
        turn_id: str,
        reason: str,
        skill: str,
        priority: int,
        summary: str,
        slots: dict[str, Any],
        language: str | None = None,
    ) -> QueuePlace:
        """Put the conversation into the line; a repeated turn finds it there already.

        Raises:
            Conflict: it belongs to a person already, or is closed.
        """
        now = self.clock.now()
        async with self.database.write() as connection:
            conversation = await conversations.lock(connection, conversation_id)
            if not await store.of_turn(connection, turn_id):
                await conversations.take_step(
                    connection, conversation, Step.HANDOFF_REQUESTED, now=now, turn_id=turn_id
                )
                await store.add(
                    connection,
                    id=str(uuid.uuid4()),
                    conversation_id=conversation_id,
                    turn_id=turn_id,
                    reason=reason,
                    skill=skill if skill in queue.SKILLS else "general",
                    language=language or conversation.language,
                    priority=priority,
                    summary=summary,
                    slots=slots,
                    queued_at=now,
                )
                await audit.record(
                    connection,
                    at=now,
                    actor=f"conversation:{conversation_id}",
                    action="handoff_requested",
                    subject=conversation_id,
                    reason=reason,
                )
            place = await self.place_in(connection, conversation_id)
        await self._tell(conversation_id)
        if place is None:
            raise Conflict("wrong_state", state=conversation.owner.value)
        return place

    async def place(self, conversation_id: str) -> QueuePlace | None:
        """Where the conversation stands, or None when it does not wait."""
        async with self.database.read() as connection:
            return await self.place_in(connection, conversation_id)

    async def leave(self, conversation_id: str) -> None:
        """The customer leaves the line and goes on with the bot.

        Raises:
            Conflict: the conversation does not wait.
        """
        async with self.database.write() as connection:
            conversation = await conversations.lock(connection, conversation_id)
            await self.leave_in(connection, conversation)
        await self._tell(conversation_id)

    async def leave_in(
        self, connection: AsyncConnection, conversation: Conversation
    ) -> Conversation:
        """The same in the caller's transaction, on a locked conversation, which it returns."""
        now = self.clock.now()
        row = await store.live(connection, conversation.id)
        if conversation.owner is not Owner.QUEUE or row is None:
            raise Conflict("not_in_queue", state=conversation.owner.value)
        await store.change(connection, row, Event.LEFT_BY_CUSTOMER, closed_at=now)
        conversation = await conversations.take_step(
            connection, conversation, Step.LEFT_QUEUE, now=now
        )
        return await self._notice(connection, conversation, "queue_left", now)

    async def conversation_ended(self, connection: AsyncConnection, conversation_id: str) -> None:
        """The customer has ended the conversation: nobody waits or works on it any more."""
        if row := await store.live(connection, conversation_id):
            await store.change(
                connection, row, Event.CONVERSATION_ENDED, closed_at=self.clock.now()
            )

    async def claim_next(self, agent: Agent) -> str:
        """Give the agent the first one in the line that they may serve.

        Raises:
            Conflict: nobody waits for somebody like them (`queue_empty`).
        """
        for _ in range(20):  # another agent may win the first; then we try for the next
            async with self.database.read() as connection:
                line = await store.line(connection)
            ours = [
                one
                for one in queue.in_order([waiting for waiting, _row in line])
                if queue.may_serve(one, agent.skills, agent.languages)
            ]
            if not ours:
                break
            try:
                await self.claim(agent, ours[0].conversation_id)
            except Conflict:
                continue
            return ours[0].conversation_id
        raise Conflict("queue_empty")

    async def claim(self, agent: Agent, conversation_id: str) -> int:
        """Take this conversation; exactly one agent wins (F28). Returns the new version.

        Raises:
            NotFound: it never waited for an agent like this one.
            Conflict: somebody else has it, or the customer has left.
        """
        now = self.clock.now()
        async with self.database.write() as connection:
            conversation = await conversations.lock(connection, conversation_id)
            row = await store.latest(connection, conversation_id)
            if row is None or row.state == State.DONE or not may_see(row, agent):
                raise NotFound()
            if row.state == State.LEFT:
                raise Conflict("wrong_state", state=conversation.owner.value)
            if row.state != State.WAITING:
                raise Conflict("already_taken", state=row.state)
            if not await store.change(
                connection, row, Event.CLAIMED, assigned_at=now, agent_id=agent.id
            ):
                raise Conflict("already_taken", state=State.ASSIGNED.value)
            conversation = await conversations.take_step(
                connection, conversation, Step.CLAIMED, now=now, agent_id=agent.id
            )
            await self._greet(connection, conversation, agent, now)
            await audit.record(
                connection, at=now, actor=f"staff:{agent.number}", action="claimed",
                subject=conversation_id,
            )
        await self._tell(conversation_id)
        return int(row.version) + 1

    async def return_to_bot(self, agent: Agent, conversation_id: str, wrap_up: str) -> None:
        """The agent is done and the bot goes on, from a fresh start.

        Raises:
            NotFound, Conflict, BadRequest: not theirs, moved on, or no such wrap-up code.
        """
        await self._finish(
            agent, conversation_id, Step.RETURNED_TO_BOT, "queue_returned", wrap_up, resolved=None
        )

    async def close(
        self, agent: Agent, conversation_id: str, wrap_up: str, *, resolved: bool
    ) -> None:
        """The agent ends the conversation with a wrap-up code.

        Raises:
            NotFound, Conflict, BadRequest: as for `return_to_bot`.
        """
        await self._finish(
            agent, conversation_id, Step.CLOSED, "queue_closed_by_agent", wrap_up, resolved=resolved
        )

    async def transfer(self, agent: Agent, conversation_id: str, skill: str, note: str) -> None:
        """Back into the line, at its old place, for colleagues with another skill.

        Raises:
            NotFound, Conflict, BadRequest: not theirs, moved on, or no such skill.
        """
        if skill not in queue.SKILLS:
            raise BadRequest("bad_skill", field="skill")
        now = self.clock.now()
        async with self.database.write() as connection:
            conversation, row = await self._owned(connection, agent, conversation_id)
            await store.change(connection, row, Event.TRANSFERRED, skill=skill, agent_id=None)
            conversation = await conversations.take_step(
                connection, conversation, Step.TRANSFERRED, now=now
            )
            await store.add_note(connection, conversation_id, agent.id, note, now)
            await self._notice(connection, conversation, "queue_agent_gone", now)
            await audit.record(
                connection, at=now, actor=f"staff:{agent.number}", action="transferred",
                subject=conversation_id, skill=skill,
            )
        await self._tell(conversation_id)

    async def requeue_vanished(self, longest_absence: timedelta) -> int:
        """Chats whose agent has been gone for so long go back to the head of the line (F27)."""
        now = self.clock.now()
        moved = 0
        for agent_id in await self.staff.absent(now - longest_absence):
            async with self.database.read() as connection:
                held = await store.mine(connection, agent_id)
            for row in held:
                moved += await self._requeue(row, now)
        return moved

    async def say_as_agent(
        self, agent: Agent, conversation_id: str, client_id: str, text: str
    ) -> int:
        """Store what the agent says; returns its number, the same one for a repeated client id.

        Raises:
            NotFound: not this agent's conversation.
            Conflict: it has been closed or passed on meanwhile (I36).
        """
        now = self.clock.now()
        async with self.database.write() as connection:
            await conversations.lock(connection, conversation_id)  # a repeat waits for the first
            earlier = await conversations.message_by_client_id(
                connection, conversation_id, client_id
            )
            if earlier and earlier.author == "agent" and earlier.text == text:
                return earlier.seq
            if earlier:
                raise Conflict("client_id_reused", field="client_id")
            conversation, _ = await self._owned(connection, agent, conversation_id)
            draft = Draft(
                "agent",
                text,
                language=conversation.language,
                client_id=client_id,
                payload={"agent": agent.badge(conversation.language)},
            )
            _, message = await conversations.append(
                connection, conversation, draft, now=now, epoch=conversation.epoch
            )
        await self.wakes.publish(conversation_id)
        return message.seq

    async def add_note(self, agent: Agent, conversation_id: str, text: str) -> None:
        """A note that only staff see."""
        now = self.clock.now()
        async with self.database.write() as connection:
            await self._owned(connection, agent, conversation_id)
            await store.add_note(connection, conversation_id, agent.id, text, now)

    async def _finish(
        self, agent: Agent, conversation_id: str, step: Step, words: str, wrap_up: str,
        *, resolved: bool | None,
    ) -> None:
        if wrap_up not in WRAP_UPS:
            raise BadRequest("bad_wrap_up", field="wrap_up")
        now = self.clock.now()
        async with self.database.write() as connection:
            conversation, row = await self._owned(connection, agent, conversation_id)
            await store.change(
                connection, row, Event.WRAPPED_UP, wrap_up=wrap_up, resolved=resolved, closed_at=now
            )
            await self._notice(connection, conversation, words, now)
            conversation = await conversations.lock(connection, conversation_id)
            await conversations.take_step(connection, conversation, step, now=now)
            await audit.record(
                connection, at=now, actor=f"staff:{agent.number}", action=step.value,
                subject=conversation_id, reason=wrap_up,
            )
        await self._tell(conversation_id)

    async def _owned(
        self, connection: AsyncConnection, agent: Agent, conversation_id: str
    ) -> tuple[Conversation, Row[Any]]:
        """The conversation and its handoff, for the agent who holds it.

        Raises:
            NotFound: a colleague's chat, which looks like none at all (I34).
            Conflict: it was theirs, or waits for somebody like them (I36).
        """
        conversation = await conversations.lock(connection, conversation_id)
        row = await store.latest(connection, conversation_id)
        if row is None or not may_see(row, agent):
            raise NotFound()
        if row.state == State.WAITING:
            raise Conflict("not_yours", state=row.state)
        if row.agent_id != agent.id:
            raise NotFound()
        if conversation.owner is Owner.CLOSED:
            raise Conflict("conversation_closed", state="closed")
        if row.state != State.ASSIGNED:
            raise Conflict("not_yours", state=conversation.owner.value)
        return conversation, row

    async def _requeue(self, row: Row[Any], now: datetime) -> int:
        async with self.database.write() as connection:
            conversation = await conversations.lock(connection, row.conversation_id)
            if conversation.owner is not Owner.AGENT or not await store.change(
                connection, row, Event.AGENT_VANISHED, agent_id=None,
                priority=queue.PRIORITY_URGENT,
            ):
                return 0
            conversation = await conversations.take_step(
                connection, conversation, Step.AGENT_VANISHED, now=now
            )
            await self._notice(connection, conversation, "queue_agent_gone", now)
        await self._tell(row.conversation_id)
        return 1

    async def place_in(
        self, connection: AsyncConnection, conversation_id: str
    ) -> QueuePlace | None:
        order = queue.in_order([waiting for waiting, _row in await store.line(connection)])
        numbers = {one.conversation_id: n for n, one in enumerate(order, 1)}
        if conversation_id not in numbers:
            return None
        now = self.clock.now()
        online = await self.staff.online(connection)
        wait = queue.estimate_wait_s(
            numbers[conversation_id],
            agents_online=online,
            busy_slots=await store.busy_slots(connection),
            average_chat_s=await store.average_chat_s(connection, now - MEASURED),
        )
        low, high = wait or (None, None)
        open_now = queue.is_open(now.astimezone(BANK_ZONE).time(), self.hours())
        return QueuePlace(numbers[conversation_id], low, high, online, open_now)

    async def _greet(
        self, connection: AsyncConnection, conversation: Conversation, agent: Agent, now: datetime
    ) -> None:
        """Who serves, by honorific and number, before the first word (R01)."""
        language = conversation.language
        badge = agent.badge(language)
        words = {"honorific": badge["name"], "number": badge["number"]}
        joined = Draft(
            "system", self.say("queue_agent_joined", language, **words), "notice", language,
            payload={"agent": badge},
        )
        hello = Draft(
            "agent", self.say("queue_agent_hello", language, **words), language=language,
            payload={"agent": badge},
        )
        for draft in (joined, hello):
            conversation, _ = await conversations.append(connection, conversation, draft, now=now)

    async def _notice(
        self, connection: AsyncConnection, conversation: Conversation, words: str, now: datetime
    ) -> Conversation:
        language = conversation.language
        draft = Draft("system", self.say(words, language), "notice", language)
        conversation, _ = await conversations.append(connection, conversation, draft, now=now)
        return conversation

    async def _tell(self, conversation_id: str) -> None:
        await self.wakes.publish(conversation_id)
        await self.wakes.publish(LINE)


def may_see(row: Row[Any], agent: Agent) -> bool:
    """Need to know: one's own chats, and those that wait for one's skill."""
    if row.agent_id == agent.id:
        return True
    waiting = queue.Waiting(
        row.id, row.conversation_id, row.skill, row.language, row.priority, row.queued_at
    )
    return queue.may_serve(waiting, agent.skills, agent.languages)
