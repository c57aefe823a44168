"""A SQLite record out and in. The copy is made by the database itself while others write."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.backup.sealing import CHUNK
from bot.errors import Conflict

NAME = "qiantai.db"


@contextmanager
def copy_of(path: Path) -> Iterator[Path]:
    """A consistent copy beside the record, for its owner alone, gone afterwards.

    VACUUM INTO reads one moment of the record and leaves out what was erased.
    """
    with tempfile.TemporaryDirectory(prefix="backup-", dir=path.parent) as folder:
        copy = Path(folder) / NAME
        connection = sqlite3.connect(path, timeout=30)
        try:
            connection.execute("VACUUM INTO ?", (str(copy),))
        finally:
            connection.close()
        copy.chmod(0o600)
        yield copy


def chunks_of(path: Path) -> Iterator[bytes]:
    """The file's bytes."""
    with path.open("rb") as file:
        while part := file.read(CHUNK):
            yield part


def require_empty(folder: Path) -> None:
    """Refuse a folder in which something is.

    Raises:
        Conflict: a file or folder is there (`restore_not_empty`).
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict("restore_not_empty", state="not_empty")


def put_into(folder: Path, data: Iterator[bytes]) -> Path:
    """Write the record into an empty folder; when the data breaks off nothing is left of it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, part = folder / NAME, folder / f"{NAME}.part"
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            for chunk in data:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
