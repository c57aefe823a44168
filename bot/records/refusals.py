"""Refusals of staff are written down too: who tried what, and why not (R21)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.database import Database
from bot.errors import Forbidden, RefusedError
from bot.records import audit
from bot.records.ticket_worker import Worker


@asynccontextmanager
async def refusals_audited(
    database: Database, clock: Clock, worker: Worker, action: str, subject: str | None
) -> AsyncIterator[AsyncConnection]:
    """A write transaction in which a refusal becomes an audit row `<action>_denied` before it is raised.

    Checks come before writes: what was written before a refusal is kept with its row.
    """
    refusal: RefusedError | None = None
    async with database.write() as connection:
        try:
            yield connection
        except RefusedError as exc:
            refusal = exc
            await audit.record(
                connection, at=clock.now(), actor=worker.actor, action=f"{action}_denied", subject=subject,
                reason=exc.reason,
            )
    if refusal:
        raise refusal


def need_role(worker: Worker, roles: frozenset[str]) -> None:
    """Raise when this is none of their work.

    Raises:
        Forbidden: they have none of these roles.
    """
    if not roles & set(worker.roles):
        raise Forbidden()
