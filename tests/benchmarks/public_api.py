"""The whole product as a customer meets it: `python -m tests.benchmarks.public_api`.

From sending a message over the widget's WebSocket to the first reply of the bot on it. The quiet time, in which
the chat waits whether the customer types on (QIANTAI_QUIET_S, 0.8 s), is set to 0 for the run.
"""

import asyncio
import itertools
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.brain_turns import questions
from tests.benchmarks.gauges import percentile, spread
from tests.benchmarks.missing import ROOT
from tests.support.people import Customer
from tests.support.product import Product
from tests.support.sockets import Line, line_of

ROUNDS, CONVERSATIONS, LENGTH = 3, 25, 4
AT_ONCE = 4
#: Long conversations, and the turns of each that are compared.
LONG, EARLY, LATE = 3, range(4, 9), range(196, 205)


async def ask_ms(line: Line, text: str) -> float:
    """One turn, in milliseconds."""
    began = time.perf_counter()
    client_id = await line.say(text)
    await line.until("message", lambda frame: frame["message"]["author"] == "bot")
    waited = (time.perf_counter() - began) * 1000
    assert any(frame.get("client_id") == client_id for frame in line.frames if frame["type"] == "ack")
    line.frames.clear()
    return waited


async def converse(product: Product, texts: list[str]) -> list[float]:
    """One conversation from arrival to leaving; the time of each turn."""
    customer = await Customer.arrive(product.chat_url)
    try:
        async with line_of(customer, customer.seen) as line:
            return [await ask_ms(line, text) for text in texts]
    finally:
        await customer.leave()


async def play(product: Product, at_once: int) -> list[float]:
    """One round of short conversations."""
    endless = itertools.cycle(questions())
    waiting = [list(itertools.islice(endless, LENGTH)) for _ in range(CONVERSATIONS)]
    times: list[float] = []

    async def customer() -> None:
        while waiting:
            times.extend(await converse(product, waiting.pop()))

    await asyncio.gather(*(customer() for _ in range(at_once)))
    return times


async def long_conversations(product: Product) -> dict[str, Any]:
    """Whether a turn late in a conversation takes longer than an early one."""
    early, late, ratios = [], [], []
    for number in range(LONG):
        some = questions()[number * 8 : number * 8 + 8]
        texts = list(itertools.islice(itertools.cycle(some), LATE.stop))
        times = await converse(product, texts)
        first, last = ([times[turn - 1] for turn in turns] for turns in (EARLY, LATE))
        early += first
        late += last
        ratios.append(statistics.median(last) / statistics.median(first))
    return {
        "turn_5_ms": round(statistics.median(early), 2),
        "turn_200_ms": round(statistics.median(late), 2),
        "ratio": spread(ratios),
    }


async def _all(product: Product) -> dict[str, Any]:
    await play(product, 1)  # nobody's first turn is like the others
    found: dict[str, Any] = {}
    for manner, at_once in (("one_after_another", 1), ("four_at_once", AT_ONCE)):
        rounds = [await play(product, at_once) for _ in range(ROUNDS)]
        found[manner] = {
            "p50_ms": spread([statistics.median(times) for times in rounds]),
            "p95_ms": spread([percentile(times, 0.95) for times in rounds]),
            "messages": sum(len(times) for times in rounds),
        }
    return {**found, "long": await long_conversations(product)}


def measure() -> dict[str, Any]:
    """Milliseconds a customer waits, and turn 200 as a multiple of turn 5."""
    with tempfile.TemporaryDirectory() as name:
        product = Product(Path(name), QIANTAI_QUIET_S="0")
        try:
            product.begin()
            return {"quiet_s": 0, **asyncio.run(_all(product))}
        finally:
            product.end()


if __name__ == "__main__":
    os.chdir(ROOT)
    print(json.dumps(measure(), ensure_ascii=False))
