"""Ways to Redis and back: all that is asked at once goes together, under one deadline.

redis-py's client looks before every command whether the line is still good, and has a deadline for each answer: two
thirds of what a turn spent on Redis. Its connections, which this uses, know how to connect and how to read. A line that
has died is noticed when it is used.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any, List, Sequence

from redis.asyncio import Connection, ConnectionPool
from redis.exceptions import TimeoutError as RedisTimeout

#: The brain answers "away" rather than wait for Redis, in seconds.
TIMEOUT_S = 2.0


class RoundTrips:
    """To the Redis that the environment names; as many lines as there are trips at the same time."""

    def __init__(self) -> None:
        self._pool = ConnectionPool.from_url(os.environ["REDIS_URL"], socket_connect_timeout=TIMEOUT_S)
        self._free: List[Connection] = []

    async def make(self, *commands: Sequence[Any]) -> List[Any]:
        """The answers to these commands, which Redis gets in this order and together.

        Raises:
            redis.exceptions.ConnectionError: Redis is away, or has been since the last trip; try again.
            redis.exceptions.TimeoutError: it took too long; what was asked may have been done.
            redis.exceptions.ResponseError: one of them was refused; those after it were done all the same.
        """
        line = self._free.pop() if self._free else self._pool.make_connection()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await line.send_packed_command(line.pack_commands(commands), check_health=False)
                answers = [await line.read_response() for _ in commands]
        except BaseException as exc:
            # The rest of an answer may still come on this line, and the others may be as dead.
            stale, self._free = [line, *self._free], []
            for one in stale:
                await one.disconnect(nowait=True)
            if isinstance(exc, TimeoutError):
                raise RedisTimeout(f"no answer within {TIMEOUT_S} s") from exc
            raise
        self._free.append(line)
        return answers
