"""Backup and restore of the whole record: one encrypted file, proven before anybody needs it (R18, D15)."""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from bot.backup import postgres, sqlite
from bot.backup.manifest import Checks, Manifest, check, manifest_of, unpacked
from bot.backup.sealing import Sealer, head_of, unsealed
from bot.clock import Clock
from bot.database import Database
from bot.errors import BadRequest, Conflict
from bot.records import audit
from bot.records.cipher import Cipher
from bot.records.rekey import Sealed

SQLITE, POSTGRES = "sqlite", "postgresql"


@dataclass
class Backups:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    cipher: Cipher
    sealed: tuple[Sealed, ...]

    async def back_up(self, path: Path) -> Manifest:
        """Write the record, as it is at one moment, into a new file; others go on writing.

        Raises:
            Conflict: the file exists (`file_exists`); UnavailableError: a tool is missing or failed.
        """
        with _new(path) as file:
            manifest = await (self._sqlite(file) if self.database.is_sqlite else self._postgres(file))
        await self._note(self.database, "backup_made", manifest)
        return manifest

    async def restore(self, path: Path, into: str) -> tuple[Manifest, Checks]:
        """Put a backup into an empty folder (SQLite) or an empty database (PostgreSQL), and check it.

        Raises:
            BadRequest: damaged, or of the other kind of database (`backup_damaged`, `backup_kind`).
            Conflict: the place is not empty (`restore_not_empty`).
            UnavailableError: the key or a tool is missing.
        """
        with path.open("rb") as file:
            manifest, database = await self._put(file, into)
        try:
            async with database.read() as connection:
                checks = await check(connection, manifest, self.cipher, self.sealed)
            if not checks.problems:
                await self._note(database, "restored", manifest)
        finally:
            await database.close()
        return manifest, checks

    async def verify(self, path: Path) -> tuple[Manifest, Checks]:
        """Restore into a place that is thrown away afterwards, and check it.

        Raises:
            BadRequest, UnavailableError: as for `restore`.
        """
        with path.open("rb") as file:
            kind = head_of(file).kind
        async with self._place(kind) as place:
            return await self.restore(path, place)

    async def _sqlite(self, file: BinaryIO) -> Manifest:
        record = Path(str(self.database.url.database))
        with sqlite.copy_of(record) as copy:
            database = Database(f"sqlite+aiosqlite:///{copy}")
            try:
                async with database.read() as connection:
                    manifest = await manifest_of(connection, self._now())
            finally:
                await database.close()  # brings everything into the one file
            sealer = Sealer(file, self.cipher, SQLITE)
            sealer.write(manifest.packed())
            for part in sqlite.chunks_of(copy):
                sealer.write(part)
            sealer.close()
        return manifest

    async def _postgres(self, file: BinaryIO) -> Manifest:
        """The counts and the dump see one snapshot."""
        postgres.require_tool("pg_dump")
        async with self.database.read() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            snapshot = (await connection.execute(text("SELECT pg_export_snapshot()"))).scalar_one()
            manifest = await manifest_of(connection, self._now())
            sealer = Sealer(file, self.cipher, POSTGRES)
            sealer.write(manifest.packed())
            async for part in postgres.dump(self.database.url, str(snapshot)):
                sealer.write(part)
            sealer.close()
        return manifest

    async def _put(self, file: BinaryIO, into: str) -> tuple[Manifest, Database]:
        head = head_of(file)
        url = _address(into)
        if head.kind != (POSTGRES if url else SQLITE):
            raise BadRequest("backup_kind", kind=head.kind)
        if url is None:
            sqlite.require_empty(Path(into))
        manifest, data = unpacked(unsealed(file, head, self.cipher))
        if url is None:
            record = sqlite.put_into(Path(into), data)
            return manifest, Database(f"sqlite+aiosqlite:///{record.absolute()}")
        return manifest, await _into_postgres(url, data)

    @asynccontextmanager
    async def _place(self, kind: str) -> AsyncIterator[str]:
        """An empty place for this kind, gone afterwards; PostgreSQL makes a database beside the record."""
        if kind == SQLITE:
            with tempfile.TemporaryDirectory(prefix="qiantai-verify-") as folder:
                yield folder
            return
        if self.database.is_sqlite:
            raise BadRequest("backup_kind", kind=kind)
        name = f"qiantai_verify_{os.urandom(6).hex()}"
        await self._beside(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            yield self.database.url.set(database=name).render_as_string(hide_password=False)
        finally:
            await self._beside(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _beside(self, statement: str) -> None:
        """One statement outside any transaction."""
        async with self.database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text(statement))

    async def _note(self, database: Database, action: str, manifest: Manifest) -> None:
        async with database.write() as connection:
            await audit.record(
                connection, at=self.clock.now(), actor="system", action=action,
                rows=sum(manifest.counts.values()), audit_length=manifest.audit_length,
                audit_hash=manifest.audit_hash,
            )

    def _now(self) -> str:
        return self.clock.now().isoformat().replace("+00:00", "Z")


@contextmanager
def _new(path: Path) -> Iterator[BinaryIO]:
    """A file that is there when it is whole, for its owner alone; never in the place of another one."""
    if path.exists():
        raise Conflict("file_exists", state="exists")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


async def _into_postgres(url: URL, data: Iterator[bytes]) -> Database:
    database = Database(url.render_as_string(hide_password=False))
    try:
        async with database.read() as connection:
            await postgres.require_empty(connection)
        await postgres.load(url, data)
    except BaseException:
        await database.close()
        raise
    return database


def _address(into: str) -> URL | None:
    """The database's address, with our driver; None when it names a folder."""
    if "://" not in into:
        return None
    url = make_url(into)
    if url.get_backend_name() != POSTGRES:
        raise BadRequest("backup_kind", kind=url.get_backend_name())
    return url.set(drivername="postgresql+psycopg")
