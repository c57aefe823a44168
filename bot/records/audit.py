"""Who did what, to what, when and why: rows that are only ever added, each chained to the last (R21, S19).

All writers share one head row. It is locked by the last statements of a transaction and after
every other row (see `before_commit`): writers queue there for the length of a commit, and a
deadlock would need somebody who takes another lock afterwards. On PostgreSQL that is one audited
commit after the other, some hundreds a second; SQLite has one writer anyway. Both databases refuse
to change or delete a row (triggers); there is no door for early deletion, because there is none by law (L21).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, String, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import UtcTime, before_commit, metadata
from bot.records.chain import Fault, Head, Link, Walk

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(64), nullable=False),  # staff:8016, conversation:<id>, system
    Column("action", String(48), nullable=False),
    Column("subject", String(64)),
    Column("reason", String(200)),
    Column("details", JSON, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_subject", "subject"),
)

#: One row: where the chain ends, and the lock that every writer takes.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last_id", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

_HEAD_ID = 1
#: Rows that `verify` reads at once.
_PAGE = 1000


@dataclass(frozen=True)
class Report:
    """What `verify` found: the rows seen, the hash they end with, and the first bad row if there is one."""

    length: int
    hash: str
    fault: Fault | None


async def record(
    connection: AsyncConnection,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str | None = None,
    reason: str | None = None,
    **details: Any,
) -> None:
    """Add a row in the caller's transaction, at its end: what can not be audited does not happen (F18).

    Details carry codes and counts, never a person's data.
    """

    async def add(connection: AsyncConnection) -> None:
        head = await _locked_head(connection)
        link = Link(head.last_id + 1, at, actor, action, subject, reason, details, head.hash).sealed()
        await connection.execute(insert(audit).values(**vars(link)))
        await connection.execute(
            update(audit_head)
            .where(audit_head.c.id == _HEAD_ID)
            .values(last_id=link.id, length=head.length + 1, hash=link.hash)
        )

    before_commit(connection, add)


async def verify(connection: AsyncConnection) -> Report:
    """Follow the whole chain, as it stood at one moment (F35)."""
    if connection.dialect.name == "postgresql":
        await connection.execution_options(isolation_level="REPEATABLE READ")
    head = await head_of(connection)
    walk = Walk(head)
    async for link in _links(connection):
        if fault := walk.step(link):
            return Report(walk.seen.length, walk.seen.hash, fault)
    return Report(walk.seen.length, walk.seen.hash, walk.end())


async def head_of(connection: AsyncConnection) -> Head:
    """Where the chain ends now."""
    row = (await connection.execute(select(audit_head))).one_or_none()
    return Head(row.last_id, row.length, row.hash) if row else Head()


async def _locked_head(connection: AsyncConnection) -> Head:
    query = select(audit_head).where(audit_head.c.id == _HEAD_ID).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row:
        return Head(row.last_id, row.length, row.hash)
    # Only a record that no revision has made lacks its head; where rows are, the first id is taken.
    head = Head()
    await connection.execute(insert(audit_head).values(id=_HEAD_ID, **vars(head)))
    return head


async def _links(connection: AsyncConnection) -> AsyncIterator[Link]:
    last_id = 0
    while True:
        query = select(audit).where(audit.c.id > last_id).order_by(audit.c.id).limit(_PAGE)
        rows = (await connection.execute(query)).all()
        for row in rows:
            yield Link(**row._mapping)
        if len(rows) < _PAGE:
            return
        last_id = rows[-1].id
