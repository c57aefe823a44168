"""A task that is cut off in the middle of a write keeps nobody else from writing."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.database import Database

#: Cut off after so many seconds, so that every moment of a write is met.
MOMENTS = [moment / 40_000 for moment in range(200)]


@pytest.fixture(params=[False, True], ids=["in threads", "in the loop"])
async def database(tmp_path: Path, request: pytest.FixtureRequest):
    ours = Database(f"sqlite+aiosqlite:///{tmp_path / 'record.db'}", in_loop=request.param)
    async with ours.write() as connection:
        await connection.execute(text("create table words (word text)"))
    yield ours
    await ours.close()


def write_elsewhere(path: Path) -> None:
    """What another process does; it waits for a moment, not for ever."""
    with sqlite3.connect(path, timeout=2) as connection:
        connection.execute("begin immediate")


@pytest.mark.slow
async def test_a_write_that_is_cut_off_lets_the_next_one_in(database, tmp_path):
    async def write() -> None:
        while True:
            async with database.write() as connection:
                await connection.execute(text("insert into words values ('x')"))
                await connection.execute(text("select word from words limit 1"))

    cut_off = []  # keeps what a traceback keeps
    for moment in MOMENTS:
        tasks = [asyncio.create_task(write()) for _ in range(2)]
        await asyncio.wait(tasks, timeout=moment)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        cut_off += tasks
        await asyncio.to_thread(write_elsewhere, tmp_path / "record.db")
    assert all(task.cancelled() for task in cut_off)
