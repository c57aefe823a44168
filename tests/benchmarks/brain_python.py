"""Runs a benchmark that needs the brain's libraries in the brain's environment."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from tests.benchmarks.missing import ROOT, CannotMeasure

#: Tells a module that it runs inside already.
INSIDE = "--inside"


def result_of(module: str) -> dict[str, Any]:
    """The last line that this module printed inside.

    Raises:
        CannotMeasure: it failed; its last line says why.
    """
    done = subprocess.run(
        [str(ROOT / ".venv/brain/bin/python"), "-m", module, INSIDE],
        cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": "ignore"}, capture_output=True, text=True, check=False,
    )
    if done.returncode:
        raise CannotMeasure((done.stderr.strip().splitlines() or ["no word"])[-1])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run(inside: Callable[[], dict[str, Any]], outside: Callable[[], dict[str, Any]]) -> None:
    """`main` of a module with both sides: prints the result of the side that it is on."""
    print(json.dumps(inside() if INSIDE in sys.argv else outside(), ensure_ascii=False))
