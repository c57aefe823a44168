"""The command line: `./qiantai COMMAND`. The entry script has made what the command stands on."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pyotp

from bot import wiring
from bot.errors import FrontLineError
from bot.settings import Settings, from_process
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
SKILLS_HELP = "what they answer: savings, loan, card, ebank, complaint; separated by commas"


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        return int(options.do(options) or 0)
    except FrontLineError as exc:
        where = f" ({exc.field})" if exc.field else ""
        print(f"qiantai: {exc}{where}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    top = argparse.ArgumentParser(prog="./qiantai", description="The chat front line of a bank.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="serve everything on this machine; Ctrl-C stops it")
    for flag, variable, what in FLAGS:
        run.add_argument(flag, dest=variable, help=f"{what} ({variable})")
    run.set_defaults(do=_run)

    test = commands.add_parser("test", help="run the tests")
    test.add_argument("--fast", action="store_true", help="only those that take under a minute together")
    test.add_argument("rest", nargs=argparse.REMAINDER, help="paths and options for pytest")
    test.set_defaults(do=_test)

    check = commands.add_parser("check", help="style, types, room borders and wording")
    check.set_defaults(do=_check)

    for name, what in (
        ("train", "train the assistant from data/"),
        ("understand", "one message a line in, one JSON object a line out"),
        ("rasa", "Rasa's own command line"),
    ):  # the entry script runs these in the brain's environment; here only for the help
        commands.add_parser(name, help=what)

    migrate = commands.add_parser("migrate", help="bring the database to the present shape")
    migrate.set_defaults(do=lambda _options: wiring.migrate(from_process()))

    _add_staff(commands.add_parser("staff", help="accounts of people who answer"))
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
    """pytest's own exit code; --fast leaves out what starts the brain, a browser or a second database."""
    chosen = ["-m", "not slow"] if options.fast else []
    return subprocess.run([sys.executable, "-m", "pytest", *chosen, *options.rest], check=False).returncode


def _check(_options: argparse.Namespace) -> int:
    """Every check, also after one has failed."""
    folder = Path(sys.executable).parent
    failed = 0
    for command in (
        [folder / "ruff", "check", "."],
        [folder / "mypy"],
        [folder / "lint-imports", "--no-logo"],
        [folder / "codespell"],
        [sys.executable, "-m", "bot.content.checks"],
        ["npm", "--prefix", "bot/web", "run", "--silent", "types"],
    ):
        print(f"· {Path(command[0]).name} {' '.join(map(str, command[1:]))}", file=sys.stderr, flush=True)
        failed |= subprocess.run([str(part) for part in command], check=False).returncode
    return 1 if failed else 0


def _staff_add(options: argparse.Namespace) -> int:
    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else None

    async def add(staff: Staff) -> Added:
        return await staff.add(
            options.name, roles=[role for given in options.role for role in _listed(given)],
            skills=_listed(options.skills), languages=_listed(options.languages),
            user=options.user, number=options.number, password=password,
        )

    added = asyncio.run(_with_staff(from_process(), add))
    if options.json:
        print(json.dumps(added.public()))
    else:
        print("Shown once:")
        for name, value in added.public().items():
            print(f"  {name.replace('_', ' '):10} {value}")
    return 0


def _staff_disable(options: argparse.Namespace) -> int:
    asyncio.run(_with_staff(from_process(), lambda staff: staff.disable(options.user)))
    return 0


def _staff_code(options: argparse.Namespace) -> int:
    print(pyotp.TOTP(options.seed).now())
    return 0


async def _with_staff(settings: Settings, work: Callable[[Staff], Awaitable[T]]) -> T:
    wiring.migrate(settings)
    rooms = wiring.rooms(settings)
    try:
        return await work(rooms.staff)
    finally:
        await rooms.database.close()


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


if __name__ == "__main__":
    sys.exit(main())
