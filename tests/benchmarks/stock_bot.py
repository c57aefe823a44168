"""The bot of `rasa init`, freshly trained, on real TensorFlow, in an environment of its own.

`python -m tests.benchmarks.stock_bot` makes the environment, trains the bot, talks to it and prints the figures.
"""

import asyncio
import functools
import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from bot.install import SetUpFailed, set_up
from tests.benchmarks.figures import spread
from tests.benchmarks.messages import Said
from tests.benchmarks.processes import CouldNotMeasure, rss_mb, run_measured
from tests.benchmarks.talking import Call, first_answer, talk
from tests.support.product import ROOT, free_ports

PYTHON = ROOT / ".venv/bench/bin/python"
FOLDER = ROOT / "var/bench/stock"
LOGS = ROOT / "var/bench/log"
#: Its own kind of conversations, after its own stories and rules.
CONVERSATIONS = (
    ("hello", "I am great", "thanks, bye", "are you a bot?", "good evening"),
    ("hi", "I am sad", "yes", "bye", "am I talking to a human?"),
    ("hey there", "my day was horrible", "no", "see you later", "hello again"),
    ("good morning", "so so", "not really", "good night", "are you human?"),
)


def environment() -> dict[str, str]:
    """As few messages to the log and to its makers as it can be told."""
    return {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3"}


@functools.cache
def trained(quick: bool = False) -> dict[str, Any] | None:
    """Make the bot, once a run: seconds, processor time and memory; None when an earlier one is taken (`quick`).

    `rasa init` trains at once; reading the project's files is a part of the time.

    Raises:
        CouldNotMeasure: the environment or the bot can not be made.
    """
    try:
        set_up(ROOT, ["bench"])
    except SetUpFailed as exc:
        raise CouldNotMeasure(str(exc)) from exc
    if quick and any(FOLDER.glob("models/*.tar.gz")):
        return None
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    command = [str(PYTHON), "-m", "rasa", "init", "--no-prompt", "--init-dir", str(FOLDER)]
    return asdict(run_measured(command, FOLDER, environment(), LOGS / "stock-training.log"))


class StockBot:
    """A `Bot`: `rasa run` with its REST channel, its trackers in memory as it comes."""

    name = "stock bot"

    def __init__(self) -> None:
        (self._port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> float:
        """Start it; seconds until it has answered."""
        began = time.perf_counter()
        LOGS.mkdir(parents=True, exist_ok=True)
        with (LOGS / "stock.log").open("ab") as log:
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.child", str(PYTHON), "-m", "rasa", "run", "--enable-api",
                 "--interface", "127.0.0.1", "--port", str(self._port),
                 "--model", str(FOLDER / "models"), "--credentials", str(FOLDER / "credentials.yml"),
                 "--endpoints", str(FOLDER / "endpoints.yml")],
                cwd=ROOT, env={**environment(), "QIANTAI_PARENT": str(os.getpid())},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        try:
            first_answer(self, Said("hello", "en"), lambda: process.poll() is None)
        except CouldNotMeasure:
            self.end()
            raise
        return time.perf_counter() - began

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    end = stop

    def call(self, sender: str, said: Said) -> Call:
        body = {"sender": sender, "message": said.text}
        return Call(f"{self.url}/webhooks/rest/webhook", body)

    def problem(self, status: int, answer: bytes) -> str | None:
        """Why this is no answer; an empty list is one, it has nothing to say to some things."""
        return None if status == 200 else f"{status} {answer[:200]!r}"


def scripts() -> Iterator[list[Said]]:
    """What its customers say, conversation after conversation."""
    for texts in itertools.cycle(CONVERSATIONS):
        yield [Said(text, "en") for text in texts]


def measure(quick: bool = False) -> dict[str, Any]:
    """The stock bot alone: training, start, one conversation at a time, memory."""
    training, bot, script = trained(quick), StockBot(), scripts()
    try:
        started = bot.start()
        asyncio.run(talk(bot, lambda: next(script), 4))
        done = asyncio.run(talk(bot, lambda: next(script), 8 if quick else 40))
        return {
            "training": training, "start_s": started, "latency_ms": spread(done.latencies_ms),
            "cpu_ms": done.cpu_ms, "rss_mb": rss_mb(bot.pid),
        }
    finally:
        bot.end()


if __name__ == "__main__":
    from tests.benchmarks.alone import main

    main(measure)
