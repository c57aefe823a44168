"""Puts other words in the place of a stored message's, in a way that the chain knows (L23).

The hash of the first words stays; their salt goes, so that nobody finds them again by trying.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.chain import Altered, Link
from bot.conversation.store import messages


async def alter(
    connection: AsyncConnection,
    conversation_id: str,
    seq: int,
    how: Altered,
    *,
    text: str,
    payload: dict[str, Any],
    now: datetime,
) -> None:
    """Mask or erase one message of a locked conversation; a message that is not there stays so."""
    whose = (messages.c.conversation_id == conversation_id) & (messages.c.seq == seq)
    row = (await connection.execute(select(messages).where(whose))).one_or_none()
    if row is None:
        return
    link = replace(link_of(row), text=text, payload=payload, salt=None, altered=how, altered_at=now)
    await connection.execute(
        update(messages).where(whose).values(
            text=text, payload=payload, salt=None, altered=how, altered_at=now, altered_hash=link.alteration()
        )
    )


def link_of(row: Any) -> Link:
    """A row of messages as a link of its conversation's chain."""
    return Link(**row._mapping)
