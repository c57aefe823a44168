"""What a process costs: time, processor time, memory. 1 MB is a million bytes."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

#: getrusage(2) counts a process's largest memory in these.
MAXRSS_BYTES = 1024 if sys.platform == "linux" else 1
#: That much of the end of what a failed command has printed is told, in lines.
TOLD = 20


class CouldNotMeasure(Exception):
    """What was to be measured did not run; the text says why."""


@dataclass(frozen=True)
class Finished:
    """What a command took from its start to its end."""

    seconds: float
    cpu_s: float
    peak_mb: float


def run_measured(command: list[str], folder: Path, environ: dict[str, str], log: Path) -> Finished:
    """Run it to its end; what it prints goes to the log.

    Raises:
        CouldNotMeasure: it failed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = "\n".join(log.read_text(errors="replace").splitlines()[-TOLD:])
        raise CouldNotMeasure(f"`{' '.join(command[:4])} …` failed, see {log}:\n{said}")
    return Finished(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * MAXRSS_BYTES / 1e6)


def cpu_s(pid: int) -> float:
    """Processor time of a process and its children so far, in seconds."""
    return sum(sum(one.cpu_times()[:2]) for one in _family(pid))


def rss_mb(pid: int) -> float:
    """Resident memory of a process and its children."""
    return float(sum(one.memory_info().rss for one in _family(pid)) / 1e6)


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]
