"""Talks to a bot the way customers do, many conversations, and tells how long it took."""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from tests.benchmarks.gauges import cpu_s, percentile, spread
from tests.benchmarks.missing import CannotMeasure

#: Between two tries to get a first answer, in seconds.
PAUSE_S = 0.1


class Bot(Protocol):
    """A running bot behind HTTP."""

    @property
    def pid(self) -> int:
        """Its one process."""

    async def say(self, client: httpx.AsyncClient, sender: str, text: str) -> None:
        """Send a message and wait for the answer.

        Raises:
            AssertionError: nothing was said.
        """


@dataclass(frozen=True)
class Round:
    """One round of conversations."""

    times_ms: list[float]
    seconds: float
    cpu_s: float


async def play(bot: Bot, name: str, scripts: Sequence[Sequence[str]], at_once: int = 1) -> Round:
    """Hold these conversations, each with a sender of its own, so many at a time."""
    waiting, times = list(enumerate(scripts)), list[float]()
    async with httpx.AsyncClient(timeout=60) as client:

        async def customer() -> None:
            while waiting:
                number, script = waiting.pop()
                for text in script:
                    began = time.perf_counter()
                    await bot.say(client, f"{name}-{number}", text)
                    times.append((time.perf_counter() - began) * 1000)

        cpu, began = cpu_s(bot.pid), time.perf_counter()
        await asyncio.gather(*(customer() for _ in range(at_once)))
        return Round(times, time.perf_counter() - began, cpu_s(bot.pid) - cpu)


def until_answered(ask: Callable[[httpx.Client], bool], longest_s: float) -> None:
    """Ask a bot that is starting until it answers; asking takes next to no processor time from it.

    Raises:
        CannotMeasure: it did not in time.
    """
    until = time.monotonic() + longest_s
    with httpx.Client(timeout=30) as client:
        while not _tried(ask, client):
            if time.monotonic() > until:
                raise CannotMeasure(f"no answer in {longest_s:.0f} s")
            time.sleep(PAUSE_S)


def _tried(ask: Callable[[httpx.Client], bool], client: httpx.Client) -> bool:
    try:
        return ask(client)
    except (httpx.HTTPError, ValueError):
        return False


def summary(rounds: Sequence[Round]) -> dict[str, Any]:
    """Figures of several rounds: of each the median, and how far the rounds went apart."""
    return {
        "p50_ms": spread([statistics.median(one.times_ms) for one in rounds]),
        "p95_ms": spread([percentile(one.times_ms, 0.95) for one in rounds]),
        "messages_per_s": spread([len(one.times_ms) / one.seconds for one in rounds]),
        "cpu_ms_per_message": spread([one.cpu_s * 1000 / len(one.times_ms) for one in rounds]),
        "messages": sum(len(one.times_ms) for one in rounds),
    }
