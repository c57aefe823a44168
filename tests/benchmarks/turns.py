"""One worker of ours beside the stock bot's: messages a second, time to an answer, processor time, memory.

Both serve during the whole run and are measured in turn, round after round, so that whatever else the machine does
meets both. The stock bot answers its own kind of messages, ours what customers of a bank ask.
`python -m tests.benchmarks.turns` prints the figures.
"""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from tests.benchmarks import stock_bot
from tests.benchmarks.figures import spread
from tests.benchmarks.messages import BEGINS_FORM, OFF_TOPIC, Said, messages
from tests.benchmarks.our_brain import OurBrain
from tests.benchmarks.processes import rss_mb
from tests.benchmarks.talking import Bot, Round, Script, talk

#: Messages of one conversation, as many as the stock bot's conversations have.
TURNS = 5
#: Conversations at the same time where the messages a second are counted.
AT_ONCE = 4
#: Rounds, and conversations of each: one after another, and at once.
ROUNDS, ONE_BY_ONE, CROWD = 7, 8, 16
QUICK_ROUNDS = 2
#: Conversations whose only message is answered by a custom action.
ACTIONS = 60


def scripts() -> Iterator[list[Said]]:
    """What our customers say, conversation after conversation."""
    said = messages()
    while True:
        yield list(islice(said, TURNS))


def single(texts: Sequence[str]) -> Iterator[list[Said]]:
    """Conversations of one message."""
    for text in cycle(texts):
        yield [Said(text, "zh")]


async def rounds(bots: Sequence[tuple[Bot, Script]], count: int) -> dict[str, list[tuple[Round, Round]]]:
    """By bot's name: (one by one, at once) of each round."""
    done: dict[str, list[tuple[Round, Round]]] = {bot.name: [] for bot, _ in bots}
    for bot, script in bots:
        await talk(bot, script, AT_ONCE, AT_ONCE)  # what is only made once is not measured
    for number in range(count):
        for bot, script in bots if number % 2 == 0 else reversed(bots):
            alone = await talk(bot, script, ONE_BY_ONE)
            done[bot.name].append((alone, await talk(bot, script, CROWD, AT_ONCE)))
    return done


def figures(done: list[tuple[Round, Round]]) -> dict[str, Any]:
    latencies = [one for alone, _ in done for one in alone.latencies_ms]
    return {
        "latency_ms": spread(latencies),
        "latencies_ms": [round(one, 2) for one in latencies],
        "per_second": spread(crowd.per_second for _, crowd in done),
        "cpu_ms": spread(crowd.cpu_ms for _, crowd in done),
        "messages": sum(len(one.latencies_ms) for pair in done for one in pair),
    }


async def with_actions(brain: OurBrain, quick: bool) -> dict[str, Any]:
    """Turns that a custom action answers: the first miss, and the first question of a form."""
    found = {}
    for name, texts in (("fallback", OFF_TOPIC), ("form", BEGINS_FORM)):
        script = single(texts)
        done = await talk(brain, lambda script=script: next(script), ACTIONS // 4 if quick else ACTIONS)
        found[name] = {"latency_ms": spread(done.latencies_ms), "cpu_ms": done.cpu_ms}
    return found


async def _measure(brain: OurBrain, stock: stock_bot.StockBot, quick: bool) -> dict[str, Any]:
    ours, theirs = scripts(), stock_bot.scripts()
    bots: list[tuple[Bot, Script]] = [(brain, lambda: next(ours)), (stock, lambda: next(theirs))]
    done = await rounds(bots, QUICK_ROUNDS if quick else ROUNDS)
    pairs = list(zip(done[brain.name], done[stock.name], strict=True))
    return {
        "ours": {**figures(done[brain.name]), "rss_mb": rss_mb(brain.pid)},
        "stock": {**figures(done[stock.name]), "rss_mb": rss_mb(stock.pid)},
        "times_as_many": spread(mine[1].per_second / their[1].per_second for mine, their in pairs),
        "actions": await with_actions(brain, quick),
    }


def measure(quick: bool = False) -> dict[str, Any]:
    stock_bot.trained(quick)
    with tempfile.TemporaryDirectory() as name:
        brain, stock = OurBrain(Path(name)), stock_bot.StockBot()
        try:
            stock.start()
            brain.start()
            return asyncio.run(_measure(brain, stock, quick))
        finally:
            stock.end()
            brain.end()


if __name__ == "__main__":
    from tests.benchmarks.alone import main

    main(measure)
