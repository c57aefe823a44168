"""How long the running product takes to answer customers who are there and those who are not (S06).

`python -m tests.benchmarks.enumeration_time` starts the whole product and claims 200 cards that exist and 200
that do not, in turn, over the public API: from sending the last four digits to the bot's reply, and from a
wrong code to the reply. Prints both medians in milliseconds and how far they are apart.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bot import wiring
from bot.bank import store
from bot.bank.seed import SeedCustomer
from tests.support.errands import LOST
from tests.support.people import Customer
from tests.support.product import Product
from tests.support.sandbox import made_up

TRIES = 200
STEPS = ("the last four digits", "a wrong code")
#: Taken for a code; right once in a million.
CODE = "000000"


async def known_endings(product: Product, chance: random.Random) -> list[str]:
    """The last four digits of cards that exist, each of a customer of its own."""
    people: dict[str, SeedCustomer] = {}
    while len(people) < TRIES:
        person = made_up(["debit active"], chance)
        people.setdefault(person.cards[0].last4, person)
    sandbox = wiring.sandbox_bank(product.settings)
    await sandbox.seeding.add(list(people.values()))
    async with sandbox.database.read() as connection:
        rows = (await connection.execute(store.cards.select())).all()
    await sandbox.database.close()
    endings = [row.last4 for row in rows]
    return [last4 for last4 in people if endings.count(last4) == 1]


def unknown_endings(known: list[str], chance: random.Random) -> list[str]:
    """As many that end no card, but for the few of the sandbox's own customers."""
    others = sorted({f"{number:04d}" for number in range(10_000)} - set(known))
    return chance.sample(others, len(known))


async def way_ms(product: Product, last4: str) -> list[float]:
    """The time of each step of one claim."""
    customer = await Customer.arrive(product.chat_url)
    await customer.ask(LOST["zh"])
    times = []
    for text in (last4, CODE):
        began = time.perf_counter()
        await customer.ask(text)
        times.append((time.perf_counter() - began) * 1000)
    await customer.leave()
    return times


async def measure(product: Product) -> dict[bool, list[list[float]]]:
    chance = random.SystemRandom()
    known = await known_endings(product, chance)
    times: dict[bool, list[list[float]]] = {True: [], False: []}
    for somebody, nobody in zip(known, unknown_endings(known, chance), strict=True):
        pair = [(True, somebody), (False, nobody)]
        for is_known, last4 in chance.sample(pair, 2):
            times[is_known].append(await way_ms(product, last4))
    return times


def report(times: dict[bool, list[list[float]]]) -> None:
    for step, name in enumerate(STEPS):
        medians = {known: statistics.median(way[step] for way in ways) for known, ways in times.items()}
        print(
            f"{name}: known {medians[True]:.1f} ms, unknown {medians[False]:.1f} ms, "
            f"{abs(medians[True] - medians[False]):.2f} ms apart ({len(times[True])} and {len(times[False])} claims)"
        )


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        product = Product(Path(name))
        try:
            product.begin()
            report(asyncio.run(measure(product)))
        finally:
            product.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
