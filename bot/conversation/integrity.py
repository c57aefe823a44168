"""Whether every message is as it was written, over all conversations (L23)."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.altering import link_of
from bot.conversation.chain import Fault, Walk
from bot.conversation.store import conversations, messages

#: Rows that are read at once.
_PAGE = 500


@dataclass(frozen=True)
class Report:
    """What was seen: whole conversations and messages, what was lawfully changed, the first bad row."""

    conversations: int = 0
    messages: int = 0
    masked: int = 0
    erased: int = 0
    #: conversations whose messages are gone because their time was over
    emptied: int = 0
    fault: Fault | None = None


async def verify(connection: AsyncConnection) -> Report:
    """Follow every conversation's chain, as it stood at one moment; stops at the first bad row."""
    if connection.dialect.name == "postgresql":
        await connection.execution_options(isolation_level="REPEATABLE READ")
    report, last_id = Report(), ""
    while True:
        query = (
            select(
                conversations.c.id, conversations.c.last_seq, conversations.c.chain_hash, conversations.c.token_hash
            )
            .where(conversations.c.id > last_id).order_by(conversations.c.id).limit(_PAGE)
        )
        page = (await connection.execute(query)).all()
        for row in page:
            report = await _follow(connection, row, report)
            if report.fault:
                return report
        if len(page) < _PAGE:
            return report
        last_id = page[-1].id


async def _follow(connection: AsyncConnection, talk: Any, report: Report) -> Report:
    """The report with this conversation in it."""
    walk, masked, erased = Walk(talk.id), 0, 0
    while True:
        query = (
            select(messages).where(messages.c.conversation_id == talk.id, messages.c.seq > walk.seq)
            .order_by(messages.c.seq).limit(_PAGE)
        )
        page = (await connection.execute(query)).all()
        for row in page:
            if fault := walk.step(link_of(row)):
                return replace(report, fault=fault)
            masked += row.altered == "masked"
            erased += row.altered == "erased"
        if len(page) < _PAGE:
            break
    # Retention takes the messages, the token and the head together; one of them alone is no retention.
    if walk.seq == 0 and talk.last_seq > 0 and talk.chain_hash is None and talk.token_hash == "":
        return replace(report, conversations=report.conversations + 1, emptied=report.emptied + 1)
    return replace(
        report, conversations=report.conversations + 1, messages=report.messages + walk.seq,
        masked=report.masked + masked, erased=report.erased + erased,
        fault=walk.end(talk.last_seq, talk.chain_hash),
    )
