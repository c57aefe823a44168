"""Runs the turns of this process: at the moment they are due, and those that others left behind."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from bot.clock import Clock
from bot.conversation import store, turns
from bot.conversation.ports import Say
from bot.conversation.store import Draft
from bot.conversation.turns import Reply, Turn
from bot.conversation.wakes import News, Wakes
from bot.database import Database
from bot.errors import FrontLineError

log = structlog.get_logger()

#: Pause between looks for turns that nobody has taken, in seconds.
SWEEP_S = 1.0
#: A customer who waits longer for an answer is told so, in seconds (F08, R03).
PATIENCE_S = 2.5

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
        say: Say,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wakes = wakes
        self._answer = answer
        self._brain_is_up = brain_is_up
        self._say = say
        #: who holds the turns that are answered here
        self.holder = f"{socket.gethostname()}:{os.getpid()}"
        self._tasks: dict[str, asyncio.Task[None]] = {}
        #: When to look at a conversation next.
        self._due: dict[str, datetime] = {}
        self._claimed: dict[str, Turn] = {}

    def expect(self, conversation_id: str, due_at: datetime) -> None:
        """A turn of this conversation is due then; look at that moment."""
        self._due[conversation_id] = due_at
        self._see_to(conversation_id)

    def answer(self, turn: Turn) -> None:
        """Answer this turn, which has been claimed for us."""
        self._claimed[turn.conversation.id] = turn
        self._see_to(turn.conversation.id)

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

    async def take(self, turn_id: str, conversation_id: str) -> bool:
        """Claim this turn, have it answered and store the answer; whether it could be claimed."""
        async with self._database.write() as connection:
            turn = await turns.claim(
                connection, turn_id, conversation_id, holder=self.holder, now=self._clock.now()
            )
        if turn is None:
            return False
        await self._finish(turn)
        return True

    async def _finish(self, turn: Turn) -> datetime | None:
        """Have it answered and store the answer; when the conversation's next turn is due."""
        reply = await self._answered(turn)
        async with self._database.write() as connection:
            finished = await turns.finish(connection, turn, reply, now=self._clock.now())
        if finished.said or reply.context:
            await self._wakes.publish(turn.conversation.id, News(finished.conversation, finished.said))
        log.info(
            "turn_done", turn=turn.id, outcome=reply.outcome, said=len(finished.said), tries=turn.attempts
        )
        return finished.next_due_at

    async def _answered(self, turn: Turn) -> Reply:
        """The answer; one that is slow is announced once, with a word of apology."""
        answer = asyncio.ensure_future(self._answer(turn))
        try:
            done, _ = await asyncio.wait({answer}, timeout=PATIENCE_S)
            if not done and turn.attempts == 1:
                await self._ask_for_patience(turn)
            return await answer
        finally:
            answer.cancel()

    async def _ask_for_patience(self, turn: Turn) -> None:
        """Say that it takes a moment, if the turn may still speak."""
        language = turn.conversation.language
        words = self._say("notice_please_wait", language)
        notice = Draft("system", words, "notice", language, turn_id=turn.id)
        try:
            async with self._database.write() as connection:
                conversation = await store.lock(connection, turn.conversation.id)
                await store.append(connection, conversation, notice, now=self._clock.now(), epoch=turn.epoch)
        except FrontLineError as exc:
            log.info("patience_not_asked", reason=exc.reason)
        else:
            await self._wakes.publish(turn.conversation.id)

    def _see_to(self, conversation_id: str) -> None:
        if conversation_id not in self._tasks:
            self._tasks[conversation_id] = asyncio.create_task(self._follow(conversation_id))

    async def _follow(self, conversation_id: str) -> None:
        """Answer this conversation's turns one after another until none is left."""
        try:
            while True:
                if turn := self._claimed.pop(conversation_id, None):
                    next_due_at = await self._finish(turn)
                elif due_at := self._due.pop(conversation_id, None):
                    wait_s = (due_at - self._clock.now()).total_seconds()
                    if wait_s > 0:
                        await asyncio.sleep(wait_s)
                    next_due_at = await self._take_first(conversation_id)
                else:
                    break
                if next_due_at:
                    self._due.setdefault(conversation_id, next_due_at)
        except FrontLineError as exc:
            log.warning("turn_left_for_sweep", reason=exc.reason)
            self._due.pop(conversation_id, None)
        finally:  # in the same step as the last look at `_due`: nobody's `expect` falls in between
            del self._tasks[conversation_id]

    async def _take_first(self, conversation_id: str) -> datetime | None:
        """Take and answer the first turn that is due; when to look again."""
        now = self._clock.now()
        async with self._database.write() as connection:
            turn, next_due_at = await turns.claim_first(
                connection, conversation_id, holder=self.holder, now=now
            )
        if turn:
            return await self._finish(turn)
        if next_due_at and next_due_at <= now:
            return None  # held by another process, maybe a dead one; the sweep comes back to it
        return next_due_at
