"""The record's database: one engine a process, SQLite and PostgreSQL alike.

Rooms define their own tables on `metadata` and nobody else's. A write transaction on
SQLite takes the write lock at once (BEGIN IMMEDIATE): a transaction that reads first and
writes later would otherwise fail with "database is locked" when two processes meet.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import DateTime, MetaData, text
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator

from bot import sqlite
from bot.errors import UnavailableError

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: last(connection): work that wants to come just before the commit.
Last = Callable[[AsyncConnection], Awaitable[None]]
_last: WeakKeyDictionary[AsyncConnection, list[Last]] = WeakKeyDictionary()


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time on every database; SQLite has no zone of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """The engine and its two kinds of transaction."""

    def __init__(self, url: str, *, in_loop: bool = False) -> None:
        """`in_loop`: SQLite's statements, all of them short, run in the event loop's own thread."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_pre_ping": True, "pool_size": 10}
        self._writers: asyncio.Lock | None = None
        if self.is_sqlite and in_loop:
            self.url = self.url.set(drivername=sqlite.IN_LOOP)
            self._writers = asyncio.Lock()
        engine = create_async_engine(self.url, **options)
        made = sqlite.InLoopEngine if self._writers else AsyncEngine
        self.engine: AsyncEngine = made(engine.sync_engine)
        #: the same connections, whose transactions take SQLite's write lock at once
        self._writing: AsyncEngine = made(engine.sync_engine.execution_options(qiantai_write=True))
        if self.is_sqlite:
            sqlite.prepare(self.engine)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits at the end; "acked means committed" (D01).

        Raises:
            UnavailableError: the database is away; nothing was written.
        """
        try:
            async with self._alone(), self._writing.begin() as connection:
                work: list[Last] = []
                _last[connection] = work
                yield connection
                for one in work:
                    await one(connection)
        except OperationalError as exc:
            raise UnavailableError("database", retry_after_s=5) from exc
        except DBAPIError as exc:
            if exc.connection_invalidated:
                raise UnavailableError("database", retry_after_s=5) from exc
            raise

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads.

        Raises:
            UnavailableError: the database is away.
        """
        try:
            async with self.engine.connect() as connection:
                yield connection
        except OperationalError as exc:
            raise UnavailableError("database", retry_after_s=5) from exc

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Writers in the loop come one after another, in their order, instead of looking for SQLite's lock."""
        if self._writers is None:
            yield
            return
        try:
            async with asyncio.timeout(sqlite.BUSY_TIMEOUT_S):
                await self._writers.acquire()
        except TimeoutError as exc:
            raise UnavailableError("database", retry_after_s=5) from exc
        try:
            yield
        finally:
            self._writers.release()

    async def ping(self) -> None:
        """Raise UnavailableError when the database does not answer."""
        async with self.read() as connection:
            await connection.execute(text("select 1"))

    async def close(self) -> None:
        await self.engine.dispose()


def before_commit(connection: AsyncConnection, work: Last) -> None:
    """Do this as the last thing of the write transaction; when it fails, nothing of it is kept.

    What everybody locks is locked here: it is held for the shortest time, and always after every
    other row, so that two writers never wait for each other.

    Raises:
        RuntimeError: the connection is not inside `Database.write`.
    """
    if connection not in _last:
        raise RuntimeError("only a write transaction has an end to wait for")
    _last[connection].append(work)
