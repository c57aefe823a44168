"""That somebody was verified, as something that is kept about them: kept as proof, and not for long."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.identity.states import LIVE
from bot.identity.store import verification_answers, verifications
from bot.records.ports import Expirer, Holding, Item, values_of

#: The kind, and the retention class that keeps it.
KIND = "verification"
#: Told to nobody: what could be tried out at leisure, and what is opened for one act alone.
_NOT_TOLD = frozenset({"code_hash", "old_hashes", "subjects", "whose", "matched"})


def holding() -> Holding:
    """What was verified and what came of it; nothing that was typed is in it."""
    return Holding(KIND, _read, rule=KIND)


def expirer() -> Expirer:
    """Verifications that ended and whose time is over; answers to turns go by themselves, sooner."""
    return Expirer(_over, _remove)


async def _read(connection: AsyncConnection, conversation_ids: list[str]) -> list[Item]:
    items = []
    table = verifications
    query = select(table).where(table.c.conversation_id.in_(conversation_ids)).order_by(table.c.began_at)
    for row in await connection.execute(query):
        values = {name: value for name, value in values_of(row).items() if name not in _NOT_TOLD}
        shown = {name: values[name] for name in ("act", "state", "began_at")}
        items.append(Item(KIND, table.name, row.conversation_id, row.began_at, values, shown))
    answers = verification_answers
    query = select(answers).where(answers.c.conversation_id.in_(conversation_ids)).order_by(answers.c.at)
    for row in await connection.execute(query):
        values = {"answer": row.answer, "at": row.at}
        items.append(Item("verification_answer", answers.name, row.conversation_id, row.at, values))
    return items


def _over(before: datetime, _purpose: str | None) -> Select[Any]:
    return select(verifications.c.id.label("key"), verifications.c.touched_at.label("at")).where(
        verifications.c.touched_at < before, verifications.c.state.not_in([state.value for state in LIVE])
    )


async def _remove(connection: AsyncConnection, keys: list[str], _at: datetime) -> None:
    await connection.execute(delete(verifications).where(verifications.c.id.in_(keys)))
