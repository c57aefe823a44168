"""`./qiantai run`: everything on one machine, and all of it gone at Ctrl-C."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.product import ROOT, answers, free_ports, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FLAGS = ("--chat-port", "--desk-port", "--brain-port", "--actions-port")
NAMES = ("redis", "brain", "chat", "desk", "actions", "worker")
#: What each process has on its command line.
MARKS = {
    "redis": "redis-server", "brain": "bot.brain.launch", "chat": "bot.chat", "desk": "bot.desk",
    "actions": "-m actions", "worker": "bot.worker",
}
STARTED_S = 150


class Run:
    """One `run` with what it prints."""

    def __init__(self, var: Path, *, ports: list[int] | None = None, **environ: str) -> None:
        self.ports = ports or free_ports(len(FLAGS))
        self.var = var
        self._out = var.with_name(f"{var.name}-{os.urandom(3).hex()}.out")
        flags = [str(part) for pair in zip(FLAGS, self.ports, strict=True) for part in pair]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QIANTAI_")}
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "run", *flags, "--var", str(var)],
                cwd=ROOT, env={**kept, "PYTHONUNBUFFERED": "1", **environ},
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def printed(self) -> str:
        return self._out.read_text()

    @property
    def chat(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    def health(self) -> dict[str, bool]:
        try:
            return dict(httpx.get(f"{self.chat}/health/ready", timeout=5).json())
        except (httpx.HTTPError, ValueError):
            return {}

    def children(self) -> list[psutil.Process]:
        """Everything that was started, also by those that were started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def find(self, name: str) -> psutil.Process | None:
        """The process of this name, when it runs."""
        for child in self.children():
            try:
                words = child.cmdline()
            except psutil.Error:
                continue
            if "bot.child" not in words and re.search(rf"{MARKS[name]}\b", " ".join(words)):
                return child
        return None

    def until_printed(self, words: str) -> None:
        def holds() -> bool:
            assert self.process.poll() is None or words in self.printed, self.printed
            return words in self.printed

        wait_until(holds, STARTED_S)

    def until_all_run(self) -> None:
        wait_until(lambda: all(self.find(name) for name in NAMES), STARTED_S)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """The exit code after this signal."""
        self.process.send_signal(how)
        return self.process.wait(60)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of them is left, zombies aside."""
    return not [
        one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE
    ]


def is_taken(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def refused(run: Run) -> str:
    """What a start that is refused prints."""
    assert run.process.wait(STARTED_S) == 1, run.printed
    return run.printed


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Run]:
    """A first start, on an empty folder and without a model."""
    run = Run(tmp_path_factory.mktemp("run") / "var", QIANTAI_MODEL=str(models))
    try:
        run.until_printed("code seed")
        yield run
    finally:
        if run.process.poll() is None:
            run.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def ready(first: Run, models: Path) -> Run:
    """The first start, with a model since."""
    newest = max((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    shutil.copyfile(newest, models / "one.part")
    (models / "one.part").rename(models / "one.tar.gz")
    first.until_printed("Ready after")
    return first


def test_it_says_where_chat_desk_and_data_are(first):
    chat, desk, *_ = first.ports
    for place in (f"http://127.0.0.1:{chat}/", f"http://127.0.0.1:{desk}/", str(first.var)):
        assert place in first.printed


def test_the_demo_agent_who_is_shown_can_sign_in(first):
    shown = {
        name: re.search(rf"{name} +(\S+)", first.printed).group(1)
        for name in ("user", "password", "code seed")
    }
    code = subprocess.run(
        [sys.executable, "-m", "bot.cli", "staff", "code", shown["code seed"]],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.strip()
    wait_until(lambda: answers(f"http://127.0.0.1:{first.ports[1]}/health/ready"))
    reply = httpx.post(
        f"http://127.0.0.1:{first.ports[1]}/desk/login",
        json={"user": shown["user"], "password": shown["password"], "code": code},
    )
    assert (reply.status_code, reply.json()["user"]["user"]) == (200, "demo")


def test_it_is_not_ready_while_the_brain_has_no_model(first):
    wait_until(lambda: answers(f"http://127.0.0.1:{first.ports[2]}/health/live"), STARTED_S)
    assert first.health() == {"ready": True, "record": True, "redis": True, "brain": False}
    assert "Ready" not in first.printed


def test_it_is_ready_when_the_brain_answers(ready):
    assert ready.health()["brain"] is True


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_process_is_started_again(ready, name):
    ready.until_all_run()
    killed = ready.find(name)
    killed.kill()
    wait_until(lambda: gone([killed]))
    wait_until(lambda: ready.find(name) is not None, STARTED_S)
    wait_until(lambda: all(ready.health().values()) and ready.health() != {}, STARTED_S)


def test_a_folder_in_use_is_named(ready):
    printed = refused(Run(ready.var))
    assert f"{ready.var} already" in printed
    assert "--var" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("flag", FLAGS)
def test_a_taken_port_is_named_with_its_flag(ready, tmp_path, flag):
    ports = free_ports(len(FLAGS))
    taken = ports[FLAGS.index(flag)] = ready.ports[FLAGS.index(flag)]
    wait_until(lambda: is_taken(taken), STARTED_S)  # it may have been killed a moment ago
    printed = refused(Run(tmp_path / "var", ports=ports))
    assert f"port {taken} " in printed
    assert flag in printed
    assert "Traceback" not in printed


def test_a_wrong_flag_is_named(tmp_path):
    printed = refused(Run(tmp_path / "var", ports=[0, *free_ports(3)]))
    assert "QIANTAI_CHAT_PORT" in printed
    assert "Traceback" not in printed


def test_ctrl_c_ends_every_process_and_the_second_start_shows_no_password(ready):
    started = ready.children()
    assert len(started) >= len(NAMES)
    assert ready.stop() == 0, ready.printed
    assert gone(started), [one.cmdline() for one in started if one.is_running()]
    assert "Traceback" not in ready.printed
    second = Run(ready.var)
    try:
        second.until_printed("Data")
        second.until_all_run()
        wait_until(lambda: second.health().get("ready", False))
        assert "password" not in second.printed
    finally:
        second.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_nothing_is_left_when_it_ends(tmp_path, how):
    run = Run(tmp_path / "var")
    run.until_all_run()
    started = run.children()
    run.stop(how)
    wait_until(lambda: gone(started))


def test_ctrl_c_in_a_terminal_which_reaches_everybody_leaves_nothing(tmp_path):
    run = Run(tmp_path / "var")
    run.until_all_run()
    started = run.children()
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.process.wait(60) == 0, run.printed
    wait_until(lambda: gone(started))
    assert "Traceback" not in run.printed


def test_ctrl_c_in_the_middle_of_the_start_leaves_nothing(tmp_path):
    run = Run(tmp_path / "var")
    wait_until(lambda: bool(run.children()), STARTED_S)
    started = run.children()
    assert run.stop() == 0, run.printed
    wait_until(lambda: gone(started))
