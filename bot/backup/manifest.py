"""What a backup says it holds, and whether a record holds it (D15)."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, func, inspect, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import BadRequest, UnavailableError
from bot.records import audit
from bot.records.cipher import Cipher
from bot.records.rekey import Sealed, sample

#: Encrypted values of each column that are tried, from either end.
SAMPLE = 20
_LENGTH = 8


@dataclass(frozen=True)
class Manifest:
    """The record at the moment of the backup."""

    made_at: str
    revision: str
    counts: dict[str, int]
    audit_length: int
    audit_hash: str

    def packed(self) -> bytes:
        """As it stands before the data."""
        body = orjson.dumps(asdict(self))
        return len(body).to_bytes(_LENGTH) + body


@dataclass(frozen=True)
class Checks:
    """What was looked at in a restored record; it is good when there is no problem."""

    rows: int
    tables: int
    audit_length: int
    audit_hash: str
    decrypted: int
    problems: list[str] = field(default_factory=list)


async def manifest_of(connection: AsyncConnection, made_at: str) -> Manifest:
    """Count the record as this transaction sees it."""
    head = await audit.head_of(connection)
    revision = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
    return Manifest(made_at, str(revision), await counts_of(connection), head.length, head.hash)


async def counts_of(connection: AsyncConnection) -> dict[str, int]:
    """Rows of every table."""
    names = sorted(await connection.run_sync(_tables))
    return {
        name: int((await connection.execute(select(func.count()).select_from(table(name)))).scalar_one())
        for name in names
    }


async def check(
    connection: AsyncConnection, manifest: Manifest, cipher: Cipher, sealed: tuple[Sealed, ...]
) -> Checks:
    """Counts, the audit's chain, references between tables, and a sample of what is encrypted."""
    report = await audit.verify(connection)
    counts = await counts_of(connection)
    problems = [
        f"{name}: {counts.get(name)} rows, {manifest.counts.get(name)} were backed up"
        for name in sorted(counts.keys() | manifest.counts.keys())
        if counts.get(name) != manifest.counts.get(name)
    ]
    if report.fault:
        problems.append(f"audit: row {report.fault.id} is {report.fault.kind}")
    if (report.length, report.hash) != (manifest.audit_length, manifest.audit_hash):
        problems.append("audit: it does not end as it did")
    problems += await _broken_references(connection)
    try:
        decrypted = await sample(connection, cipher, sealed, SAMPLE)
    except UnavailableError:
        decrypted = 0
        problems.append("encrypted values can not be read with the keys that are here")
    return Checks(sum(counts.values()), len(counts), report.length, report.hash, decrypted, problems)


def unpacked(plain: Iterator[bytes]) -> tuple[Manifest, Iterator[bytes]]:
    """The manifest, and the data after it.

    Raises:
        BadRequest: there is none (`backup_damaged`).
    """
    buffer = bytearray()
    for part in plain:
        buffer += part
        size = int.from_bytes(buffer[:_LENGTH])
        if len(buffer) >= _LENGTH + size:
            body, rest = bytes(buffer[_LENGTH : _LENGTH + size]), bytes(buffer[_LENGTH + size :])
            return Manifest(**orjson.loads(body)), _after(rest, plain)
    raise BadRequest("backup_damaged")


def _after(rest: bytes, plain: Iterator[bytes]) -> Iterator[bytes]:
    yield rest
    yield from plain


async def _broken_references(connection: AsyncConnection) -> list[str]:
    """PostgreSQL makes the references anew and fails when one is broken; SQLite is asked."""
    if connection.dialect.name != "sqlite":
        return []
    problems = [
        f"{row[0]}: a row refers to nothing in {row[2]}"
        for row in await connection.execute(text("PRAGMA foreign_key_check"))
    ]
    whole: Any = (await connection.execute(text("PRAGMA integrity_check"))).scalars().first()
    return problems if whole == "ok" else [*problems, f"the file is not whole: {whole}"]


def _tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()
