"""How long a verification takes for customers who are there and for those who are not (S06).

`python -m tests.benchmarks.verification_time` prints the medians of 200 ways each, taken in turn:
begin, ID characters, a wrong code. A customer must not be told from nobody by a clock.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import supervisor, wiring
from bot.settings import Settings
from tests.support.identity import ACT, LAST_SIX, FakeCustomer
from tests.support.product import ROOT, wait_until

TRIES = 200
#: More than this between the two medians could be measured from outside, in milliseconds.
NOTICEABLE_MS = 20.0


@dataclass
class EverybodysBank:
    """Knows whoever is called `c-…`, each with the same ID and a phone of their own."""

    async def customer(self, customer_id: str) -> FakeCustomer | None:
        known = customer_id.startswith("c-")
        return FakeCustomer(customer_id, f"138{uuid.uuid4().int % 10**8:08d}") if known else None

    async def identity_matches(self, customer_id: str, id_last6: str) -> bool:
        return customer_id.startswith("c-") and id_last6 == LAST_SIX


async def way_s(rooms: wiring.Rooms, *, known: bool) -> float:
    """Seconds of one whole way, opening the chat excluded."""
    verification, name = rooms.verification, str(uuid.uuid4())
    talk = (await rooms.conversations.open("zh")).conversation.id
    secrets = [await verification.vault.put(talk, "id_characters", LAST_SIX),
               await verification.vault.put(talk, "code", "000000")]
    began = time.perf_counter()
    await verification.begin(
        talk, ACT, card_id=f"card-{name}" if known else None, customer_id=f"c-{name}" if known else None,
        full=True, signed=False, turn_id=str(uuid.uuid4()), claim=name,
    )
    await verification.take_id(talk, ACT, secrets[0], str(uuid.uuid4()))
    await verification.take_code(talk, ACT, secrets[1], str(uuid.uuid4()))
    return time.perf_counter() - began


async def measure(settings: Settings) -> dict[bool, list[float]]:
    rooms = wiring.rooms(settings, bank=EverybodysBank())
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * TRIES):
        known = number % 2 == 0
        times[known].append(await way_s(rooms, known=known))
    await rooms.database.close()
    await rooms.redis.aclose()
    return times


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        var = Path(name)
        folder = supervisor.short_folder(var / "run")
        with a_redis(var, folder):
            settings = Settings(var=var, data=ROOT / "data", redis_url=f"unix://{folder / 'redis.sock'}")
            wiring.migrate(settings)
            times = asyncio.run(measure(settings))
    medians = {known: statistics.median(one) * 1000 for known, one in times.items()}
    apart = abs(medians[True] - medians[False])
    print(f"known {medians[True]:.1f} ms, unknown {medians[False]:.1f} ms, {apart:.2f} ms apart ({TRIES} ways each)")
    return int(apart > NOTICEABLE_MS)


@contextmanager
def a_redis(var: Path, folder: Path) -> Iterator[None]:
    """A Redis of this run's own."""
    process = subprocess.Popen(
        supervisor.redis_command(var, folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until((folder / "redis.sock").exists, 30)
        yield
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
