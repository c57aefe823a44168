"""Statements that are made once find and refuse what any statement of SQLAlchemy does."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.database import Database, UtcTime
from bot.prepared import made_once, prepared

things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String(8), nullable=False),
    Column("at", UtcTime),
    Column("payload", JSON),
)

ADD = insert(things)
FIND = select(things).where(things.c.id >= bindparam("least"), things.c.name != "hidden").order_by(things.c.id)
CHANGE = update(things).where(things.c.id == bindparam("number"))

NOON = datetime(2026, 3, 1, 12, 0, 0, 250, tzinfo=UTC)
ROWS = [
    {"id": 1, "name": "一", "at": NOON, "payload": {"of": ["a", None], "n": 1.5}},
    {"id": 2, "name": "hidden", "at": None, "payload": None},
    {"id": 3, "name": "it's", "at": NOON + timedelta(days=1), "payload": []},
]


@pytest.fixture(params=[True, False], ids=["in the loop", "by aiosqlite"])
async def database(request: pytest.FixtureRequest, tmp_path: Path):
    ours = Database(f"sqlite+aiosqlite:///{tmp_path / 'record.db'}", in_loop=request.param)
    async with ours.write() as connection:
        await connection.run_sync(things.metadata.create_all)
    yield ours
    await ours.close()


async def fill(database: Database, statement) -> None:
    async with database.write() as connection:
        for row in ROWS:
            await connection.execute(statement, row)


@pytest.mark.parametrize("written", [ADD, made_once(ADD)], ids=["made anew", "made once"])
async def test_rows_are_found_as_they_were_written(database, written):
    await fill(database, written)
    async with database.read() as connection:
        for statement in (FIND, made_once(FIND)):
            found = await connection.execute(statement, {"least": 1})
            assert [row._asdict() for row in found] == [ROWS[0], ROWS[2]]


async def test_each_call_has_its_own_parameters(database):
    await fill(database, made_once(ADD))
    find = made_once(FIND)
    async with database.read() as connection:
        assert len((await connection.execute(find, {"least": 1})).all()) == 2
        assert (await connection.execute(find, {"least": 2})).one().name == "it's"
        assert (await connection.execute(find, {"least": 4})).one_or_none() is None


async def test_only_what_is_named_is_changed(database):
    await fill(database, made_once(ADD))
    change = made_once(CHANGE)
    async with database.write() as connection:
        await connection.execute(change, {"number": 1, "name": "new"})
        await connection.execute(change, {"number": 3, "at": NOON})
    async with database.read() as connection:
        first, third = (await connection.execute(made_once(FIND), {"least": 1})).all()
    assert (first.name, first.at, third.name, third.at) == ("new", NOON, "it's", NOON)


async def test_a_reader_sees_one_moment(database, tmp_path):
    await fill(database, made_once(ADD))
    find = made_once(FIND)
    async with database.read() as connection:
        assert len((await connection.execute(find, {"least": 1})).all()) == 2
        with closing(sqlite3.connect(tmp_path / "record.db")) as other, other:
            other.execute("delete from things")
        assert len((await connection.execute(find, {"least": 1})).all()) == 2


async def test_what_the_record_refuses_is_refused_by_the_same_error(database):
    await fill(database, made_once(ADD))
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await connection.execute(made_once(ADD), ROWS[0])


async def test_a_failed_transaction_leaves_nothing_of_it(database):
    async def fail() -> None:
        async with database.write() as connection:
            await connection.execute(made_once(ADD), ROWS[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.read() as connection:
        assert (await connection.execute(made_once(FIND), {"least": 1})).all() == []


async def test_where_another_process_is_in_the_way_it_is_waited_for(tmp_path):
    ours = Database(f"sqlite+aiosqlite:///{tmp_path / 'record.db'}", in_loop=True)
    async with ours.write() as connection:
        await connection.run_sync(things.metadata.create_all)
    with closing(sqlite3.connect(tmp_path / "record.db")) as other:
        other.execute("begin immediate")
        async with ours.engine.begin() as connection:  # takes its lock not before the first write
            writing = asyncio.create_task(connection.execute(made_once(ADD), ROWS[0]))
            await asyncio.sleep(0.02)
            assert not writing.done()
            other.rollback()
            await writing
    async with ours.read() as connection:
        assert len((await connection.execute(made_once(FIND), {"least": 1})).all()) == 1
    await ours.close()


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        (FIND, ()),
        (CHANGE, ("name",)),
        (select(things).where(things.c.id.in_([1, 2])), ()),
    ],
    ids=["of a condition", "of the row", "a list that is written out at each call"],
)
def test_a_parameter_that_is_missing_is_said_before_anything_is_run(statement, names, tmp_path):
    dialect = Database(f"sqlite+aiosqlite:///{tmp_path / 'record.db'}", in_loop=True).engine.dialect
    with pytest.raises(ValueError, match="not to be prepared"):
        prepared(made_once(statement), names, dialect)
