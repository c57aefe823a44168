"""Revisions: from nothing to the tables of the rooms, and not a second time."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot import wiring
from bot.database import Database, metadata
from bot.records.audit import record, verify
from bot.settings import Settings
from bot.wiring import Rooms
from tests.support.postgres import beside, in_postgres
from tests.support.record import opened, said, say

NOW = datetime(2026, 11, 23, 4, 0, 0, 123456, tzinfo=UTC)


async def test_the_revisions_lead_to_the_tables_of_the_rooms(rooms: Rooms) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with rooms.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_keeps_what_is_there(rooms: Rooms) -> None:
    talk = await opened(rooms)
    await say(rooms, talk, "余额")
    before = await said(rooms, talk)
    await asyncio.to_thread(wiring.migrate, rooms.settings)
    assert await said(rooms, talk) == before


async def test_the_folder_of_a_new_record_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new/folder/record.db"
    settings = Settings(database_url=f"sqlite+aiosqlite:///{path}", var=tmp_path)
    await asyncio.to_thread(wiring.migrate, settings)
    database = Database(settings.database)
    await database.ping()
    await database.close()
    assert path.exists()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"e{os.urandom(6).hex()}"
    in_postgres(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield beside(server, name).replace("postgresql://", "postgresql+psycopg://")
    in_postgres(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def revise(url: str, verb: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", "bot/migrations")
    config.attributes["url"] = url
    getattr(command, verb)(config, revision)


async def test_what_was_audited_before_there_was_a_chain_is_chained(empty: str) -> None:
    await asyncio.to_thread(revise, empty, "upgrade", "0001")
    database = Database(empty)
    async with database.write() as connection:
        for number in (1, 2, 5):  # a number was lost with a transaction
            await connection.execute(
                text("INSERT INTO audit (id, at, actor, action, details) VALUES (:id, :at, 'system', 'act', :more)"),
                {"id": number, "at": "2026-11-23 04:00:00.123456+00:00" if database.is_sqlite else NOW, "more": "{}"},
            )
    await asyncio.to_thread(revise, empty, "upgrade", "0004")
    async with database.write() as connection:
        await record(connection, at=NOW, actor="system", action="act", n=1)
    async with database.read() as connection:
        report = await verify(connection)
        assert (report.length, report.fault) == (4, None)
    async with database.read() as connection:
        ids = list((await connection.execute(text("SELECT id FROM audit ORDER BY id"))).scalars())
    assert ids == [1, 2, 5, 6]
    await database.close()


async def test_the_chain_can_be_taken_back(empty: str) -> None:
    await asyncio.to_thread(revise, empty, "upgrade", "0004")
    await asyncio.to_thread(revise, empty, "downgrade", "0001")
    await asyncio.to_thread(revise, empty, "upgrade", "0004")
    database = Database(empty)
    async with database.read() as connection:
        assert (await verify(connection)).length == 0
    await database.close()
