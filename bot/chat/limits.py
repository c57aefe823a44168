"""How much one conversation and one address may send (F33); counted in Redis and in the process."""

from contextlib import suppress

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.exceptions import RedisError

from bot.errors import TooFast

#: A hung Redis holds no message up for longer, in seconds.
TIMEOUT_S = 0.5


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

    async def count(self, what: str, who: str, per_minute: int) -> None:
        """Count one hit.

        Raises:
            TooFast: there were more than `per_minute` within a minute.
        """
        rate = RateLimitItemPerMinute(per_minute)
        allowed = await self._own.hit(rate, what, who)
        with suppress(StorageError, RedisError, OSError):
            allowed = await self._shared.hit(rate, what, who) and allowed
        if not allowed:
            raise TooFast(retry_after_s=30)
