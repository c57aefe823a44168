"""What was taken out of use: things erased leave a mark, things the law makes us keep are locked (L06).

A locked thing is moved here, encrypted for this place alone. No desk, card or dialogue reads this
table: all use but storage has stopped. When its time is over only the mark stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    cast,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import UtcTime, metadata
from bot.records.cipher import Cipher
from bot.records.ports import Effect, Expirer, Item, Wish
from bot.records.retention_rules import Rule

archive = Table(
    "archive",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(24), nullable=False),
    Column("key", String(120), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("purpose", String(32)),
    Column("outcome", String(8), nullable=False),  # erased | locked
    Column("rule", String(24)),  # the retention class that keeps it
    Column("data", LargeBinary),  # encrypted JSON of a locked thing
    Column("at", UtcTime, nullable=False),
    Column("keep_until", UtcTime),
    # The turn that asked for it: a repeated turn finds it done.
    Column("turn_id", String(36)),
    Index("ix_archive_thing", "kind", "key"),
)

#: The kind of a row that stands for the wish itself, not for a thing.
WISH = "wish"


def about(kind: str, key: str) -> str:
    """The place a locked value is bound to."""
    return f"archive:{kind}:{key}"


@dataclass
class Archive:
    """Puts things away."""

    cipher: Cipher
    rules: Mapping[str, Rule]

    async def put_away(
        self, connection: AsyncConnection, wish: Wish, *, kind: str, key: str, conversation_id: str,
        since: datetime, data: Mapping[str, Any], rule: str | None, purpose: str | None = None,
    ) -> Effect:
        """Keep the data locked when a rule of the law holds and its time is not over; else the mark alone.

        The caller takes the thing itself away in the same transaction.
        """
        until = self.rules[rule].until(since) if rule else None
        locked = rule is not None and (until is None or until > wish.at)
        outcome = "locked" if locked else "erased"
        text = orjson.dumps(dict(data)).decode()
        await connection.execute(
            insert(archive).values(
                kind=kind, key=key, conversation_id=conversation_id, purpose=purpose,
                outcome=outcome, rule=rule if locked else None,
                data=self.cipher.encrypt(text, about(kind, key)) if locked else None,
                at=wish.at, keep_until=until if locked else None, turn_id=wish.turn_id,
            )
        )
        return Effect(kind, key, "locked" if locked else "erased", rule if locked else None)

    async def read(self, connection: AsyncConnection, conversation_ids: list[str]) -> list[Item]:
        """What was put away, without its content: nobody uses that any more."""
        query = select(archive).where(archive.c.conversation_id.in_(conversation_ids))
        return [_item(row._mapping) for row in await connection.execute(query.order_by(archive.c.id))]

    async def note_wish(self, connection: AsyncConnection, wish: Wish) -> None:
        """Write down that a turn asked for everything to be erased, so that its repeat finds it done."""
        for conversation_id in wish.conversation_ids:
            await connection.execute(
                insert(archive).values(
                    kind=WISH, key=wish.turn_id or "", conversation_id=conversation_id, outcome="erased",
                    at=wish.at, turn_id=wish.turn_id,
                )
            )

    async def was_wished(
        self, connection: AsyncConnection, conversation_ids: list[str], turn_id: str
    ) -> bool:
        """Whether this turn has asked for that already."""
        query = select(archive.c.id).where(
            archive.c.conversation_id.in_(conversation_ids), archive.c.kind == WISH,
            archive.c.turn_id == turn_id,
        )
        return (await connection.execute(query.limit(1))).first() is not None

    def expirer(self) -> Expirer:
        """What was locked and whose time is over."""
        return Expirer(_over, _empty)


async def of_turn(
    connection: AsyncConnection, conversation_ids: list[str], turn_id: str, purpose: str | None = None
) -> list[Effect]:
    """What this turn has put away already, under this purpose or any."""
    query = select(archive).where(
        archive.c.conversation_id.in_(conversation_ids), archive.c.turn_id == turn_id,
        archive.c.kind != WISH,
    )
    if purpose:
        query = query.where(archive.c.purpose == purpose)
    return [
        Effect(row.kind, row.key, row.outcome, row.rule)
        for row in await connection.execute(query.order_by(archive.c.id))
    ]


def _item(row: Mapping[Any, Any]) -> Item:
    values = {name: row[name] for name in ("kind", "key", "purpose", "outcome", "rule", "keep_until")}
    shown = {name: row[name] for name in ("kind", "outcome", "rule", "keep_until")}
    return Item("archive", archive.name, row["conversation_id"], row["at"], values, shown)


def _over(before: datetime, _purpose: str | None) -> Select[Any]:
    return select(cast(archive.c.id, String).label("key"), archive.c.keep_until.label("at")).where(
        archive.c.keep_until < before
    )


async def _empty(connection: AsyncConnection, keys: list[str], _at: datetime) -> None:
    await connection.execute(
        update(archive)
        .where(archive.c.id.in_([int(key) for key in keys]))
        .values(data=None, outcome="erased", keep_until=None, rule=None)
    )
