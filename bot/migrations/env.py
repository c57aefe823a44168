"""Alembic's door: every room's tables, on the database that wiring names."""

import asyncio

from alembic import context
from sqlalchemy import Connection

import bot.bank.store
import bot.conversation.store
import bot.handoff.store
import bot.identity.store
import bot.records.archive
import bot.records.audit
import bot.records.contact_store
import bot.records.export_store
import bot.records.incident_store
import bot.records.retention
import bot.records.store
import bot.staff.store  # noqa: F401
from bot.database import Database, metadata


def run(connection: Connection) -> None:
    """Apply the revisions in one transaction.

    SQLite can not change a table: it is copied, dropped and made anew. Rows that refer to it must
    not stand in the way of that, and are checked once it is there again.

    Raises:
        RuntimeError: a row refers to nothing afterwards; nothing was changed.
    """
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        _refer(connection, "OFF")
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
        if sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise RuntimeError(f"{len(lost)} rows refer to nothing, the first in {lost[0][0]}")


def _refer(connection: Connection, whether: str) -> None:
    """Enforce references or not; SQLite hears it only outside a transaction."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={whether}")
    cursor.close()


async def migrate() -> None:
    database = Database(context.config.attributes["url"])  # makes the folder of a new record
    async with database.engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await database.close()


asyncio.run(migrate())
