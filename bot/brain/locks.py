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
from typing import Any, AsyncIterator, Dict, Optional, Text

from rasa.core.lock_store import LockError, LockStore

from bot.brain.trackers import connect

#: Longer than any turn (the gateway gives it 8 s) and shorter than a customer's patience, in seconds.
LIFETIME_S = 15.0
#: Pause between tries for a lock that another process holds, in seconds.
TRY_EVERY_S = 0.02

_FREE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


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
        """Hold the session's lock.

        Raises:
            LockError: it was not free within a lifetime.
        """
        own = self._own[conversation_id]
        async with own:
            key, value = f"qiantai:lock:{conversation_id}", secrets.token_hex(8)
            give_up_at = time.monotonic() + LIFETIME_S
            while not await self._redis.set(key, value, nx=True, px=int(LIFETIME_S * 1000)):
                if time.monotonic() > give_up_at:
                    raise LockError(f"lock of {conversation_id} is not free")
                await asyncio.sleep(TRY_EVERY_S)
            try:
                yield
            finally:
                await self._free(keys=[key], args=[value])
        if not own.locked():
            self._own.pop(conversation_id, None)
