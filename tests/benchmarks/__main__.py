"""`./qiantai bench [NAME …] [--quick]`: measures, prints the table, writes the figures and a chart to var/bench.

Results are figures, not tests: the exit code is 1 only where something could not be measured at all.
"""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.goals import rows
from tests.benchmarks.processes import CouldNotMeasure
from tests.benchmarks.shared import Skipped
from tests.benchmarks.table import table
from tests.support.product import ROOT

FOLDER = ROOT / "var/bench"
#: Each is a module here; in the order of a run.
MEASURES = {
    "real_questions": "how well real Chinese questions are understood",
    "written": "how well messages written to measure by are understood",
    "peer_folds": "the pipeline on a card scheme's FAQ",
    "one_message": "time to understand one message",
    "training": "training, ours and the stock bot's",
    "starting": "start to first answer, both",
    "turns": "one worker of each, side by side",
    "public_api": "customer to customer through the whole product",
}


def take(name: str, quick: bool) -> dict[str, Any]:
    """One measure's figures, or why there are none."""
    print(f"  … {name}: {MEASURES[name]}", file=sys.stderr, flush=True)
    began, mark = time.monotonic(), "✓"
    try:
        found: dict[str, Any] = importlib.import_module(f"tests.benchmarks.{name}").measure(quick)
    except Skipped as exc:
        found, mark = {"skipped": str(exc)}, "–"
    except (CouldNotMeasure, AssertionError, OSError) as exc:
        found, mark = {"failed": str(exc) or type(exc).__name__}, "✗"
    print(f"  {mark} {name}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return found


def machine() -> dict[str, Any]:
    """Where it was measured: figures of two machines, or of a busy one, are not to be compared."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = next(iter(names), model)
    return {
        "processor": model, "cores": os.cpu_count(), "python": platform.python_version(),
        "system": platform.system(), "load_before": os.getloadavg()[0],
    }


def commit() -> str:
    """The checkout that was measured; `+` where it had changes."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "unknown"


def run(names: list[str], quick: bool, folder: Path) -> tuple[dict[str, Any], Path]:
    """Take these measures: everything that the table and the chart show, and the file that holds it.

    The file is written after every measure, so that a run that is broken off has not been for nothing.
    """
    done: dict[str, Any] = {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "commit": commit(), "quick": quick,
        "machine": machine(), "results": {},
    }
    for name in names:
        done["results"][name] = take(name, quick)
        done["machine"]["load_after"] = os.getloadavg()[0]
        done["rows"] = [row.public() for row in rows(done["results"])]
        file = keep(done, folder)
    return done, file


def keep(done: dict[str, Any], folder: Path) -> Path:
    """Write the run's figures; the file is named after its time."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{done['at'].replace(':', '')}.json"
    file.write_text(json.dumps(done, ensure_ascii=False, indent=1), encoding="utf-8")
    return file


def draw(file: Path) -> Path:
    """The run's chart; drawn where matplotlib is."""
    picture = file.with_suffix(".svg")
    command = [str(ROOT / ".venv/brain/bin/python"), "-m", "tests.benchmarks.chart", str(file), str(picture)]
    subprocess.run(command, cwd=ROOT, check=True)
    return picture


def heading(done: dict[str, Any]) -> str:
    """When, what and where was measured."""
    where = done["machine"]
    load = f"load {where['load_before']:.1f} before and {where['load_after']:.1f} after"
    return f"{done['at']}  {done['commit']}  {where['processor']}, {where['cores']} cores, {load}" + (
        "  quick" if done["quick"] else ""
    )


def main() -> int:
    cli = argparse.ArgumentParser(
        prog="./qiantai bench", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures speed, size and understanding, ours beside the bot of `rasa init`.\n\n"
        + "\n".join(f"  {name:15} {what}" for name, what in MEASURES.items()),
    )
    cli.add_argument("names", nargs="*", choices=[*MEASURES, []], metavar="NAME", help="all when left out")
    cli.add_argument("--quick", action="store_true", help="fewer rounds, the stock bot of an earlier run: a look")
    options = cli.parse_args()
    names = [name for name in MEASURES if name in (options.names or MEASURES)]
    done, file = run(names, options.quick, FOLDER)
    print(f"\n{heading(done)}\n")
    print(table(rows(done["results"])))
    print(f"\n{file.relative_to(ROOT)}\n{draw(file).relative_to(ROOT)}")
    return int(any("failed" in found for found in done["results"].values()))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
