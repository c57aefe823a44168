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
from typing import Any, AsyncIterator, Dict, List, Optional, Sequence, Set, Text

from rasa.core.lock_store import LockError, LockStore

from bot.brain.roundtrips import RoundTrips

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


class RedisLocks(LockStore):
    """Named in endpoints.yml."""

    def __init__(self, endpoint_config: Optional[Any] = None) -> None:
        super().__init__()
        self._trips = RoundTrips()
        self._own: Dict[Text, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._giving: Set[asyncio.Future[None]] = set()

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
    async def hold(self, sender: Text, *reads: Sequence[Any]) -> AsyncIterator[Held]:
        """Hold the session's lock; what these commands read is read under it, on the same way there and back.

        Raises:
            LockError: it was not free within a lifetime.
        """
        own = self._own[sender]
        try:
            async with own:
                held = await self._taken(sender, reads)
                try:
                    yield held
                finally:
                    if not held.freed:
                        await self._free(held)
        finally:
            if not own.locked():
                self._own.pop(sender, None)

    async def _taken(self, sender: Text, reads: Sequence[Sequence[Any]]) -> Held:
        held = Held(f"qiantai:lock:{sender}", secrets.token_hex(8))
        take = ("SET", held.key, held.value, "NX", "PX", int(LIFETIME_S * 1000))
        give_up_at = time.monotonic() + LIFETIME_S
        while True:
            try:
                is_held, *held.read = await self._trips.make(take, *reads)
            except BaseException:  # who asked has hung up, say; it may have been taken all the same
                self._give_back(held)
                raise
            if is_held:
                return held
            if time.monotonic() > give_up_at:
                raise LockError(f"lock of {sender} is not free")
            await asyncio.sleep(TRY_EVERY_S)

    async def _free(self, held: Held) -> None:
        await self._trips.make(("EVAL", _FREE, 1, held.key, held.value))

    def _give_back(self, held: Held) -> None:
        """Free it without waiting, if it is held: nobody else can, and the next turn would wait for its end."""
        giving = asyncio.ensure_future(self._free(held))
        self._giving.add(giving)
        giving.add_done_callback(self._given)

    def _given(self, giving: asyncio.Future[None]) -> None:
        self._giving.discard(giving)
        if not giving.cancelled():
            giving.exception()  # with Redis away the lock ends by itself
