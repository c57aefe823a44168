"""What handoffs and notes hold about a person, taken away when they wish it or its time is over.

The facts of a handoff (when, why, for which skill, how it ended) stay: they name nobody.
"""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff.store import handoffs, notes
from bot.records.archive import Archive
from bot.records.ports import Effect, Holding, Item, Wish, values_of
from bot.records.ticket_holding import COMPLAINT, with_complaint

_SHOWN = {"handoffs": ("reason", "state", "queued_at"), "notes": ("at",)}


@dataclass
class HandoffHolding:
    """Summaries, slots and notes."""

    archive: Archive

    def holding(self) -> Holding:
        return Holding("handoff", read, self._erase)

    async def _erase(self, connection: AsyncConnection, wish: Wish) -> list[Effect]:
        if wish.purpose:
            return []
        files = await with_complaint(connection, wish.conversation_ids)
        effects = []
        for item in await read(connection, wish.conversation_ids):
            told = {name: item.values[name] for name in ("summary", "slots", "text") if item.values.get(name)}
            if not told:
                continue
            effects.append(
                await self.archive.put_away(
                    connection, wish, kind=item.kind, key=str(item.values["id"]), since=item.at, data=told,
                    conversation_id=item.conversation_id,
                    rule=COMPLAINT if item.conversation_id in files else None,
                )
            )
        await forget(connection, wish.conversation_ids)
        return effects


async def read(connection: AsyncConnection, conversation_ids: list[str]) -> list[Item]:
    """All handoffs and notes of these conversations."""
    items = []
    for table, at in ((handoffs, handoffs.c.queued_at), (notes, notes.c.at)):
        query = select(table).where(table.c.conversation_id.in_(conversation_ids)).order_by(at)
        for row in await connection.execute(query):
            values = values_of(row)
            shown = {name: values[name] for name in _SHOWN[table.name]}
            kind = table.name.removesuffix("s")
            items.append(Item(kind, table.name, row.conversation_id, values[at.name], values, shown))
    return items


async def forget(connection: AsyncConnection, conversation_ids: list[str]) -> None:
    """Empty the handoffs and delete the notes of these conversations."""
    await connection.execute(
        update(handoffs).where(handoffs.c.conversation_id.in_(conversation_ids)).values(summary="", slots={})
    )
    await connection.execute(delete(notes).where(notes.c.conversation_id.in_(conversation_ids)))
