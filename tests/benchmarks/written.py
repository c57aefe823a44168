"""How well messages are understood that were written to measure by, by writers who had seen no example of ours.

`python -m tests.benchmarks.written` prints the shares. In `written/`: English messages as bank
customers usually write them, a third of them no bank's business; roundabout ones on every topic, a third at most with
the topic's own word; and wishes to stop a card or to have it back beside questions about the rules, in both languages,
a third of each rough and a third roundabout. None may become an example (tests/content).
"""

import csv
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import CouldNotMeasure
from tests.support.product import ROOT

FOLDER = Path(__file__).with_suffix("")
OUT_OF_SCOPE = "out_of_scope"
WISHES = ("service_report_lost", "service_unfreeze")


def measure(quick: bool = False) -> dict[str, Any]:
    """Shares of the messages; they take seconds, so `quick` changes nothing."""
    sets = {name: read(name) for name in ("usual", "roundabout", "lost_cards")}
    heard = iter(understood([row[-1] for rows in sets.values() for row in rows]))
    pairs = {name: [(row[0], next(heard)) for row in rows] for name, rows in sets.items()}
    roundabout, cards, of_cards = pairs["roundabout"], sets["lost_cards"], pairs["lost_cards"]
    found: dict[str, Any] = {
        "usual": share(wanted == got["topic"] for wanted, got in pairs["usual"] if wanted != OUT_OF_SCOPE),
        "usual_rejected": share(wanted == got["topic"] for wanted, got in pairs["usual"] if wanted == OUT_OF_SCOPE),
        "roundabout": share(wanted == got["topic"] for wanted, got in roundabout),
        "roundabout_top3": share(
            wanted in [one["topic"] for one in got["candidates"][:3]] for wanted, got in roundabout
        ),
    }
    for language in ("zh", "en"):
        told = [pair for pair, row in zip(of_cards, cards, strict=True) if row[1] == language]
        found[f"wish_or_question_{language}"] = share(
            (wanted in WISHES) == (got["topic"] in WISHES) for wanted, got in told
        )
        for topic in WISHES:
            found[f"{topic}_{language}"] = share(wanted == got["topic"] for wanted, got in told if wanted == topic)
    return found


def read(name: str) -> list[list[str]]:
    """The rows of a set: the topic, perhaps the language, the message."""
    with (FOLDER / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def understood(texts: list[str]) -> list[dict[str, Any]]:
    """What each is taken for."""
    command = [".venv/brain/bin/python", "-W", "ignore", "-m", "bot.brain.understand"]
    done = subprocess.run(
        command, cwd=ROOT, input="\n".join(texts) + "\n", capture_output=True, text=True, check=False
    )
    heard = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if len(heard) != len(texts):
        raise CouldNotMeasure(f"{len(heard)} of {len(texts)} messages were understood: {done.stderr[-500:]}")
    return heard


def share(right: Iterable[bool]) -> float:
    """Of these, how many are right."""
    told = list(right)
    return round(sum(told) / len(told), 4)


if __name__ == "__main__":
    from tests.benchmarks.alone import main

    main(measure)
