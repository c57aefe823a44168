"""How much one conversation and one address may send (F33); counted in Redis, in the process without it."""

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.exceptions import RedisError

from bot.errors import TooFast


class Limits:
    """Counts hits a minute; an unreachable Redis weakens the count to this process, never to none (F14)."""

    def __init__(self, redis_url: str) -> None:
        url = redis_url.replace("unix://", "redis+unix://", 1)
        self._shared = FixedWindowRateLimiter(
            RedisStorage(f"async+{url}", implementation="redispy", wrap_exceptions=True)
        )
        self._own = FixedWindowRateLimiter(MemoryStorage())

    async def count(self, what: str, who: str, per_minute: int) -> None:
        """Count one hit.

        Raises:
            TooFast: there were more than `per_minute` within a minute.
        """
        rate = RateLimitItemPerMinute(per_minute)
        try:
            allowed = await self._shared.hit(rate, what, who)
        except (StorageError, RedisError, OSError):
            allowed = await self._own.hit(rate, what, who)
        if not allowed:
            raise TooFast(retry_after_s=30)
