"""A conversation as evidence: one canonical text of its messages, and the text's hash (L23)."""

import hashlib

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import store

#: How many messages are read at once.
PAGE = 500


async def fingerprint(connection: AsyncConnection, conversation_id: str, to_seq: int) -> str:
    """SHA-256 of the messages 1 to `to_seq`: number, UTC time, author, kind and text, a line each.

    A later change of any of them, a text that was masked afterwards too, gives another hash.
    """
    digest = hashlib.sha256()
    seen = 0
    while seen < to_seq:
        page = await store.messages_after(connection, conversation_id, seen, PAGE)
        for message in page:
            if message.seq > to_seq:
                break
            line = [message.seq, message.at.isoformat(), message.author, message.kind, message.text]
            digest.update(orjson.dumps(line) + b"\n")
        if not page:
            break
        seen = page[-1].seq
    return digest.hexdigest()
