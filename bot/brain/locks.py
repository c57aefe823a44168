"""One turn of a session at a time, in this process and in every other.

Redis: `qiantai:lock:{sender}` holds a random value while a turn runs, and ends by itself after the
lifetime. Only its holder can free it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, AsyncIterator, Callable, Dict, List, Optional, Text

from rasa.core.lock_store import LockError, LockStore
from redis.asyncio.client import Pipeline

from bot.brain.trackers import connect

#: Longer than any turn (the gateway gives it 8 s) and shorter than a customer's patience, in seconds.
LIFETIME_S = 15.0
#: Pause between tries for a lock that another process holds, in seconds.
TRY_EVERY_S = 0.02

#: KEYS[1] lock; ARGV[1] its holder's value.
_FREE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


@dataclass
class Held:
    """A lock that is held: its key, the value that only its holder knows, and what was read under it."""

    key: Text
    value: Text
    read: List[Any] = field(default_factory=list)
    #: whether its holder has freed it with the last that was written
    freed: bool = False


def _nothing(_pipe: Pipeline) -> None:
    """Nothing else is read."""


class RedisLocks(LockStore):
    """Named in endpoints.yml."""

    def __init__(self, endpoint_config: Optional[Any] = None) -> None:
        super().__init__()
        self._redis = connect()
        self._free = self._redis.register_script(_FREE)
        self._own: Dict[Text, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: Text,
        lock_lifetime: float = LIFETIME_S,
        wait_time_in_seconds: float = TRY_EVERY_S,
    ) -> AsyncIterator[None]:
        """Hold the session's lock, as Rasa wants it held.

        Raises:
            LockError: it was not free within a lifetime.
        """
        async with self.hold(conversation_id):
            yield

    @asynccontextmanager
    async def hold(self, sender: Text, read: Callable[[Pipeline], object] = _nothing) -> AsyncIterator[Held]:
        """Hold the session's lock; what `read` asks of Redis is answered under it, on the same way there and back.

        Raises:
            LockError: it was not free within a lifetime.
        """
        own = self._own[sender]
        async with own:
            held = Held(f"qiantai:lock:{sender}", secrets.token_hex(8))
            give_up_at = time.monotonic() + LIFETIME_S
            while True:
                pipe = self._redis.pipeline(transaction=False)  # in order, so read after it is held
                pipe.set(held.key, held.value, nx=True, px=int(LIFETIME_S * 1000))
                read(pipe)
                is_held, *held.read = await pipe.execute()
                if is_held:
                    break
                if time.monotonic() > give_up_at:
                    raise LockError(f"lock of {sender} is not free")
                await asyncio.sleep(TRY_EVERY_S)
            try:
                yield held
            finally:
                if not held.freed:
                    await self._free(keys=[held.key], args=[held.value])
        if not own.locked():
            self._own.pop(sender, None)
