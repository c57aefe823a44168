"""Runs one measure by itself: `python -m tests.benchmarks.NAME [--quick]` prints its figures as JSON."""

import argparse
import json
from collections.abc import Callable
from typing import Any


def main(measure: Callable[[bool], dict[str, Any]]) -> None:
    cli = argparse.ArgumentParser()
    cli.add_argument("--quick", action="store_true", help="fewer rounds: a look, not a figure to quote")
    print(json.dumps(measure(cli.parse_args().quick), ensure_ascii=False, indent=1))
