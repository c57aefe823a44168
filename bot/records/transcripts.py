"""What was said in a conversation, as something that is kept about a person."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import erasing
from bot.conversation.ports import Say
from bot.conversation.store import conversations
from bot.records.archive import Archive
from bot.records.ports import Effect, Expirer, Holding, Item, Wish, values_of
from bot.records.store import tickets
from bot.records.ticket_holding import COMPLAINT, with_complaint

KIND = "transcript"
#: Never told: what opens the conversation, and what seals its messages.
_NOT_TOLD = frozenset({
    "token_hash", "chain_hash", "receiver", "salt", "content_hash", "hash", "altered", "altered_at", "altered_hash",
})
#: What a chat shows of each row; the words themselves are in the copy.
_SHOWN = {
    "conversations": ("created_at", "closed_at", "language"),
    "messages": ("at", "author", "kind"),
    "turns": ("created_at", "outcome"),
}


@dataclass
class Transcripts:
    """Conversations, messages and turns."""

    say: Say
    archive: Archive
    #: also(connection, conversation ids): what other rooms forget when a conversation's time is over
    also: tuple[Callable[[AsyncConnection, list[str]], Awaitable[None]], ...] = ()

    def holding(self) -> Holding:
        return Holding(KIND, self._read, self._erase)

    def expirer(self) -> Expirer:
        """Conversations whose time is over and that belong to no complaint."""
        return Expirer(lambda before, _purpose: _without_complaint(before), self._remove)

    def complaint_expirer(self) -> Expirer:
        """Conversations of complaints whose file's time is over."""
        return Expirer(lambda before, _purpose: _of_complaint(before), self._remove)

    async def _read(self, connection: AsyncConnection, conversation_ids: list[str]) -> list[Item]:
        found = await erasing.rows_of(connection, conversation_ids)
        return [_item(table, row) for table, rows in found.items() for row in rows]

    async def _erase(self, connection: AsyncConnection, wish: Wish) -> list[Effect]:
        """Words go when everything goes; a single purpose has no words of its own."""
        if wish.purpose:
            return []
        found = await erasing.rows_of(connection, wish.conversation_ids)
        files = await with_complaint(connection, wish.conversation_ids)
        words = {language: self.say("erased_message", language) for language in ("zh", "en")}
        effects = []
        for talk in found["conversations"]:
            said = [values_of(row) for row in found["messages"] if row.conversation_id == talk.id]
            said = [one for one in said if one["payload"] != erasing.ERASED]
            if not said:
                continue
            effects.append(
                await self.archive.put_away(
                    connection, wish, kind=KIND, key=talk.id, conversation_id=talk.id,
                    since=talk.created_at, rule=COMPLAINT if talk.id in files else None,
                    data={"messages": said, "context": talk.context},
                )
            )
            await erasing.blank(connection, talk.id, words, wish.at)
        return effects

    async def _remove(self, connection: AsyncConnection, keys: list[str], _at: datetime) -> None:
        await erasing.remove(connection, keys)
        for forget in self.also:
            await forget(connection, keys)


def _item(table: str, row: Row[Any]) -> Item:
    values = {name: value for name, value in values_of(row).items() if name not in _NOT_TOLD}
    shown = {name: values[name] for name in _SHOWN[table]}
    of = row.id if table == "conversations" else row.conversation_id
    at = row.at if table == "messages" else row.created_at
    return Item(table.removesuffix("s"), table, of, at, values, shown)


def _of_complaint(before: datetime) -> Select[Any]:
    return erasing.ended_before(before).where(_complaint())


def _without_complaint(before: datetime) -> Select[Any]:
    return erasing.ended_before(before).where(~_complaint())


def _complaint() -> Any:
    """Whether the conversation of the outer query belongs to a complaint's file."""
    return (
        select(tickets.c.reference)
        .where(tickets.c.conversation_id == conversations.c.id, tickets.c.kind == COMPLAINT)
        .exists()
    )

