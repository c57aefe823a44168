"""Who is typing right now; known for seconds only and never stored.

Redis: channel `qiantai:typing`, payload `{conversation, author, on}`.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

CHANNEL = "qiantai:typing"

Heard = Callable[[str, bool], None]


class Presence:
    """Passes typing signs between processes; silent while Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._listeners: dict[str, set[Heard]] = defaultdict(set)

    def listen(self, conversation_id: str, heard: Heard) -> Callable[[], None]:
        """Call `heard(author, on)` at every sign; returns how to stop."""
        self._listeners[conversation_id].add(heard)

        def stop() -> None:
            self._listeners[conversation_id].discard(heard)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]

        return stop

    async def typing(self, conversation_id: str, author: str, on: bool) -> None:
        """Tell everybody who looks at this conversation."""
        body = orjson.dumps({"conversation": conversation_id, "author": author, "on": on})
        with suppress(RedisError, OSError, TimeoutError):
            await asyncio.wait_for(self._redis.publish(CHANNEL, body), 0.5)

    async def run(self) -> None:
        """Hear the other processes, for ever."""
        while True:
            with suppress(RedisError, OSError):
                pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
                await pubsub.subscribe(CHANNEL)
                while True:
                    message = await pubsub.get_message(timeout=5)
                    if message and message["type"] == "message":
                        self._pass_on(orjson.loads(message["data"]))
            await asyncio.sleep(1)

    def _pass_on(self, sign: dict[str, object]) -> None:
        for heard in list(self._listeners.get(str(sign["conversation"]), ())):
            heard(str(sign["author"]), bool(sign["on"]))
