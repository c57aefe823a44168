"""Runs the benchmarks, or those that are named, and prints the table: `./qiantai bench [NAME …]`.

Each run leaves its figures as JSON and a chart in var/bench. Slow is no failure: nothing here passes or fails.
"""

import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import psutil

from tests.benchmarks import brain_turns, chart, folds, public_api, table, training, understanding
from tests.benchmarks.missing import ROOT, CannotMeasure

FOLDER = ROOT / "var/bench"
#: In this order: the stock bot is trained before it is served.
ALL = {
    "understanding": understanding.measure,
    "folds": folds.measure,
    "training": training.measure,
    "brain_turns": brain_turns.measure,
    "public_api": public_api.measure,
}


def main(names: list[str]) -> int:
    os.chdir(ROOT)
    if unknown := [name for name in names if name not in ALL]:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    began = datetime.now(UTC)
    FOLDER.mkdir(parents=True, exist_ok=True)
    stem = FOLDER / f"{began:%Y%m%d-%H%M%S}"
    results: dict[str, Any] = {}
    run = {"at": began.isoformat(timespec="seconds"), "machine": machine(), "results": results}
    for name in names or ALL:
        results[name] = _measured(name)
        # After each: a run takes half an hour, and may be broken off.
        stem.with_suffix(".json").write_text(json.dumps(run, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        stem.with_suffix(".svg").write_text(chart.svg(results, f"Qiantai, {began:%d %B %Y}"), encoding="utf-8")
    print("\n".join(table.lines(results)))
    print(f"\n{stem.relative_to(ROOT)}.json, .svg", file=sys.stderr)
    return 0


def _measured(name: str) -> dict[str, Any]:
    """What a benchmark found, or why there is nothing; one that breaks does not stop the others."""
    print(f"  … {name}", file=sys.stderr, flush=True)
    began, load = time.monotonic(), os.getloadavg()[0]
    try:
        found, word = ALL[name](), "✓"
    except CannotMeasure as exc:
        found, word = {"skipped": str(exc)}, "–"
    except (AssertionError, OSError, subprocess.SubprocessError) as exc:
        found, word = {"skipped": f"{type(exc).__name__}: {str(exc)[:200]}"}, "✗"
    print(f"  {word} {name}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return {**found, "load_before": round(load, 2)}


def machine() -> dict[str, Any]:
    """What the figures depend on; beside each result is how busy the machine was with other things."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1024**3, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "commit": commit.stdout.strip(),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
