"""Conversations with a bot over its HTTP door, timed from sending to the whole answer.

The client is the one by which our chat asks the brain: on two cores what a client needs for itself is taken from the
bot, and counts as the bot's time.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
import httpx

from tests.benchmarks import processes
from tests.benchmarks.messages import Said

#: Longest wait for one answer, in seconds; a bot that has just started may take its time.
PATIENCE_S = 30.0
#: Pause between tries to be answered by a bot that is starting, in seconds, and when to give up.
TRY_EVERY_S, GIVE_UP_S = 0.1, 600.0

JSON = {"Content-Type": "application/json"}

#: next_conversation() -> what a customer says in one conversation
Script = Callable[[], Sequence[Said]]


@dataclass(frozen=True)
class Call:
    """What is posted to a bot for one message."""

    url: str
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


class Bot(Protocol):
    """One bot's worker process."""

    name: str
    url: str

    @property
    def pid(self) -> int: ...

    def call(self, sender: str, said: Said) -> Call: ...

    def problem(self, status: int, answer: bytes) -> str | None: ...


@dataclass(frozen=True)
class Round:
    """What one round of conversations took."""

    latencies_ms: list[float]
    seconds: float
    cpu_s: float

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Processor time of the worker a message."""
        return self.cpu_s * 1000 / len(self.latencies_ms)


async def talk(bot: Bot, script: Script, conversations: int, at_once: int = 1) -> Round:
    """Hold that many conversations, so many at the same time; each waits for an answer before it goes on.

    Raises:
        CouldNotMeasure: an answer was an error.
    """
    left = iter(range(conversations))
    latencies: list[float] = []

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE_S)) as client:

        async def customer() -> None:
            for _ in left:
                sender = str(uuid.uuid4())
                for said in script():
                    call = bot.call(sender, said)
                    body, headers = json.dumps(call.body).encode(), {**JSON, **call.headers}
                    began = time.perf_counter()
                    async with client.post(call.url, data=body, headers=headers) as response:
                        answer = await response.read()
                    latencies.append((time.perf_counter() - began) * 1000)
                    if problem := bot.problem(response.status, answer):
                        raise processes.CouldNotMeasure(f"{bot.name} on {said.text!r}: {problem}")

        cpu, began = processes.cpu_s(bot.pid), time.perf_counter()
        await asyncio.gather(*(customer() for _ in range(at_once)))
        seconds = time.perf_counter() - began
    return Round(latencies, seconds, processes.cpu_s(bot.pid) - cpu)


def first_answer(bot: Bot, said: Said, alive: Callable[[], bool]) -> None:
    """Ask until the bot answers.

    Raises:
        CouldNotMeasure: it has ended, or does not answer in time.
    """
    until = time.monotonic() + GIVE_UP_S
    with httpx.Client(timeout=PATIENCE_S) as client:
        while alive() and time.monotonic() < until:
            try:
                call = bot.call(str(uuid.uuid4()), said)
                response = client.post(call.url, json=call.body, headers=call.headers)
                if bot.problem(response.status_code, response.content) is None:
                    return
            except httpx.TransportError:
                pass
            time.sleep(TRY_EVERY_S)
    raise processes.CouldNotMeasure(f"{bot.name} does not answer; see its log")
