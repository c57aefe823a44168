"""Training from nothing, ours and the stock bot's: `python -m tests.benchmarks.training`.

Ours learns every topic in both languages in a copy of the checkout; the models of the checkout stay as they are.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks import stock_bot
from tests.benchmarks.gauges import Cost, cost_of, spread
from tests.benchmarks.missing import ROOT, CannotMeasure

#: What training reads.
PARTS = ("bot", "data", "config.yml", "endpoints.yml", "credentials.yml")
TRIES = 3


def train() -> Cost:
    """One training of ours."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in PARTS:
            if (ROOT / part).is_dir():
                unneeded = shutil.ignore_patterns("web", "__pycache__")
                shutil.copytree(ROOT / part, folder / part, ignore=unneeded)
            else:
                shutil.copy(ROOT / part, folder / part)
        (folder / "models").mkdir()
        log = ROOT / "var/bench/training.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [str(ROOT / ".venv/brain/bin/python"), "-m", "bot.brain.train"]
        return cost_of(command, folder, log, {**os.environ, "PYTHONWARNINGS": "ignore"})


def figures(costs: list[Cost]) -> dict[str, Any]:
    """Several trainings as figures."""
    return {
        "seconds": spread([cost.seconds for cost in costs], 1),
        "cpu_s": spread([cost.cpu_s for cost in costs], 1),
        "peak_mb": spread([cost.peak_mb for cost in costs], 0),
    }


def measure() -> dict[str, Any]:
    """Seconds and the most memory held, of both; the stock bot is trained once."""
    found: dict[str, Any] = {"qiantai": figures([train() for _ in range(TRIES)])}
    try:
        found["stock"] = figures([stock_bot.train()])
    except CannotMeasure as exc:
        found["skipped"] = str(exc)
    return found


if __name__ == "__main__":
    print(json.dumps(measure()))
