"""Commands about the record as a whole: its audit, keys, retention, backups."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bot.errors import BadRequest
from bot.settings import from_process

if TYPE_CHECKING:  # a command imports what it needs: `run` has to start soon
    from bot.backup.manifest import Checks, Manifest
    from bot.records import audit
    from bot.records.retention import Swept
    from bot.records.seen import Seen
    from bot.wiring_records import RecordTools

T = TypeVar("T")


def add(commands: Any) -> None:
    """The commands and their options."""
    auditing = commands.add_parser("audit", help="who did what: rows that nobody can change unnoticed")
    verbs = auditing.add_subparsers(required=True, metavar="VERB")
    verify = verbs.add_parser("verify", help="follow the whole chain; 1 and the first bad row when it breaks")
    verify.set_defaults(do=_verify)
    seen = verbs.add_parser("seen", help="what a colleague has looked at, by number; no personal values")
    seen.add_argument("number", help="staff number, of somebody who has left too")
    seen.set_defaults(do=_seen)

    transcripts = verbs.add_parser("transcripts", help="the same of every message of every conversation")
    transcripts.set_defaults(do=_verify_transcripts)

    records = commands.add_parser("records", help="what is kept about people")
    verbs = records.add_subparsers(required=True, metavar="VERB")
    renew = verbs.add_parser("rekey", help="re-encrypt everything with the current data key")
    renew.set_defaults(do=_rekey)
    retain = verbs.add_parser("retention", help="end what has had its time")
    retain.add_argument("--dry-run", action="store_true", help="only say what would end")
    retain.set_defaults(do=_retention)

    _add_incidents(commands.add_parser("incident", help="what happened to personal data, and what was done"))

    backup = commands.add_parser("backup", help="one encrypted file of the whole record, while it is in use")
    backup.add_argument("file", nargs="?", type=Path, help="a new file; one below the data folder when left out")
    backup.set_defaults(do=_backup)

    restore = commands.add_parser("restore", help="put a backup into an empty place, or prove that it can be")
    restore.add_argument("file", type=Path)
    where = restore.add_mutually_exclusive_group(required=True)
    where.add_argument("--into", help="an empty folder (SQLite), or the address of an empty PostgreSQL database")
    where.add_argument("--verify", action="store_true", help="restore somewhere, check everything, throw it away")
    restore.set_defaults(do=_restore)


def _add_incidents(incident: argparse.ArgumentParser) -> None:
    verbs = incident.add_subparsers(required=True, metavar="VERB")
    for name, text, arguments in (
        ("open", "say that something has happened", ("summary",)),
        ("fill", "write down one of the six fields", ("reference", "field", "text")),
        ("told", "the authority or the people were told", ("reference", "whom")),
        ("close", "end it; refused while a field is empty", ("reference",)),
        ("reopen", "go on with one that was closed", ("reference",)),
        ("show", "one with its history", ("reference",)),
        ("list", "open ones first", ()),
    ):
        verb = verbs.add_parser(name, help=text)
        for argument in arguments:
            verb.add_argument(argument)
        verb.add_argument("--by", required=True, metavar="NUMBER", help="the staff number it is done under")
        if name == "told":
            verb.add_argument("--at", type=_moment, help="RFC 3339 with a zone; now when left out")
        verb.set_defaults(do=_incident, verb=name)


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a zone is missing")
    return at


def _incident(options: argparse.Namespace) -> int:
    from bot.records.incident_store import Happened, Incident
    from bot.records.ticket_worker import Worker

    async def work(tools: RecordTools) -> tuple[list[Incident], list[Happened]]:
        room, by = tools.incidents, Worker(options.by, tuple(await tools.staff.roles_of(options.by)))
        match options.verb:
            case "open":
                return [await room.open(by, options.summary)], []
            case "fill":
                return [await room.fill(options.reference, by, {options.field: options.text})], []
            case "told":
                return [await room.told(options.reference, by, options.whom, options.at)], []
            case "close":
                return [await room.close(options.reference, by)], []
            case "reopen":
                return [await room.reopen(options.reference, by)], []
            case "show":
                incident, history = await room.read(options.reference, by)
                return [incident], history
        return await room.listed(by), []

    found, history = _with_tools(work)
    for incident in found:
        missing = f"missing: {', '.join(incident.empty)}" if incident.empty else "all six fields are there"
        print(f"{incident.reference}  {incident.state.value:7} {incident.summary}; {missing}")
    for one in history:
        print(f"  {one.at:%Y-%m-%d %H:%M:%S}Z  {one.actor:12} {one.event:16} {', '.join(one.details)}")
    return 0


def _verify(_options: argparse.Namespace) -> int:
    from bot.records import audit

    async def look(tools: RecordTools) -> audit.Report:
        async with tools.database.read() as connection:
            return await audit.verify(connection)

    report = _with_tools(look, migrate=False)
    if report.fault:
        print(f"✗ audit row {report.fault.id}: {report.fault.kind}; {report.length} rows before it are whole")
        return 1
    print(f"✓ {report.length} rows, the last hash is {report.hash}")
    return 0


def _verify_transcripts(_options: argparse.Namespace) -> int:
    from bot.conversation import integrity

    async def look(tools: RecordTools) -> integrity.Report:
        async with tools.database.read() as connection:
            return await integrity.verify(connection)

    report = _with_tools(look, migrate=False)
    if fault := report.fault:
        print(f"✗ message {fault.seq} of conversation {fault.conversation_id}: {fault.kind}")
        return 1
    print(f"✓ {report.messages} messages in {report.conversations} conversations are as they were written")
    print(f"  {report.masked} masked, {report.erased} erased; {report.emptied} conversations had their time")
    return 0


def _seen(options: argparse.Namespace) -> int:
    from bot.records import audit
    from bot.records.seen import seen_by

    async def look(tools: RecordTools) -> list[Seen]:
        async with tools.database.write() as connection:
            found = await seen_by(connection, options.number)
            await audit.record(
                connection, at=tools.clock.now(), actor="system", action="looks_listed",
                subject=options.number, count=len(found),
            )
        return found

    print_seen(_with_tools(look))
    return 0


def print_seen(found: list[Seen]) -> None:
    """What was looked at, one line each, with how often and when last."""
    for one in found:
        print(f"{one.times:6}  {one.action:18} {one.subject:36}  {one.last_at:%Y-%m-%d %H:%M}Z")
    print(f"{len(found)} looked at, {sum(one.times for one in found)} looks")


def _rekey(_options: argparse.Namespace) -> int:
    from bot.records.rekey import rekey

    async def work(tools: RecordTools) -> dict[str, int]:
        return await rekey(tools.database, tools.clock, tools.cipher, tools.sealed)

    for column, count in _with_tools(work).items():
        print(f"{count:8}  {column}")
    return 0


def _retention(options: argparse.Namespace) -> int:
    async def work(tools: RecordTools) -> list[Swept]:
        return await (tools.retention.dry_run() if options.dry_run else tools.retention.run())

    found = _with_tools(work)
    for swept in found:
        ages = " to ".join(f"{at:%Y-%m-%d}" for at in (swept.oldest_at, swept.newest_at) if at)
        print(f"{swept.items:8}  {swept.record_class:12} {swept.purpose or '':22} {ages}")
    if not found:
        print("nothing has had its time")
    elif options.dry_run:
        print("nothing was ended: this was a dry run")
    return 0


def _backup(options: argparse.Namespace) -> int:
    name = f"qiantai-{datetime.now(UTC):%Y%m%d-%H%M%S}.backup"
    path = options.file or from_process().var / "backups" / name
    manifest = _with_tools(lambda tools: tools.backups.back_up(path))
    _tell(manifest)
    print(f"✓ {path}; the data key is not in it, keep that elsewhere")
    return 0


def _restore(options: argparse.Namespace) -> int:
    if not options.file.is_file():
        raise BadRequest("no_such_file", field=str(options.file))

    async def work(tools: RecordTools) -> tuple[Manifest, Checks]:
        if options.verify:
            return await tools.backups.verify(options.file)
        return await tools.backups.restore(options.file, options.into)

    manifest, checks = _with_tools(work, migrate=False)
    _tell(manifest)
    print(f"  {'tables':10} {checks.tables}")
    print(f"  {'decrypted':10} {checks.decrypted} values")
    for problem in checks.problems:
        print(f"✗ {problem}")
    if checks.problems:
        return 1
    print("✓ restored, checked and thrown away" if options.verify else f"✓ restored into {options.into}")
    return 0


def _tell(manifest: Manifest) -> None:
    print(f"  {'made':10} {manifest.made_at}")
    print(f"  {'shape':10} {manifest.revision}")
    print(f"  {'rows':10} {sum(manifest.counts.values())}")
    print(f"  {'audit':10} {manifest.audit_length} rows, {manifest.audit_hash}")


def _with_tools(work: Callable[[RecordTools], Awaitable[T]], *, migrate: bool = True) -> T:
    from bot import wiring
    from bot.wiring_records import record_tools

    settings = from_process()

    async def working() -> T:
        tools = record_tools(settings)
        try:
            return await work(tools)
        finally:
            await tools.database.close()

    if migrate:
        wiring.migrate(settings)  # has an event loop of its own
    return asyncio.run(working())
