"""Keeps what a customer typed in secret for minutes: a token goes on its way, the secret does not.

Redis: `qiantai:secret:{conversation}:{token}` = ciphertext, written by the chat, gone when redeemed
or after `LIFE_S`. AES-GCM with the data key, bound to conversation and kind: a dump tells nothing
and a value moved elsewhere can not be read (L12, L13).
"""

import asyncio
import secrets

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.errors import UnavailableError
from bot.records.cipher import Cipher

#: A secret waits this long for its action, in seconds.
LIFE_S = 300
#: A hung Redis holds a message up no longer, in seconds.
TIMEOUT_S = 1.0


class Vault:
    """Takes a secret in once and gives it out once."""

    def __init__(self, redis: Redis, cipher: Cipher) -> None:
        self._redis = redis
        self._cipher = cipher

    async def put(self, conversation_id: str, kind: str, secret: str) -> str:
        """Keep it; returns the token it is redeemed with.

        Raises:
            UnavailableError: `vault`; nothing is kept.
        """
        token = secrets.token_urlsafe(16)
        kept = self._cipher.encrypt(secret, _about(conversation_id, kind))
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._redis.set(_key(conversation_id, token), kept, ex=LIFE_S)
        except (RedisError, OSError, TimeoutError):
            raise UnavailableError("vault", retry_after_s=5) from None
        return token

    async def redeem(self, conversation_id: str, token: str, kind: str) -> str | None:
        """The secret, once; None when it is not there, not this conversation's or of another kind.

        Raises:
            UnavailableError: `vault`; it is still there.
        """
        try:
            async with asyncio.timeout(TIMEOUT_S):
                kept = await self._redis.getdel(_key(conversation_id, token))
        except (RedisError, OSError, TimeoutError):
            raise UnavailableError("vault", retry_after_s=5) from None
        if not isinstance(kept, bytes):
            return None
        try:
            return self._cipher.decrypt(kept, _about(conversation_id, kind))
        except UnavailableError:
            return None


def _key(conversation_id: str, token: str) -> str:
    return f"qiantai:secret:{conversation_id}:{token}"


def _about(conversation_id: str, kind: str) -> str:
    return f"secret:{conversation_id}:{kind}"
