"""Requests that were taken down before tickets had a life go on as tickets."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from bot import wiring
from bot.clock import FakeClock
from bot.content.catalogue import Catalogue
from bot.database import Database
from bot.records.cipher import cipher_of
from bot.records.ticket_alarms import raise_due
from bot.settings import Settings
from tests.support.postgres import beside, in_postgres
from tests.support.product import ROOT

REFERENCE = "R20261123-0001"
FILED = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"t{os.urandom(6).hex()}"
    in_postgres(server, f'CREATE DATABASE "{name}"')
    yield beside(server, name)
    in_postgres(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def upgrade(settings: Settings, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "bot/migrations"))
    config.attributes["url"] = settings.database
    command.upgrade(config, revision)


async def file_as_before(settings: Settings) -> None:
    """A request as the first shape of the record keeps it."""
    kept = cipher_of(settings).encrypt('{"matter":"补打对账单"}', REFERENCE)
    database = Database(settings.database)
    async with database.write() as connection:
        values = {"at": FILED, "due": FILED + timedelta(hours=24), "kept": kept, "reference": REFERENCE}
        for statement in (
            "INSERT INTO conversations (id, token_hash, language, owner, epoch, last_seq, session_no, created_at,"
            " context) VALUES ('c', '', 'zh', 'bot', 1, 0, 1, :at, '{}')",
            "INSERT INTO consents (id, conversation_id, purpose, version, language, channel, decision, at)"
            " VALUES (1, 'c', 'manual_request', '1', 'zh', 'web', 'given', :at)",
            "INSERT INTO tickets (reference, kind, conversation_id, consent_id, language, state, fields, created_at,"
            " due_at) VALUES (:reference, 'request', 'c', 1, 'zh', 'open', :kept, :at, :due)",
        ):
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            await connection.execute(text(statement), named)
    await database.close()


async def test_an_earlier_request_can_be_worked_and_rings(
    empty_url: str, redis_url: str, clock: FakeClock, catalogue: Catalogue, tmp_path: Path
) -> None:
    settings = Settings(database_url=empty_url, redis_url=redis_url, var=tmp_path)
    await asyncio.to_thread(upgrade, settings, "0001")
    await file_as_before(settings)
    await asyncio.to_thread(wiring.migrate, settings)
    rooms = wiring.rooms(settings, clock, catalogue)
    ticket = await rooms.tickets.find(REFERENCE)
    assert (ticket.state, ticket.received_at, ticket.due_at) == ("open", FILED, FILED + timedelta(hours=24))
    assert "补打对账单" in rooms.tickets.cipher.decrypt(ticket.fields, REFERENCE)
    clock.advance(25 * 3600)
    assert await raise_due(rooms.database, clock) == 1
    await rooms.database.close()
    await rooms.redis.aclose()
