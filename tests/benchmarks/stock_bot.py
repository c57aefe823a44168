"""The assistant of `rasa init`, made, trained and served: `python -m tests.benchmarks.stock_bot` does it alone.

Rasa as it comes: DIET understands, TED and its sisters predict, TensorFlow below; trackers in memory, its own
REST channel. It lies in var/bench/stock and runs in an environment of its own, .venv/bench.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx

from tests.benchmarks import load
from tests.benchmarks.gauges import Cost, cost_of, resident_mb, spread
from tests.benchmarks.missing import ROOT, CannotMeasure
from tests.support.product import free_ports

PYTHON = ROOT / ".venv/bench/bin/python"
FOLDER = ROOT / "var/bench/stock"
#: One conversation, along its own stories; it answers each of them.
TALK = ("hello", "I am sad", "yes", "bye")
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3"}
#: TensorFlow builds its graphs anew at each start.
LONGEST_START_S = 600
MAKE = "from rasa.cli.scaffold import create_initial_project; create_initial_project('.')"


class StockBot:
    """A running stock assistant, and how long each of its starts took."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, starts_s: list[float]) -> None:
        self._process, self.starts_s = process, starts_s
        self._url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"

    @property
    def pid(self) -> int:
        return self._process.pid

    async def say(self, client: httpx.AsyncClient, sender: str, text: str) -> None:
        reply = await client.post(self._url, json={"sender": sender, "message": text})
        assert reply.status_code == 200, reply.text
        assert reply.json(), f"nothing said to {text!r}"


def train() -> Cost:
    """Make the project anew and train it; what the training took.

    Raises:
        CannotMeasure: there is no environment, or Rasa could not train.
    """
    if not PYTHON.exists():
        raise CannotMeasure(f"no stock assistant without {PYTHON.relative_to(ROOT)}: ./qiantai bench makes it")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    environ = {**os.environ, **QUIET}
    cost_of([str(PYTHON), "-c", MAKE], FOLDER, FOLDER / "make.log", environ)
    return cost_of([str(PYTHON), "-m", "rasa", "train"], FOLDER, FOLDER / "train.log", environ)


@contextmanager
def serving(starts: int = 1) -> Iterator[StockBot]:
    """The assistant behind HTTP, started so many times; trained first where it is not."""
    if not any(FOLDER.glob("models/*.tar.gz")):
        train()
    times: list[float] = []
    for left in reversed(range(starts)):
        began, (port,) = time.monotonic(), free_ports(1)
        process = _start(port)
        try:
            load.until_answered(partial(_answers, process, port), LONGEST_START_S)
            times.append(time.monotonic() - began)
            if not left:
                yield StockBot(process, port, times)
        finally:
            process.terminate()
            process.wait()


def _start(port: int) -> subprocess.Popen[bytes]:
    with (FOLDER / "run.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "bot.child", "/bin/sh", "-c", 'cd "$0" && exec "$@"', str(FOLDER),
             str(PYTHON), "-m", "rasa", "run", "--enable-api", "--port", str(port), "--interface", "127.0.0.1"],
            cwd=ROOT, env={**os.environ, **QUIET, "QIANTAI_PARENT": str(os.getpid())},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )


def _answers(process: subprocess.Popen[bytes], port: int, client: httpx.Client) -> bool:
    if process.poll() is not None:
        raise CannotMeasure(f"the stock assistant has ended: see {FOLDER / 'run.log'}")
    url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"
    reply = client.post(url, json={"sender": "first", "message": TALK[0]})
    return reply.status_code == 200 and bool(reply.json())


def measure() -> dict[str, Any]:
    """The stock assistant alone; `brain_turns` measures it beside ours."""
    with serving() as bot:
        rounds = [asyncio.run(load.play(bot, f"alone-{number}", [TALK] * 50)) for number in range(3)]
        return {
            "resident_mb": round(resident_mb(bot.pid), 1),
            "first_answer_s": spread(bot.starts_s),
            "one_after_another": load.summary(rounds),
        }


if __name__ == "__main__":
    print(json.dumps(measure()))
