"""Takes words back out of the record: at a customer's wish, or when their time is over.

The row of a conversation always stays: consents, tickets and the audit refer to it. `seq` keeps its
meaning, a blanked message is still a message.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.altering import alter
from bot.conversation.store import conversations, messages, turns

#: What stands in the payload of a message whose words are gone.
ERASED = {"erased": True}


async def rows_of(connection: AsyncConnection, conversation_ids: list[str]) -> dict[str, list[Row[Any]]]:
    """Everything this room keeps of these conversations, by table."""
    found = {}
    for table, of, order in (
        (conversations, conversations.c.id, conversations.c.created_at),
        (messages, messages.c.conversation_id, messages.c.seq),
        (turns, turns.c.conversation_id, turns.c.first_seq),
    ):
        query = select(table).where(of.in_(conversation_ids)).order_by(of, order)
        found[table.name] = list(await connection.execute(query))
    return found


async def blank(
    connection: AsyncConnection, conversation_id: str, words: Mapping[str, str], now: datetime
) -> int:
    """Put the words of each language in the place of all that was said; how many messages there are."""
    query = select(messages.c.seq, messages.c.language).where(
        messages.c.conversation_id == conversation_id, messages.c.language.in_(list(words))
    )
    found = (await connection.execute(query)).all()
    for seq, language in found:
        await alter(connection, conversation_id, seq, "erased", text=words[language], payload=ERASED, now=now)
    await connection.execute(
        update(turns).where(turns.c.conversation_id == conversation_id).values(choice=None)
    )
    await _forget_rating(connection, conversation_id)
    return len(found)


def ended_before(before: datetime) -> Select[Any]:
    """Conversations that ended before then and still have words: their ids and ends."""
    has_words = select(messages.c.seq).where(messages.c.conversation_id == conversations.c.id).exists()
    return select(conversations.c.id.label("key"), conversations.c.closed_at.label("at")).where(
        conversations.c.closed_at < before, has_words
    )


async def remove(connection: AsyncConnection, conversation_ids: list[str]) -> None:
    """Delete all that was said; the conversation can not be opened with its token any more."""
    for table in (messages, turns):
        await connection.execute(delete(table).where(table.c.conversation_id.in_(conversation_ids)))
    await connection.execute(
        update(conversations)
        .where(conversations.c.id.in_(conversation_ids))
        .values(token_hash="", context={}, chain_hash=None)
    )


async def _forget_rating(connection: AsyncConnection, conversation_id: str) -> None:
    """The score stays, the words go."""
    query = select(conversations.c.context).where(conversations.c.id == conversation_id)
    context = dict((await connection.execute(query)).scalar_one())
    if rating := context.get("rating"):
        context["rating"] = {**rating, "comment": None}
        await connection.execute(
            update(conversations).where(conversations.c.id == conversation_id).values(context=context)
        )
