"""SQLite as the record: durable, patient with other writers, and for the chat in the event loop's own thread.

aiosqlite hands every execute, fetch and close to a thread of its own, which costs many times what SQLite
needs for it. A process whose statements are all short runs them where it is instead (decision 17), and begins and
commits there too, without the greenlet by which SQLAlchemy waits for a coroutine. What may take long still lets the
loop go on: other writers are waited for asleep, and a commit, which waits for the disk, has a thread.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import Executable, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL, Result, RootTransaction
from sqlalchemy.exc import DBAPIError, MissingGreenlet, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only
from sqlalchemy.util.concurrency import in_greenlet

from bot.prepared import Statement, is_made_once, prepared

#: How long a writer waits for another one, in seconds (D09).
BUSY_TIMEOUT_S = 5.0
#: Pause between looks whether another process's lock is gone, in seconds.
LOOK_S = 0.002
#: SQLAlchemy's name for SQLite in the loop's own thread.
IN_LOOP = "sqlite+inloop"


def prepare(engine: AsyncEngine) -> None:
    """Have every connection of the engine keep what is promised of the record."""
    event.listen(engine.sync_engine, "connect", _connected)
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "invalidate", _let_go)


def _connected(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin
    cursor = connection.cursor()
    in_loop = isinstance(connection, _Connection)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an acked message survives a power cut (D09)
        f"busy_timeout={0 if in_loop else round(BUSY_TIMEOUT_S * 1000)}",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is erased is overwritten, not only let go (L06)
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Any) -> None:
    statement = "BEGIN IMMEDIATE" if connection.get_execution_options().get("qiantai_write") else "BEGIN"
    driver = connection.connection.dbapi_connection
    if isinstance(driver, _Connection) and not in_greenlet():
        driver.execute(statement)  # a tenth of what SQLAlchemy takes for it
    else:
        connection.exec_driver_sql(statement)


def _let_go(connection: Any, _record: Any, _cause: BaseException | None) -> None:
    """Roll back what a cancelled task has begun, before its connection is closed.

    SQLite keeps a closed connection's locks for as long as a half-read result lives in a
    traceback somewhere, and with them everybody out.
    """
    with suppress(Exception):
        connection.rollback()


class _Cursor(sqlite3.Cursor):
    """Waits asleep where SQLAlchemy can wait, and reads all rows at once: a result left half read would keep its
    snapshot.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._rows: deque[Any] = deque()

    def execute(self, operation: str, parameters: Any = ()) -> "_Cursor":
        if in_greenlet():
            await_only(_patiently(super().execute, operation, parameters))
        else:
            super().execute(operation, parameters)
        self._rows = deque(super().fetchall() if self.description else ())
        return self

    def executemany(self, operation: str, parameters: Any) -> "_Cursor":
        if in_greenlet():
            await_only(_patiently(super().executemany, operation, parameters))
        else:
            super().executemany(operation, parameters)
        return self

    def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return [self._rows.popleft() for _ in range(min(size or self.arraysize, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        rows, self._rows = list(self._rows), deque()
        return rows

    async def _async_soft_close(self) -> None:
        """What SQLAlchemy calls to let go of a result's lock: none is held."""


class _Connection(sqlite3.Connection):
    def rows(self, operation: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
        """Run it here and now, and read all it finds."""
        return sqlite3.Cursor(self).execute(operation, parameters).fetchall()

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class InLoopConnection(AsyncConnection):
    """Runs a statement where it is; by SQLAlchemy's greenlet only where something is in the way."""

    async def start(self, is_ctxmanager: bool = False) -> "InLoopConnection":
        try:
            self.sync_connection = self._assign_proxied(self.sync_engine.connect())
        except (MissingGreenlet, OperationalError):  # all are in use; a new one meets another process's lock
            await super().start(is_ctxmanager)
        return self

    async def execute(self, statement: Executable, parameters: Any = None, **options: Any) -> Any:
        if parameters and is_made_once(statement):
            with suppress(sqlite3.Error):  # a refused statement has done nothing; SQLAlchemy waits, or says why
                return self._prepared(statement, parameters)
        try:
            return self._proxied.execute(statement, parameters, **options)
        except OperationalError as exc:
            if not _is_busy(exc.orig):
                raise
        return await super().execute(statement, parameters, **options)

    def _prepared(self, statement: Statement, parameters: dict[str, Any]) -> Result[Any]:
        if not self._proxied.in_transaction():
            self._proxied.begin()
        driver: Any = self._proxied.connection.dbapi_connection
        return prepared(statement, tuple(parameters), self.dialect).result(driver.rows, parameters)

    async def close(self) -> None:
        if self.sync_connection:
            self.sync_connection.close()

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        await self.close()  # it does not wait, so it needs no task to be safe from being cancelled


class InLoopEngine(AsyncEngine):
    """Connections that run their statements where they are, and transactions that begin and end there."""

    _connection_cls = InLoopConnection

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        async with self.connect() as connection:
            begun = _begun(connection)
            if begun:
                yield connection
                await _commit(begun)
        if not begun:
            async with super().begin() as patient:
                yield patient


def _begun(connection: AsyncConnection) -> RootTransaction | None:
    """A transaction on this connection; None, and the connection is of no more use, where something is in the way.

    SQLAlchemy's own way waits for another process's lock, and says what else is wrong.
    """
    try:
        return connection.sync_connection.begin() if connection.sync_connection else None
    except sqlite3.Error:
        return None


async def _commit(transaction: RootTransaction) -> None:
    """Commit, and tell SQLAlchemy once it is done.

    Raises:
        DBAPIError: nothing was written. The connection says nothing of it: a full disk has ended the transaction too.
    """
    driver: Any = transaction.connection.connection.dbapi_connection
    try:
        await _committed(driver)
    except sqlite3.Error as exc:
        raise DBAPIError.instance("COMMIT", None, exc, sqlite3.Error) from exc
    transaction.commit()


class InLoopDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect for Python's own driver, told that it may wait for coroutines."""

    driver = "inloop"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    def create_connect_args(self, url: URL) -> Any:
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "factory": _Connection, "check_same_thread": False, "timeout": 0}

    def do_commit(self, dbapi_connection: Any) -> None:
        if dbapi_connection.in_transaction:  # else it is done already
            await_only(_committed(dbapi_connection))

    def get_driver_connection(self, connection: Any) -> Any:
        return connection


async def _patiently(execute: Callable[..., Any], *arguments: Any) -> None:
    """Execute, once other processes' locks allow it; what a lock refuses has done nothing.

    Raises:
        sqlite3.OperationalError: it is still locked after `BUSY_TIMEOUT_S`, or something else is wrong.
    """
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            execute(*arguments)
        except sqlite3.OperationalError as exc:
            if not _is_busy(exc) or time.monotonic() > until:
                raise
        else:
            return
        await asyncio.sleep(LOOK_S)


def _is_busy(error: BaseException | None) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


async def _committed(connection: sqlite3.Connection) -> None:
    """Commit in a thread, and to its end: nobody may use the connection before, not even to roll back."""
    commit = asyncio.get_running_loop().run_in_executor(None, connection.commit)
    try:
        await asyncio.shield(commit)
    except asyncio.CancelledError:
        while not commit.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({commit})
        raise


registry.register("sqlite.inloop", __name__, InLoopDialect.__name__)
