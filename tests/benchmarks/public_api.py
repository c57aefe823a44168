"""Through the public API of the whole product: a customer's words sent, a reply at the customer.

The time of quiet in which the chat waits whether more words come (QIANTAI_QUIET_S) is set to 0 for the run, so that
it is not in the figures. Every process is real; customers come over the WebSocket, as the widget does, and some over
HTTP. `python -m tests.benchmarks.public_api` prints milliseconds.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import spread
from tests.benchmarks.messages import Said, messages
from tests.benchmarks.processes import CouldNotMeasure, cpu_s, rss_mb
from tests.support.people import Customer
from tests.support.product import ALL, Product
from tests.support.sockets import Frame, Line, line_of

TURNS = 5
CONVERSATIONS, OVER_HTTP = 50, 10
QUICK_CONVERSATIONS, QUICK_OVER_HTTP = 8, 2
#: Conversations that go on; the turns compared are around the 5th and the 200th, counted from 1.
LONG, EARLY, LATE = 3, range(3, 8), range(196, 205)
#: A customer reads before writing on, in seconds: the end of one turn is not in the next one's time.
READS_S = 0.05


async def ask(line: Line, said: Said) -> tuple[float, float]:
    """Milliseconds until the message was acked, and until the first reply to it came."""
    began = time.perf_counter()
    client_id = await line.say(said.text)
    acked, seq, replied = 0.0, 0, 0.0
    early: list[tuple[int, float]] = []
    while not (acked and replied):
        frame = await line.next()
        now = (time.perf_counter() - began) * 1000
        if frame["type"] == "ack" and frame["client_id"] == client_id:
            acked, seq = now, frame["seq"]
        elif frame["type"] == "message" and _is_reply(frame):
            early.append((frame["message"]["seq"], now))
        elif frame["type"] == "error":
            raise CouldNotMeasure(f"the chat refused {said.text!r}: {frame}")
        # A late second message of the turn before is no reply to this one.
        replied = next((at for number, at in early if acked and number > seq), 0.0)
    return acked, replied


def _is_reply(frame: Frame) -> bool:
    return bool(frame["message"]["author"] == "bot")


async def short(product: Product, script: Iterator[Said], conversations: int) -> dict[str, Any]:
    """Conversations one after another, over the WebSocket."""
    times: list[tuple[float, float]] = []
    before = {name: cpu_s(process.pid) for name, process in product.running.items()}
    for _ in range(conversations):
        customer = await Customer.arrive(product.chat_url)
        async with line_of(customer, customer.seen) as line:
            for said in islice(script, TURNS):
                times.append(await ask(line, said))
                await asyncio.sleep(READS_S)
        await customer.leave()
    cpu_ms = {
        name: (cpu_s(process.pid) - before[name]) * 1000 / len(times) for name, process in product.running.items()
    }
    replies = [reply for _, reply in times]
    return {
        "reply_ms": spread(replies), "ack_ms": spread(ack for ack, _ in times), "cpu_ms": cpu_ms,
        "replies_ms": [round(one, 2) for one in replies],
    }


async def over_http(product: Product, script: Iterator[Said], conversations: int) -> dict[str, Any]:
    """The same by posting and waiting for news."""
    times = []
    for _ in range(conversations):
        customer = await Customer.arrive(product.chat_url)
        for said in islice(script, TURNS):
            began = time.perf_counter()
            await customer.ask(said.text)
            times.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(READS_S)
        await customer.leave()
    return {"reply_ms": spread(times)}


async def long(product: Product, script: Iterator[Said], conversations: int) -> dict[str, Any]:
    """Medians around the 5th and the 200th turn, and how many times as long the latter is."""
    early, late = [], []
    for _ in range(conversations):
        customer = await Customer.arrive(product.chat_url)
        async with line_of(customer, customer.seen) as line:
            times = []
            for said in islice(script, LATE.stop):
                times.append((await ask(line, said))[1])
                await asyncio.sleep(READS_S)
        await customer.leave()
        early.append(statistics.median(times[turn - 1] for turn in EARLY))
        late.append(statistics.median(times[turn - 1] for turn in LATE if turn <= len(times)))
    return {
        "early_ms": spread(early), "late_ms": spread(late),
        "times_as_long": spread(after / before for before, after in zip(early, late, strict=True)),
    }


async def _measure(product: Product, quick: bool) -> dict[str, Any]:
    script = messages()
    await short(product, script, 2)  # what is only made once is not measured
    found = {
        **await short(product, script, QUICK_CONVERSATIONS if quick else CONVERSATIONS),
        "http": await over_http(product, script, QUICK_OVER_HTTP if quick else OVER_HTTP),
        "long": await long(product, script, 1 if quick else LONG),
        "rss_mb": {name: rss_mb(process.pid) for name, process in product.running.items()},
    }
    others = {name: size for name, size in found["rss_mb"].items() if name != "brain"}
    return {**found, "largest_other_mb": max(others.values()), "quiet_s": product.settings.quiet_s}


def measure(quick: bool = False) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        product = Product(Path(name), ALL, QIANTAI_QUIET_S="0")
        try:
            product.begin()
            return asyncio.run(_measure(product, quick))
        finally:
            product.end()


if __name__ == "__main__":
    from tests.benchmarks.alone import main

    main(measure)
