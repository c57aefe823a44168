"""The command line: `./qiantai COMMAND`. The entry script has made what the command stands on."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from bot import cli_records
from bot.errors import ContentError, FrontLineError, SettingsError
from bot.install import with_node
from bot.settings import Settings, from_process

if TYPE_CHECKING:  # a command imports what it needs: `run` has to start soon
    from bot.staff.service import Added, Staff

T = TypeVar("T")

#: What `run` can be told by flags as well: (flag, variable, what it is).
FLAGS = (
    ("--chat-port", "QIANTAI_CHAT_PORT", "port of the customers' chat"),
    ("--desk-port", "QIANTAI_DESK_PORT", "port of the staff's desk"),
    ("--brain-port", "QIANTAI_BRAIN_PORT", "port of the assistant, loopback only"),
    ("--actions-port", "QIANTAI_ACTIONS_PORT", "port of the custom actions, loopback only"),
    ("--host", "QIANTAI_HOST", "address that chat and desk listen on"),
    ("--var", "QIANTAI_VAR", "data folder"),
)
#: Workers of a test run; each may run the whole product.
MAX_WORKERS = 4
#: Where Linux keeps files in memory, and how much of it, in bytes, the fast tests must find free.
MEMORY, ENOUGH_MEMORY = Path("/dev/shm"), 10**9  # noqa: S108  # a folder of its own is made there
SKILLS_HELP = "what they answer: savings, loan, card, ebank, complaint; separated by commas"


def main(arguments: list[str] | None = None) -> int:
    options, rest = parser().parse_known_args(arguments)
    if rest and options.do is not _test:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        return int(options.do(options) or 0)
    except FrontLineError as exc:
        print(f"qiantai: {_told(exc)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _told(error: FrontLineError) -> str:
    """What went wrong, in words; what names a file or a variable says so itself."""
    if isinstance(error, ContentError | SettingsError):
        return str(error)
    from bot.content.catalogue import Catalogue

    words = Catalogue(from_process().data).say(f"error_{error.reason}", "en", **error.details)
    return f"{words} ({error.field})" if error.field else words


def parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    top = argparse.ArgumentParser(prog="./qiantai", description="The chat front line of a bank.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="serve everything on this machine; Ctrl-C stops it")
    for flag, variable, what in FLAGS:
        run.add_argument(flag, dest=variable, help=f"{what} ({variable})")
    run.set_defaults(do=_run)

    test = commands.add_parser("test", help="run the tests; further arguments go to pytest")
    test.add_argument("--fast", action="store_true", help="only those that take under a minute together")
    test.set_defaults(do=_test)

    check = commands.add_parser("check", help="style, types, room borders and wording")
    check.set_defaults(do=_check)

    for name, what in (
        ("train", "train the assistant from data/"),
        ("understand", "one message a line in, one JSON object a line out"),
        ("rasa", "Rasa's own command line"),
        ("bench", "speed, size and understanding, beside the bot of `rasa init`"),
    ):  # the entry script runs these by itself; here only for the help
        commands.add_parser(name, help=what)

    migrate = commands.add_parser("migrate", help="bring the database to the present shape")
    migrate.set_defaults(do=_migrate)

    cli_records.add(commands)
    _add_staff(commands.add_parser("staff", help="accounts of people who answer"))
    _add_sandbox(commands.add_parser("sandbox", help="the made-up bank of this machine"))
    return top


def _add_staff(staff: argparse.ArgumentParser) -> None:
    verbs = staff.add_subparsers(required=True, metavar="VERB")
    add = verbs.add_parser("add", help="a new account with a password and a code seed")
    add.add_argument("name", help="as colleagues know them; with --user also the way to sign in")
    add.add_argument("--role", action="append", required=True, help="agent, supervisor, editor …")
    add.add_argument("--skills", default="", help=SKILLS_HELP)
    add.add_argument("--languages", default="zh,en", help="zh, en; separated by commas")
    add.add_argument("--user", help="sign-in name; made from the name when left out")
    add.add_argument("--number", help="staff number; the next free one when left out")
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    add.add_argument("--json", action="store_true", help="print one JSON object")
    add.set_defaults(do=_staff_add)
    disable = verbs.add_parser("disable", help="end an account and its session at once")
    disable.add_argument("user")
    disable.set_defaults(do=_staff_disable)
    code = verbs.add_parser("code", help="the present sign-in code of a seed, for trying things out")
    code.add_argument("seed")
    code.set_defaults(do=_staff_code)


def _add_sandbox(sandbox: argparse.ArgumentParser) -> None:
    verbs = sandbox.add_subparsers(required=True, metavar="VERB")
    card = verbs.add_parser("card", help="a card's state and history, as JSON")
    card.add_argument("number", help="the whole number, or its last four digits if they are unique")
    card.set_defaults(do=_sandbox_card)
    token = verbs.add_parser("token", help="a customer token as the bank's app would sign it")
    token.add_argument("customer", help="the customer's id")
    token.set_defaults(do=_sandbox_token)


def _migrate(_options: argparse.Namespace) -> int:
    from bot import wiring

    wiring.migrate(from_process())
    return 0


def _run(options: argparse.Namespace) -> int:
    from bot import supervisor

    for _flag, variable, _what in FLAGS:
        if given := getattr(options, variable):
            os.environ[variable] = given
    try:
        supervisor.run(from_process())
    except supervisor.CannotRun as exc:
        print(f"qiantai: {exc}", file=sys.stderr)
        return 1
    return 0


def _test(options: argparse.Namespace) -> int:
    """pytest's own exit code; --fast leaves out what starts the brain, a browser or a second database.

    One worker more than cores, as many a slow test waits for a process to start or a lease to end; each has databases
    and products of its own. `-n 0` for one that can be debugged.
    """
    cores = os.cpu_count() or 1
    if not options.fast:
        return _pytest(cores + 1, options.rest)
    in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_MEMORY
    with TemporaryDirectory(prefix="qiantai-", dir=MEMORY if in_memory else None) as folder:
        chosen = ["-m", "not slow", "--hypothesis-profile", "fast", "--basetemp", f"{folder}/tests"]
        return _pytest(cores, [*chosen, *options.rest])


def _pytest(workers: int, arguments: list[str]) -> int:
    """Its exit code. Tests are compiled once, also where Python is told to keep nothing: each worker reads them all."""
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    spread = ["-n", str(min(workers, MAX_WORKERS)), "--dist", "worksteal"]
    return subprocess.run([sys.executable, "-m", "pytest", *spread, *arguments], check=False, env=environ).returncode


def _check(_options: argparse.Namespace) -> int:
    """Every check, also after one has failed."""
    folder, environ = Path(sys.executable).parent, with_node(Path.cwd())
    failed: list[str] = []
    for command in (
        [folder / "ruff", "check", "."],
        [folder / "mypy"],
        [folder / "lint-imports", "--no-logo"],
        [folder / "codespell"],
        [sys.executable, "-m", "bot.content.checks"],
        ["npm", "--prefix", "bot/web", "run", "--silent", "types"],
    ):
        print(f"· {Path(str(command[0])).name} {' '.join(map(str, command[1:]))}", file=sys.stderr, flush=True)
        if subprocess.run([str(part) for part in command], env=environ, check=False).returncode:
            failed.append(Path(str(command[0])).name)
    print(f"✗ {', '.join(failed)}: see above" if failed else "✓ nothing to complain of", file=sys.stderr)
    return 1 if failed else 0


def _staff_add(options: argparse.Namespace) -> int:
    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else None

    async def add(staff: Staff) -> Added:
        return await staff.add(
            options.name, roles=[role for given in options.role for role in _listed(given)],
            skills=_listed(options.skills), languages=_listed(options.languages),
            user=options.user, number=options.number, password=password,
        )

    added = _with_staff(from_process(), add)
    if options.json:
        print(json.dumps(added.public()))
    else:
        print("Shown once:")
        for name, value in added.public().items():
            print(f"  {name.replace('_', ' '):10} {value}")
    return 0


def _staff_disable(options: argparse.Namespace) -> int:
    """The account ends at once; what the colleague had in hand went back, and what they have seen is listed (R23)."""
    left = _with_staff(from_process(), lambda staff: staff.disable(options.user))
    print(f"{options.user} ({left.number}) can't sign in any more; {left.given_back} chats and tickets went back")
    cli_records.print_seen(left.seen)
    return 0


def _staff_code(options: argparse.Namespace) -> int:
    import pyotp

    print(pyotp.TOTP(options.seed).now())
    return 0


def _sandbox_card(options: argparse.Namespace) -> int:
    from bot import wiring

    settings = from_process()
    number = "".join(options.number.split())

    async def look() -> dict[str, Any]:
        sandbox = wiring.sandbox_bank(settings)
        try:
            return await sandbox.look(number)
        finally:
            await sandbox.database.close()

    wiring.migrate(settings)
    print(json.dumps(asyncio.run(look()), ensure_ascii=False, indent=2))
    return 0


def _sandbox_token(options: argparse.Namespace) -> int:
    from bot.clock import SystemClock
    from bot.identity.tokens import development_token

    print(development_token(from_process(), SystemClock(), options.customer))
    return 0


def _with_staff(settings: Settings, work: Callable[[Staff], Awaitable[T]]) -> T:
    from bot import wiring

    async def working() -> T:
        rooms = wiring.rooms(settings)
        try:
            return await work(rooms.staff)
        finally:
            await rooms.database.close()

    wiring.migrate(settings)  # has an event loop of its own
    return asyncio.run(working())


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


if __name__ == "__main__":
    sys.exit(main())
