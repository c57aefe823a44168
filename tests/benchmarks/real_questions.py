"""How well real Chinese questions to a bank are understood; scored by the tool that lies beside the data.

`python -m tests.benchmarks.real_questions` prints the shares. Nothing of these questions is in the training data.
"""

import re
import subprocess
import sys
from typing import Any

from tests.benchmarks.processes import CouldNotMeasure
from tests.benchmarks.shared import shared
from tests.support.product import ROOT

#: What the tool prints of each share.
SHARES = {
    "top1": r"topics, accuracy ([\d.]+)", "top3": r"top-3 ([\d.]+)", "wrongly_refused": r"wrongly refused ([\d.]+)",
    "rejected": r"rejected ([\d.]+)", "macro": r"macro ([\d.]+)",
}


def measure(quick: bool = False) -> dict[str, Any]:
    """Shares of the questions; they take seconds, so `quick` changes nothing."""
    command = [sys.executable, str(shared("tools/eval_understanding.py")), str(shared("data/zh_dev.tsv")),
               "--command", ".venv/brain/bin/python -W ignore -m bot.brain.understand"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CouldNotMeasure(f"{command[1]} failed: {done.stdout[-500:]} {done.stderr[-500:]}")
    return {name: float(re.findall(pattern, done.stdout)[0]) for name, pattern in SHARES.items()}


if __name__ == "__main__":
    from tests.benchmarks.alone import main

    main(measure)
