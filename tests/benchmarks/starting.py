"""From starting one worker process to its first answer, for our brain and the stock bot.

What stands beside ours, Redis and the action server, serves already. Files are in the system's cache after the first
start, which counts as one of them. `python -m tests.benchmarks.starting` prints the figures.
"""

import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks import stock_bot
from tests.benchmarks.figures import spread
from tests.benchmarks.our_brain import OurBrain

#: Starts of each; the stock bot takes longer.
OURS, STOCK = 5, 2


def starts(bot: OurBrain | stock_bot.StockBot, count: int) -> list[float]:
    """Seconds of each start."""
    found = []
    for _ in range(count):
        found.append(bot.start())
        bot.stop()
    return found


def measure(quick: bool = False) -> dict[str, Any]:
    stock_bot.trained(quick)
    with tempfile.TemporaryDirectory() as name:
        brain = OurBrain(Path(name))
        try:
            ours = spread(starts(brain, 2 if quick else OURS))
        finally:
            brain.end()
    return {"ours_s": ours, "stock_s": spread(starts(stock_bot.StockBot(), 1 if quick else STOCK))}


if __name__ == "__main__":
    from tests.benchmarks.alone import main

    main(measure)
