"""What benchmarks read off: percentiles, processor time, memory, and how long a command took."""

import math
import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.missing import CannotMeasure

MB = 1024 * 1024


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(values: Sequence[float], digits: int = 3) -> dict[str, Any]:
    """The median of several tries, and how far they went apart."""
    return {
        "median": round(statistics.median(values), digits),
        "least": round(min(values), digits),
        "most": round(max(values), digits),
        "tries": len(values),
    }


def cpu_s(pid: int) -> float:
    """Processor time that a process has used so far, in seconds."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def resident_mb(pid: int) -> float:
    """Memory that a process holds now, in MB."""
    return psutil.Process(pid).memory_info().rss / MB


@dataclass(frozen=True)
class Cost:
    """What a command took: from start to end, and at its widest."""

    seconds: float
    cpu_s: float
    peak_mb: float


def cost_of(command: list[str], folder: Path, log: Path, environ: dict[str, str] | None = None) -> Cost:
    """Run a command to its end; what it prints goes to the log.

    Raises:
        CannotMeasure: it failed.
    """
    began = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CannotMeasure(f"{Path(command[0]).name} ended with {process.returncode}: see {log}")
    peak_kb = used.ru_maxrss if os.uname().sysname == "Linux" else used.ru_maxrss / 1024
    return Cost(time.monotonic() - began, used.ru_utime + used.ru_stime, peak_kb / 1024)
