"""Who did what, to what, when and why: rows that are only ever added (R21, S19)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, String, Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import UtcTime, metadata

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
    Index("ix_audit_subject", "subject"),
)


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
    """Add a row in the caller's transaction: what can not be audited does not happen (F18).

    Details carry codes and counts, never a person's data.
    """
    await connection.execute(
        insert(audit).values(
            at=at, actor=actor, action=action, subject=subject, reason=reason, details=details
        )
    )
