"""What was done at the bank for a person, as something that is kept about them: proof, and so never erased."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.bank.store import acts
from bot.records.ports import Expirer, Holding, Item, values_of

#: The kind, and the retention class that keeps it.
KIND = "act"
_SHOWN = ("reference", "act", "kind", "last4", "state", "created_at")


def holding() -> Holding:
    """Every case; no name, number or phone is in it."""
    return Holding(KIND, _read, rule=KIND)


def expirer() -> Expirer:
    """Cases whose time is over and of which nothing is left to do."""
    return Expirer(_over, _remove)


async def _read(connection: AsyncConnection, conversation_ids: list[str]) -> list[Item]:
    query = select(acts).where(acts.c.conversation_id.in_(conversation_ids)).order_by(acts.c.created_at)
    return [
        Item(KIND, acts.name, row.conversation_id, row.created_at, values_of(row),
             {name: row._mapping[name] for name in _SHOWN})
        for row in await connection.execute(query)
    ]


def _over(before: datetime, _purpose: str | None) -> Select[Any]:
    return select(acts.c.id.label("key"), acts.c.created_at.label("at")).where(
        acts.c.created_at < before, acts.c.due_at.is_(None)
    )


async def _remove(connection: AsyncConnection, keys: list[str], _at: datetime) -> None:
    await connection.execute(delete(acts).where(acts.c.id.in_(keys)))
