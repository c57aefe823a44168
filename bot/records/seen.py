"""What a colleague has looked at, as the audit knows it: for who leaves, and for auditors (R23, R21).

Subjects are numbers of conversations, tickets and exports; the audit holds no value of a person.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records.audit import audit

#: Acts that show somebody's words or data to a colleague.
LOOKS = ("conversation_read", "revealed", "ticket_read", "ticket_revealed", "export_fetched")


@dataclass(frozen=True)
class Seen:
    """One thing that was looked at in one way."""

    action: str
    subject: str
    times: int
    first_at: datetime
    last_at: datetime


async def seen_by(connection: AsyncConnection, number: str) -> list[Seen]:
    """All that the colleague with this number has looked at, oldest look first.

    What they were refused is not among it.
    """
    first, last = func.min(audit.c.at), func.max(audit.c.at)
    query = (
        select(
            audit.c.action, audit.c.subject, func.count().label("times"),
            first.label("first_at"), last.label("last_at"),
        )
        .where(audit.c.actor == f"staff:{number}", audit.c.subject.is_not(None))
        .where(audit.c.action.in_(LOOKS))
        .group_by(audit.c.action, audit.c.subject)
        .order_by(first, audit.c.action, audit.c.subject)
    )
    return [Seen(**row._mapping) for row in await connection.execute(query)]
