"""The product as real processes, each of which a test can kill, stop and start again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx

from bot import supervisor, wiring
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
#: Questions for measuring lie beside the checkout; nothing depends on them.
SHARED = ROOT.parent / "shared"
#: Processes without which a customer can still chat.
ALL = ("redis", "brain", "chat", "desk", "actions", "worker")
#: What serves people, without the assistant.
FRONT = ("redis", "chat", "desk")


class Product:
    """One machine's processes on free ports and a data folder of their own."""

    def __init__(self, var: Path, names: Iterable[str] = ALL, **environ: str) -> None:
        chat, desk, brain, actions = free_ports(4)
        self.environ = {
            "QIANTAI_VAR": str(var), "QIANTAI_QUIET_S": "0.05", "QIANTAI_CHAT_PORT": str(chat),
            "QIANTAI_DESK_PORT": str(desk), "QIANTAI_BRAIN_PORT": str(brain),
            "QIANTAI_ACTIONS_PORT": str(actions), "QIANTAI_INSIDE_TOKEN": "inside-token-of-the-tests",
            "QIANTAI_CONVERSATIONS_PER_MINUTE": "100000", "QIANTAI_MESSAGES_PER_MINUTE": "100000",
            **environ,
        }
        self.names = tuple(names)
        self.var = var
        self.settings = Settings.from_env(self.environ)
        self.chat_url = f"http://127.0.0.1:{chat}"
        self.desk_url = f"http://127.0.0.1:{desk}"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._processes = {p.name: p for p in supervisor.processes(
            self.settings, supervisor.short_folder(var / "run")
        )}
        self.redis_url = self._processes["chat"].environ["REDIS_URL"]

    def begin(self) -> None:
        """Make the record and start every process; returns when they serve."""
        (self.var / "log").mkdir(parents=True, exist_ok=True)
        wiring.migrate(self.settings)
        try:
            for name in self.names:
                self.start(name)
            self.wait_until_ready()
        except BaseException:
            self.end()
            raise

    def start(self, name: str) -> None:
        """Start one process that does not run."""
        process = self._processes[name]
        with (self.var / "log" / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                # They end with the tests, however those end.
                [sys.executable, "-m", "bot.child", *process.command],
                env={**os.environ, **process.environ, **self.environ, "QIANTAI_PARENT": str(os.getpid())},
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone."""
        self.running[name].kill()
        self.running.pop(name).wait()

    def freeze(self, name: str) -> None:
        """SIGSTOP: the port stays open and nobody answers."""
        self.running[name].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGCONT)

    def heal(self) -> None:
        """Start whatever a test has killed, thaw what it froze, and wait until all serve."""
        for name in self.names:
            if name in self.running:
                self.thaw(name)
            else:
                self.start(name)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Every service answers, and the chat sees its brain and Redis when there are any."""
        if "brain" in self.names:  # the chat may not have noticed yet that it was away
            wait_until(lambda: answers(f"{self.settings.brain_url}/health/ready"), 120)
        if "chat" in self.names:
            parts = [part for part in ("redis", "brain") if part in self.names]
            wait_until(
                lambda: all(self.health(self.chat_url).get(part) for part in ["ready", *parts]), 120
            )
        if "desk" in self.names:
            wait_until(lambda: self.health(self.desk_url).get("ready", False))
        if "actions" in self.names:
            port = self.settings.actions_port
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/health"))

    def health(self, url: str) -> dict[str, bool]:
        """What a service says of itself; empty while it does not answer."""
        try:
            return dict(httpx.get(f"{url}/health/ready", timeout=2).json())
        except (httpx.HTTPError, ValueError):
            return {}

    def end(self) -> None:
        """Stop everything that was started here."""
        for process in self.running.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def log(self, name: str) -> str:
        """What a process has printed so far."""
        return (self.var / "log" / f"{name}.log").read_text(errors="replace")


def answers(url: str) -> bool:
    """Whether somebody serves there."""
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def wait_until(holds: Callable[[], bool], give_up_s: float = 180) -> None:
    """Look until it holds.

    Raises:
        AssertionError: it did not in time.
    """
    until = time.monotonic() + give_up_s
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
