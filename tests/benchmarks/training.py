"""Training from nothing: seconds, processor time and the largest memory, for our bot and the stock bot.

Ours is trained as `./qiantai train` does, all topics in both languages, in a folder of its own with an empty cache;
the model that serves is not touched. `python -m tests.benchmarks.training` prints the figures.
"""

import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.benchmarks import stock_bot
from tests.benchmarks.figures import spread
from tests.benchmarks.processes import Finished, run_measured
from tests.support.product import ROOT

#: What the training reads.
SOURCES = ("bot", "data", "config.yml", "endpoints.yml", "credentials.yml")
TRAININGS = 3


def train(folder: Path) -> Finished:
    """One training in this empty folder."""
    for source in SOURCES:
        (folder / source).symlink_to(ROOT / source)
    scratch = folder / "scratch"
    scratch.mkdir()
    environ = {**os.environ, "PYTHONWARNINGS": "ignore", "TMPDIR": str(scratch)}
    python = str(ROOT / ".venv/brain/bin/python")
    return run_measured([python, "-m", "bot.brain.train"], folder, environ, stock_bot.LOGS / "training.log")


def measure(quick: bool = False) -> dict[str, Any]:
    done = []
    for _ in range(1 if quick else TRAININGS):
        with tempfile.TemporaryDirectory() as name:
            done.append(train(Path(name)))
    return {
        "ours": {key: spread(asdict(one)[key] for one in done) for key in asdict(done[0])},
        "stock": stock_bot.trained(quick),
    }


if __name__ == "__main__":
    from tests.benchmarks.alone import main

    main(measure)
