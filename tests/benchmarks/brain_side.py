"""Runs the part of a measure that has to be in the brain's environment."""

import json
import os
import subprocess
from typing import Any

from tests.benchmarks.processes import TOLD, CouldNotMeasure
from tests.support.product import ROOT


def in_brain(name: str, *arguments: str) -> dict[str, Any]:
    """The object that `tests.benchmarks.in_brain.NAME` prints as its last line.

    Raises:
        CouldNotMeasure: it failed.
    """
    command = [str(ROOT / ".venv/brain/bin/python"), "-m", f"tests.benchmarks.in_brain.{name}", *arguments]
    environ = {**os.environ, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join(done.stderr.splitlines()[-TOLD:])
        raise CouldNotMeasure(f"{name} failed:\n{said}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
