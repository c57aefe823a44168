"""Runs the turns of this process: at the moment they are due, and those that others left behind."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from bot.clock import Clock
from bot.conversation import turns
from bot.conversation.turns import Reply, Turn
from bot.conversation.wakes import Wakes
from bot.database import Database
from bot.errors import FrontLineError

log = structlog.get_logger()

#: Pause between looks for turns that nobody has taken, in seconds.
SWEEP_S = 1.0

Answer = Callable[[Turn], Awaitable[Reply]]


class TurnRunner:
    """One a chat process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wakes: Wakes,
        answer: Answer,
        brain_is_up: Callable[[], bool],
    ) -> None:
        self._database = database
        self._clock = clock
        self._wakes = wakes
        self._answer = answer
        self._brain_is_up = brain_is_up
        self._holder = f"{socket.gethostname()}:{os.getpid()}"
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def expect(self, conversation_id: str, due_at: datetime) -> None:
        """A turn of this conversation is due then; look at that moment."""
        if conversation_id not in self._tasks:
            task = asyncio.create_task(self._follow(conversation_id, due_at))
            self._tasks[conversation_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(conversation_id, None))

    async def run(self) -> None:
        """Look for due, abandoned and parked turns, for ever."""
        while True:
            try:
                await self.sweep()
            except FrontLineError as exc:
                log.warning("sweep_failed", reason=exc.reason)
            await asyncio.sleep(SWEEP_S)

    async def sweep(self) -> None:
        """Take every turn that is nobody's."""
        async with self._database.read() as connection:
            found = await turns.due_turns(
                connection, now=self._clock.now(), brain_is_up=self._brain_is_up()
            )
        await asyncio.gather(
            *(
                self.take(turn_id, conversation_id)
                for turn_id, conversation_id in found
                if conversation_id not in self._tasks
            )
        )

    async def take(self, turn_id: str, conversation_id: str) -> None:
        """Claim this turn, have it answered and store the answer."""
        async with self._database.write() as connection:
            turn = await turns.claim(
                connection, turn_id, conversation_id, holder=self._holder, now=self._clock.now()
            )
        if turn is None:
            return
        reply = await self._answer(turn)
        async with self._database.write() as connection:
            stored = await turns.finish(connection, turn, reply, now=self._clock.now())
        if stored or reply.context:
            await self._wakes.publish(conversation_id)
        log.info("turn_done", turn=turn.id, outcome=reply.outcome, said=len(stored), tries=turn.attempts)

    async def _follow(self, conversation_id: str, due_at: datetime) -> None:
        """Answer this conversation's turns one after another until none is left."""
        while True:
            wait_s = (due_at - self._clock.now()).total_seconds()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            try:
                async with self._database.read() as connection:
                    next_due = await turns.next_due_at(connection, conversation_id)
                    mine = await turns.due_of(connection, conversation_id, now=self._clock.now())
                for turn_id in mine:
                    await self.take(turn_id, conversation_id)
            except FrontLineError as exc:
                log.warning("turn_left_for_sweep", reason=exc.reason)
                return
            if mine:
                async with self._database.read() as connection:
                    next_due = await turns.next_due_at(connection, conversation_id)
            if next_due is None:
                return
            due_at = max(next_due, due_at)
            if next_due <= self._clock.now() and not mine:
                return  # not ours to take now; the sweep comes back to it
