"""Alembic's door: every room's tables, on the database that wiring names."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import bot.conversation.store
import bot.handoff.store
import bot.records.audit
import bot.records.store
import bot.staff.store  # noqa: F401
from bot.database import metadata


def run(connection: Connection) -> None:
    """Apply the revisions in one transaction."""
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def migrate() -> None:
    engine = create_async_engine(context.config.attributes["url"])
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(migrate())
