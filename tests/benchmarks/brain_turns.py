"""One brain worker behind its own door, beside the stock bot: `python -m tests.benchmarks.brain_turns`.

The brain runs as in the product: real Redis, real action server, HTTP to /turn. The stock bot, trained by
`tests.benchmarks.stock_bot`, takes turns with it round by round, so that both meet the same machine.
"""

import asyncio
import itertools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML

from tests.benchmarks import load, stock_bot
from tests.benchmarks.gauges import resident_mb, spread
from tests.benchmarks.missing import ROOT
from tests.support.product import Product

#: Rounds of each bot, conversations of a round, messages of a conversation.
ROUNDS, CONVERSATIONS, LENGTH = 3, 25, 4
#: Before the first round each bot answers so many conversations, which do not count; then its memory is read.
WARM = 50
AT_ONCE = 4
#: How often each bot is started to see how long it takes; the stock bot needs minutes on a small machine.
STARTS, STOCK_STARTS = 3, 1
#: Not this bank's business: the answer comes from a custom action.
FOR_ACTIONS = ("今天天气怎么样", "what's the weather like today")
#: A question whose answer shows that the brain is there.
FIRST = "信用卡怎么激活"
LONGEST_START_S = 120
PARTS = ("redis", "actions", "brain")


class BrainBot:
    """The brain of a running product."""

    def __init__(self, product: Product) -> None:
        self._url = f"{product.settings.brain_url}/turn"
        self._token = product.environ["QIANTAI_INSIDE_TOKEN"]
        self._product = product
        self._numbers = itertools.count()

    @property
    def pid(self) -> int:
        return self._product.running["brain"].pid

    async def say(self, client: httpx.AsyncClient, sender: str, text: str) -> None:
        reply = await client.post(self._url, **self.request(sender, text))
        assert reply.status_code == 200, reply.text
        assert reply.json()["messages"], reply.text

    def request(self, sender: str, text: str) -> dict[str, Any]:
        """What httpx needs for one turn."""
        turn_id = f"{sender}-{next(self._numbers)}"
        body = {
            "sender": sender, "turn_id": turn_id, "text": text, "language": "zh", "choice": None,
            "metadata": {"conversation_id": sender},
        }
        return {"json": body, "headers": {"Authorization": f"Bearer {self._token}"}}

    def first_answer_s(self) -> float:
        """Kill the brain, and start it again until it has answered, in seconds."""
        self._product.kill("brain")
        began = time.monotonic()
        self._product.start("brain")
        load.until_answered(self._answers, LONGEST_START_S)
        return time.monotonic() - began

    def _answers(self, client: httpx.Client) -> bool:
        return client.post(self._url, **self.request("first", FIRST)).status_code == 200


def questions() -> list[str]:
    """The first example of each FAQ card, in Chinese and in English in turn."""
    cards = [YAML(typ="safe").load(path) for path in sorted((ROOT / "data/faq").glob("*/*.yml"))]
    faq = [card["examples"] for card in cards if card.get("kind") == "faq"]
    return [examples[language][0] for examples, language in zip(faq, itertools.cycle(("zh", "en")), strict=False)]


def scripts(texts: Sequence[str], count: int) -> list[list[str]]:
    """So many conversations."""
    endless = itertools.cycle(texts)
    return [list(itertools.islice(endless, LENGTH)) for _ in range(count)]


def measure() -> dict[str, Any]:
    """Figures of both bots: {"qiantai": …, "stock": …, "times": how many times …}."""
    with tempfile.TemporaryDirectory() as name:
        product = Product(Path(name), PARTS)
        try:
            product.begin()
            ours = BrainBot(product)
            starts = {"qiantai": [ours.first_answer_s() for _ in range(STARTS)]}
            with stock_bot.serving(STOCK_STARTS) as stock:
                starts["stock"] = stock.starts_s
                found = asyncio.run(_rounds(ours, stock))
        finally:
            product.end()
    for bot, times in starts.items():
        found[bot]["first_answer_s"] = spread(times)
    return {**found, "times": compare(found["qiantai"], found["stock"])}


async def _rounds(ours: BrainBot, stock: stock_bot.StockBot) -> dict[str, Any]:
    texts = {"qiantai": questions(), "stock": stock_bot.TALK}
    bots: dict[str, load.Bot] = {"qiantai": ours, "stock": stock}
    found: dict[str, dict[str, Any]] = {}
    for name, bot in bots.items():
        await load.play(bot, "warm", scripts(texts[name], WARM))
        found[name] = {"resident_mb": round(resident_mb(bot.pid), 1)}
    for manner, at_once in (("one_after_another", 1), ("four_at_once", AT_ONCE)):
        rounds: dict[str, list[load.Round]] = {name: [] for name in bots}
        for number in range(ROUNDS):
            for name, bot in bots.items():
                talks = scripts(texts[name], CONVERSATIONS)
                rounds[name].append(await load.play(bot, f"{manner}-{number}", talks, at_once))
        for name, played in rounds.items():
            found[name][manner] = load.summary(played)
    acting = [
        await load.play(ours, f"act-{number}", [[text] for text in FOR_ACTIONS * CONVERSATIONS])
        for number in range(ROUNDS)
    ]
    found["qiantai"]["custom_action_p50_ms"] = spread([statistics.median(one.times_ms) for one in acting])
    return found


def compare(ours: dict[str, Any], stock: dict[str, Any]) -> dict[str, float]:
    """How many times as many messages a second, and which part of the waiting time."""
    single, many = "one_after_another", "four_at_once"
    rate, wait = "messages_per_s", "p50_ms"
    return {
        "messages_per_s": round(ours[many][rate]["median"] / stock[many][rate]["median"], 1),
        "messages_per_s_one": round(ours[single][rate]["median"] / stock[single][rate]["median"], 1),
        "p50": round(ours[single][wait]["median"] / stock[single][wait]["median"], 4),
    }


if __name__ == "__main__":
    os.chdir(ROOT)
    print(json.dumps(measure(), ensure_ascii=False))
