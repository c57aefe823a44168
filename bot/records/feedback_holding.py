"""The words of feedback, as something that is kept about a person; score, topic and day stay, they name nobody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, cast, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records.archive import Archive
from bot.records.ports import Effect, Expirer, Holding, Item, Wish, values_of
from bot.records.store import feedback

#: The kind, and the retention class that ends it.
KIND = "feedback"
_SHOWN = ("at", "kind", "topic", "score")


@dataclass
class FeedbackHolding:
    """Praise, suggestions and hints."""

    archive: Archive

    def holding(self) -> Holding:
        return Holding(KIND, read, self._erase)

    async def _erase(self, connection: AsyncConnection, wish: Wish) -> list[Effect]:
        """Words go when everything goes: they are given without a contact, and so under no consent."""
        if wish.purpose:
            return []
        items = [item for item in await read(connection, wish.conversation_ids) if item.values["text"]]
        effects = [
            await self.archive.put_away(
                connection, wish, kind=KIND, key=str(item.values["id"]), since=item.at, data={}, rule=None,
                conversation_id=item.conversation_id,
            )
            for item in items
        ]
        await _empty(connection, [str(item.values["id"]) for item in items], wish.at)
        return effects


def expirer() -> Expirer:
    """Words whose time is over."""
    return Expirer(_over, _empty)


async def read(connection: AsyncConnection, conversation_ids: list[str]) -> list[Item]:
    """All feedback that was given in these conversations."""
    query = select(feedback).where(feedback.c.conversation_id.in_(conversation_ids)).order_by(feedback.c.id)
    return [
        Item(KIND, feedback.name, row.conversation_id, row.at, values_of(row),
             {name: row._mapping[name] for name in _SHOWN})
        for row in await connection.execute(query)
    ]


def _over(before: datetime, _purpose: str | None) -> Select[Any]:
    return select(cast(feedback.c.id, String).label("key"), feedback.c.at.label("at")).where(
        feedback.c.at < before, feedback.c.text.is_not(None)
    )


async def _empty(connection: AsyncConnection, keys: list[str], _at: datetime) -> None:
    await connection.execute(
        update(feedback).where(feedback.c.id.in_([int(key) for key in keys])).values(text=None)
    )
