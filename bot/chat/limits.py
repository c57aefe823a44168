"""How much one conversation and one address may send (F33); counted in Redis and in the process.

A hit waits for this process's count alone. That of Redis, in which all processes' hits are, comes while the hit is
served, and holds up the next one: through each other process one more may slip.
"""

import asyncio
from contextlib import suppress

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.exceptions import RedisError

from bot.errors import TooFast

#: A hung Redis holds no message up for longer, in seconds.
TIMEOUT_S = 0.5
#: Somebody of whom Redis has had too many hits is asked for there each time, until it allows one, or for so long, in
#: seconds: then the minute is over.
REMEMBERED_S = 60.0


class Limits:
    """Counts hits a minute; a Redis that is away or emptied weakens the count to this process's (F13, F14)."""

    def __init__(self, redis_url: str) -> None:
        url = redis_url.replace("unix://", "redis+unix://", 1)
        self._shared = FixedWindowRateLimiter(
            RedisStorage(
                f"async+{url}", implementation="redispy", wrap_exceptions=True,
                socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S,
            )
        )
        self._own = FixedWindowRateLimiter(MemoryStorage())
        #: of whom Redis has had too many hits
        self._over: set[tuple[str, str]] = set()
        self._counting: set[asyncio.Task[None]] = set()

    async def count(self, what: str, who: str, per_minute: int) -> None:
        """Count one hit.

        Raises:
            TooFast: there were more than `per_minute` within a minute.
        """
        rate = RateLimitItemPerMinute(per_minute)
        allowed = await self._own.hit(rate, what, who)
        counting = asyncio.create_task(self._count_in_redis(rate, what, who))
        self._counting.add(counting)
        counting.add_done_callback(self._counting.discard)
        if (what, who) in self._over:
            await counting
            allowed = allowed and (what, who) not in self._over
        if not allowed:
            raise TooFast(retry_after_s=30)

    async def _count_in_redis(self, rate: RateLimitItem, what: str, who: str) -> None:
        """Count a hit of all processes', and remember who had too many."""
        with suppress(StorageError, RedisError, OSError):
            if await self._shared.hit(rate, what, who):
                self._over.discard((what, who))
            elif (what, who) not in self._over:
                self._over.add((what, who))
                asyncio.get_running_loop().call_later(REMEMBERED_S, self._over.discard, (what, who))
