"""Wakes those who wait for a conversation, in this process and, through Redis, in every other.

A wake-up says "look at the record again"; a lost one costs time, never a message. Within the process it
may bring what was just committed along, so that nobody need look. While Redis is away waiters look by
themselves once a second.

Redis: channel `qiantai:wakes`, payload = conversation id (or `queue` for the line as a whole), a space, and the
process that sends it, which has woken its own waiters already.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as HungUp
from redis.exceptions import RedisError

from bot.conversation.store import Conversation, Message

log = structlog.get_logger()

CHANNEL = "qiantai:wakes"
#: Pause between looks at the record while Redis is away, in seconds.
LOOK_S = 1.0
#: How long a publish may take before it is given up, in seconds.
PUBLISH_S = 0.5
#: Other processes are told this much later, in seconds: first what is due is done, and what comes meanwhile goes along.
TELL_AFTER_S = 0.02


@dataclass(frozen=True)
class News:
    """What a transaction has added to a conversation, and how it left it; committed."""

    conversation: Conversation
    messages: list[Message]

    def follow(self, seq: int) -> bool:
        """Whether who has all messages up to this number lacks nothing but these."""
        numbers = [message.seq for message in self.messages]
        return bool(numbers) and numbers == list(range(seq + 1, self.conversation.last_seq + 1))


class Waiter:
    """Somebody who waits for one conversation."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._news: News | None = None

    def wake(self, news: News | None = None) -> None:
        # Of two wake-ups the later one need not be the later transaction: then the record is looked at.
        self._news = None if self._event.is_set() else news
        self._event.set()

    def news(self) -> News | None:
        """What the last wake-up brought along, once; None: look at the record."""
        news, self._news = self._news, None
        return news

    async def wait(self, timeout_s: float) -> bool:
        """Whether a wake-up came within this time."""
        try:
            async with asyncio.timeout(timeout_s):  # unlike `wait_for` it needs no task: the waiter goes on at once
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Wakes:
    """One a process; `run` listens to the other processes."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiters: dict[str, set[Waiter]] = defaultdict(set)
        self._name = secrets.token_hex(8)
        self._to_tell: set[str] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self.connected = False

    @asynccontextmanager
    async def listen(self, key: str) -> AsyncIterator[Waiter]:
        """A waiter for this conversation; take it before reading the record, not after."""
        waiter = Waiter()
        self._waiters[key].add(waiter)
        try:
            yield waiter
        finally:
            self._waiters[key].discard(waiter)
            if not self._waiters[key]:
                del self._waiters[key]

    async def publish(self, key: str, news: News | None = None) -> None:
        """Wake everybody who waits for this conversation: here at once, elsewhere without waiting for Redis.

        `news` are for who waits here; others read the record.
        """
        self._wake(key, news)
        if self.connected:
            if not self._to_tell:
                telling = asyncio.create_task(self._tell())
                self._telling.add(telling)
                telling.add_done_callback(self._telling.discard)
            self._to_tell.add(key)

    async def run(self) -> None:
        """Pass other processes' wake-ups on, for ever; reconnects by itself."""
        while True:
            try:
                await self._follow()
            except (RedisError, OSError):
                if self.connected:
                    log.warning("wakes_lost_redis")
                self.connected = False
            self._wake_all()
            await asyncio.sleep(LOOK_S)

    async def _tell(self) -> None:
        """Tell the other processes of all that is to be told."""
        await asyncio.sleep(TELL_AFTER_S)
        keys, self._to_tell = self._to_tell, set()
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(PUBLISH_S), self._redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.publish(CHANNEL, f"{key} {self._name}")
                await pipe.execute()

    async def _follow(self) -> None:
        pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        try:
            await pubsub.subscribe(CHANNEL)
            await pubsub.ping()
            self.connected = True
            self._wake_all()  # what was published while we were not listening
            asked = False
            while True:
                _end_if_cancelled()
                message = await pubsub.get_message(timeout=5)
                if message is None:
                    if asked:
                        raise HungUp("no answer to a ping")
                    await pubsub.ping()
                elif message["type"] == "message":
                    key, _, sender = message["data"].decode().partition(" ")
                    if sender != self._name:  # who waits here is awake already
                        self._wake(key)
                asked = message is None
        finally:
            with suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    def _wake(self, key: str, news: News | None = None) -> None:
        for waiter in list(self._waiters.get(key, ())):
            waiter.wake(news)

    def _wake_all(self) -> None:
        for key in list(self._waiters):
            self._wake(key)


def _end_if_cancelled() -> None:
    """End a task that was asked to in vain: Python 3.11's `wait_for`, by which redis-py sends, may swallow that."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
