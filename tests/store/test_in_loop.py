"""SQLite in the loop's own thread: it waits for others without keeping anybody here from working."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import sqlite
from bot.database import Database
from bot.errors import UnavailableError


@pytest.fixture
async def database(tmp_path: Path):
    ours = Database(f"sqlite+aiosqlite:///{tmp_path / 'record.db'}", in_loop=True)
    async with ours.write() as connection:
        await connection.execute(text("create table words (word text)"))
    yield ours
    await ours.close()


async def write(database: Database, word: str = "x") -> None:
    async with database.write() as connection:
        await connection.execute(text("insert into words values (:word)"), {"word": word})


async def words(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.execute(text("select word from words order by rowid"))).scalars())


async def nothing_is_written_until_it_is_well(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnavailableError):
        await write(database)
    monkeypatch.undo()
    await write(database, "later")
    assert await words(database) == ["later"]


def lock_elsewhere(path: Path) -> sqlite3.Connection:
    """Another process in the middle of a write."""
    other = sqlite3.connect(path)
    other.execute("begin immediate")
    return other


async def test_readers_go_on_while_a_writer_waits_for_another_process(database, tmp_path):
    with closing(lock_elsewhere(tmp_path / "record.db")) as other:
        writing = asyncio.create_task(write(database))
        for _ in range(20):
            assert await words(database) == []
            await asyncio.sleep(0.001)
        assert not writing.done()
        other.rollback()
        await writing
    assert await words(database) == ["x"]


async def test_more_readers_than_connections_take_turns(database):
    async def read() -> int:
        async with database.read() as connection:
            found = await connection.execute(text("select 7"))
            await asyncio.sleep(0.005)
            return found.scalar_one()

    assert await asyncio.gather(*(read() for _ in range(40))) == [7] * 40


async def test_a_reader_that_meets_a_lock_reads_all_the_same(database, monkeypatch):
    await write(database)
    run, met = sqlite._Cursor.execute, []

    def execute(cursor, operation, parameters=()):
        if operation.startswith("select") and not met:
            met.append(operation)
            locked = sqlite3.OperationalError("database is locked")
            locked.sqlite_errorcode = sqlite3.SQLITE_BUSY_RECOVERY
            raise locked
        return run(cursor, operation, parameters)

    monkeypatch.setattr(sqlite._Cursor, "execute", execute)
    assert await words(database) == ["x"]
    assert met


async def test_who_waits_too_long_for_another_process_writes_nothing(database, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)
    with closing(lock_elsewhere(tmp_path / "record.db")), pytest.raises(UnavailableError):
        await write(database)
    await write(database, "later")
    assert await words(database) == ["later"]


async def test_a_transaction_that_can_not_begin_is_the_database_being_away(database, monkeypatch):
    def fail(*_):
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(sqlite._Connection, "execute", fail, raising=False)
    monkeypatch.setattr(sqlite._Cursor, "execute", fail)
    await nothing_is_written_until_it_is_well(database, monkeypatch)


async def test_a_commit_that_fails_is_never_taken_for_done(database, monkeypatch):
    def fail(connection):
        connection.rollback()  # as SQLite does itself
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite._Connection, "commit", fail, raising=False)
    await nothing_is_written_until_it_is_well(database, monkeypatch)


async def test_who_waits_too_long_for_a_writer_of_this_process_writes_nothing(database, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)
    async with database.write():
        with pytest.raises(UnavailableError):
            await write(database)
    assert await words(database) == []


async def test_writers_of_this_process_come_in_their_order(database):
    await asyncio.gather(*(write(database, str(number)) for number in range(50)))
    assert await words(database) == [str(number) for number in range(50)]


async def test_a_result_left_half_read_shows_no_old_moment_later(database, tmp_path):
    for word in "abc":
        await write(database, word)
    async with database.read() as connection:
        left = iter(await connection.execute(text("select word from words")))
        next(left)
    with closing(sqlite3.connect(tmp_path / "record.db")) as other, other:
        other.execute("delete from words")
    await write(database, "new")
    assert await words(database) == ["new"]


async def test_what_is_cancelled_during_its_commit_is_kept_or_not_but_never_half(database, tmp_path):
    for moment in range(60):
        task = asyncio.create_task(_two_words(database))
        await asyncio.wait({task}, timeout=moment / 20_000)
        task.cancel()
        await asyncio.wait({task})
    kept = await words(database)
    assert kept.count("first") == kept.count("second")
    with closing(sqlite3.connect(tmp_path / "record.db", timeout=0)) as other:
        other.execute("begin immediate")  # nobody holds a lock any more


async def _two_words(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("insert into words values ('first')"))
        await connection.execute(text("insert into words values ('second')"))


async def test_an_error_of_a_statement_is_the_same_as_elsewhere(database):
    with pytest.raises(UnavailableError):
        async with database.read() as connection:
            await connection.execute(text("select nothing from nowhere"))
