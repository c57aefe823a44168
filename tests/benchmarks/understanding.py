"""How well and how fast the trained assistant understands one message: `python -m tests.benchmarks.understanding`."""

import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import brain_python
from tests.benchmarks.missing import ROOT, shared

SCORER, QUESTIONS = "tools/eval_understanding.py", "data/zh_dev.tsv"
#: Each question is understood that many times, after one round that does not count.
ROUNDS = 5
#: What the scorer calls them, and what we do.
SCORES = {
    "accuracy": r"\baccuracy ([\d.]+)", "top3": r"top-3 ([\d.]+)", "macro": r"macro ([\d.]+)",
    "wrongly_refused": r"wrongly refused ([\d.]+)", "rejected": r"rejected ([\d.]+)",
}


def measure() -> dict[str, Any]:
    """Shares of real Chinese questions, and milliseconds for one of them.

    Raises:
        CannotMeasure: the questions are not beside the checkout.
    """
    return {**scores(), **brain_python.result_of("tests.benchmarks.understanding")}


def scores() -> dict[str, Any]:
    """What the scorer says of the command that editors use."""
    said = subprocess.run(
        [sys.executable, str(shared(SCORER)), str(shared(QUESTIONS))], cwd=ROOT,
        capture_output=True, text=True, check=True,
    ).stdout
    return read_scores(said)


def read_scores(said: str) -> dict[str, float]:
    """The scorer's figures by our names."""
    found = {name: re.search(pattern, said) for name, pattern in SCORES.items()}
    return {name: float(match[1]) for name, match in found.items() if match}


def inside() -> dict[str, Any]:
    """In the brain's environment: the time of `Understanding.understand`."""
    from bot.brain import stand_in
    from bot.brain.quiet import quieten

    stand_in.install(serving=True)
    quieten()
    from rasa.engine import loader
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.storage.local_model_storage import LocalModelStorage

    from bot.brain.models import newest_model
    from bot.brain.understanding import Understanding

    model = newest_model()
    if model is None:
        sys.exit("no model: ./qiantai train")
    with tempfile.TemporaryDirectory() as folder:
        _, runner = loader.load_predict_graph_runner(Path(folder), model, LocalModelStorage, DaskGraphRunner)
    understanding = Understanding(runner)
    lines = shared(QUESTIONS).read_text(encoding="utf-8").splitlines()
    texts = [line.split("\t")[-1] for line in lines if "\t" in line]
    rounds = [[_ms(understanding, text) for text in texts] for _ in range(ROUNDS + 1)][1:]
    medians = [statistics.median(times) for times in rounds]
    pooled = sorted(time for times in rounds for time in times)
    return {
        "understand_p50_ms": {
            "median": round(statistics.median(medians), 3), "least": round(min(medians), 3),
            "most": round(max(medians), 3), "tries": ROUNDS,
        },
        "understand_p95_ms": round(pooled[int(len(pooled) * 0.95)], 3),
        "messages": len(texts),
    }


def _ms(understanding: Any, text: str) -> float:
    began = time.perf_counter()
    understanding.understand(text)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    brain_python.run(inside, measure)
