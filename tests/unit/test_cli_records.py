"""Commands about the record as a whole: what they print, and how they end."""

import asyncio
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from bot import cli, wiring
from bot.conversation.store import Draft, append, conversations, lock
from bot.records.incident_states import FIELDS
from bot.settings import from_process

pytestmark = [
    pytest.mark.slow,  # each makes a record of its own
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def var(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder with one account in its record, and so one audit row."""
    monkeypatch.setenv("QIANTAI_VAR", str(tmp_path / "var"))
    assert cli.main(["staff", "add", "Bo", "--role", "agent"]) == 0
    return tmp_path / "var"


def change(var: Path, *statements: str) -> None:
    with sqlite3.connect(var / "qiantai.db") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_whole_audit_prints_its_length_and_last_hash(
    var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert cli.main(["audit", "verify"]) == 0
    with sqlite3.connect(var / "qiantai.db") as connection:
        (last,) = connection.execute("SELECT hash FROM audit_head").fetchone()
    assert capsys.readouterr().out == f"✓ 1 rows, the last hash is {last}\n"


def test_a_changed_audit_names_the_row_and_ends_with_1(
    var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(var, "DROP TRIGGER audit_no_update", "UPDATE audit SET actor = 'x'")
    capsys.readouterr()
    assert cli.main(["audit", "verify"]) == 1
    assert "audit row 1: changed" in capsys.readouterr().out


def test_what_a_colleague_has_seen_is_listed_and_that_is_audited(
    var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert cli.main(["audit", "seen", "8001"]) == 0
    assert capsys.readouterr().out == "0 looked at, 0 looks\n"
    with sqlite3.connect(var / "qiantai.db") as connection:
        query = "SELECT action, subject FROM audit ORDER BY id DESC LIMIT 1"
        assert connection.execute(query).fetchone() == ("looks_listed", "8001")


def test_a_backup_is_made_proven_and_restored(
    var: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "one.backup"
    assert cli.main(["backup", str(file)]) == 0
    assert cli.main(["restore", str(file), "--verify"]) == 0
    assert "checked and thrown away" in capsys.readouterr().out
    assert cli.main(["restore", str(file), "--into", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new/qiantai.db").exists()
    assert cli.main(["restore", str(file), "--into", str(tmp_path / "new")]) == 1
    assert "only restored into an empty place" in capsys.readouterr().err


def test_a_backup_without_a_name_goes_below_the_data_folder(var: Path) -> None:
    assert cli.main(["backup"]) == 0
    (file,) = (var / "backups").iterdir()
    assert file.name.startswith("qiantai-")
    assert file.suffix == ".backup"


def test_a_damaged_backup_is_refused_in_words(
    var: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "one.backup"
    cli.main(["backup", str(file)])
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert cli.main(["restore", str(file), "--verify"]) == 1
    assert "not whole, or has been changed" in capsys.readouterr().err


def test_a_backup_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["restore", "nowhere.backup", "--verify"]) == 1
    assert "There is no such file. (nowhere.backup)" in capsys.readouterr().err


def test_what_would_end_is_told_and_nothing_ends(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.main(["records", "retention", "--dry-run"]) == 0
    assert capsys.readouterr().out == "nothing has had its time\n"


def test_the_number_of_renewed_values_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.main(["records", "rekey"]) == 0
    assert "       0  staff.totp_seed" in capsys.readouterr().out.splitlines()


def test_whole_transcripts_are_counted_and_a_changed_one_is_named(
    var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def talk() -> str:
        ours = wiring.rooms(from_process())
        async with ours.database.write() as connection:
            await connection.execute(insert(conversations).values(**conversation(ours.clock.now())))
            locked = await lock(connection, TALK)
            await append(connection, locked, Draft("bot", "您好"), now=ours.clock.now())
        await ours.database.close()
        await ours.redis.aclose()
        return TALK

    asyncio.run(talk())
    capsys.readouterr()
    assert cli.main(["audit", "transcripts"]) == 0
    assert "✓ 1 messages in 1 conversations are as they were written" in capsys.readouterr().out
    change(var, "UPDATE messages SET text = '您好吗'")
    assert cli.main(["audit", "transcripts"]) == 1
    assert f"✗ message 1 of conversation {TALK}: changed" in capsys.readouterr().out


TALK = "9d1c0a52-0f4b-4c63-8f5e-1a0a3b7c2d10"


def conversation(at: datetime) -> dict[str, Any]:
    """A new conversation's row."""
    return {
        "id": TALK, "token_hash": "x", "language": "zh", "owner": "bot", "epoch": 1, "last_seq": 0,
        "session_no": 1, "created_at": at, "context": {},
    }


def test_an_incident_is_led_to_its_end(var: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["staff", "add", "Zhao", "--role", "compliance", "--number", "8100"]) == 0
    by = ["--by", "8100"]
    capsys.readouterr()
    assert cli.main(["incident", "open", "a list went to a wrong address", *by]) == 0
    reference = capsys.readouterr().out.split()[0]
    assert cli.main(["incident", "close", reference, *by]) == 1
    assert "Something is still missing: data_kinds, cause" in capsys.readouterr().err
    for field in FIELDS:
        assert cli.main(["incident", "fill", reference, field, "known", *by]) == 0
    assert cli.main(["incident", "told", reference, "authority", *by]) == 0
    assert cli.main(["incident", "close", reference, *by]) == 0
    capsys.readouterr()
    assert cli.main(["incident", "list", *by]) == 0
    assert capsys.readouterr().out == f"{reference}  closed  a list went to a wrong address; all six fields are there\n"
    assert cli.main(["incident", "show", reference, *by]) == 0
    shown = capsys.readouterr().out
    assert [word for word in ("opened", "filled", "authority_told", "closed") if word not in shown] == []


def test_an_incident_is_nobodys_who_does_not_work_here(var: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["incident", "list", "--by", "1"]) == 1
    assert cli.main(["incident", "list", "--by", "8001"]) == 1  # an agent
