"""A PostgreSQL record out and in, through PostgreSQL's own tools; plain data only ever run through a pipe."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.backup.sealing import CHUNK
from bot.errors import Conflict, UnavailableError

#: How much of what a tool complains of is told, in characters.
_SAID = 200
#: Options of an address whose variable is not simply their name without the underscore.
_NAMES = {"connect_timeout": "CONNECT_TIMEOUT", "application_name": "APPNAME"}


def require_tool(name: str) -> str:
    """Where the tool is.

    Raises:
        UnavailableError: it is not installed (`pg_tool_missing`).
    """
    path = shutil.which(name)
    if path is None:
        raise UnavailableError("pg_tool_missing", tool=name)
    return path


def environment(url: URL) -> dict[str, str]:
    """The address as the tools read it: a password in their arguments would be seen by everybody."""
    given = {
        "PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    more = {f"PG{_NAMES.get(name, name.replace('_', '').upper())}": value for name, value in url.query.items()}
    return {**os.environ, **{name: str(value) for name, value in {**given, **more}.items() if value}}


async def dump(url: URL, snapshot: str) -> AsyncIterator[bytes]:
    """The record at this snapshot.

    Raises:
        UnavailableError: pg_dump is missing or failed.
    """
    process = await asyncio.create_subprocess_exec(
        require_tool("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
        env=environment(url), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout  # noqa: S101 - for the type checker
    complaint = asyncio.create_task(_complaint(process))
    try:
        while part := await process.stdout.read(CHUNK):
            yield part
        await _ended_well(process, "pg_dump", complaint)
    finally:
        await _stop(process)


async def load(url: URL, data: Iterator[bytes]) -> None:
    """Put the dump into an empty database, whole or not at all.

    Raises:
        UnavailableError: pg_restore is missing or failed.
    """
    process = await asyncio.create_subprocess_exec(
        require_tool("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error",
        "--single-transaction", f"--dbname={url.database}",
        env=environment(url), stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin  # noqa: S101 - for the type checker
    complaint = asyncio.create_task(_complaint(process))
    try:
        try:
            for part in data:
                process.stdin.write(part)
                await process.stdin.drain()
            process.stdin.close()
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has stopped listening and says why
        await _ended_well(process, "pg_restore", complaint)
    finally:
        await _stop(process)  # a dump that breaks off is rolled back with its transaction


async def require_empty(connection: AsyncConnection) -> None:
    """Refuse a database in which a table is.

    Raises:
        Conflict: there is one (`restore_not_empty`).
    """
    query = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    if (await connection.execute(text(query))).scalar_one():
        raise Conflict("restore_not_empty", state="not_empty")


async def _complaint(process: asyncio.subprocess.Process) -> str:
    """The first line of what the tool complains of; later ones may tell of rows."""
    assert process.stderr  # noqa: S101 - for the type checker
    said = (await process.stderr.read()).decode(errors="replace").strip()
    return said.splitlines()[0][:_SAID] if said else ""


async def _ended_well(
    process: asyncio.subprocess.Process, tool: str, complaint: "asyncio.Task[str]"
) -> None:
    said = await complaint
    if await process.wait():
        raise UnavailableError("pg_tool_failed", tool=tool, said=said)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
