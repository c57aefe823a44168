"""The brain's side of tests/unit/test_few_examples.py: a pipeline of a few examples, learned and asked.

Run in the brain's environment: `python -m tests.support.few_side`. In: {"examples": [[text, label], ...], "ask": [text,
...]} as JSON; out: the ranking of each text that was asked, on the last line.
"""

import json
import sys
import tempfile
from pathlib import Path

from bot.brain import stand_in
from bot.brain.quiet import quieten


def main() -> None:
    stand_in.install()
    quieten()

    from tests.benchmarks.in_brain.folds import learn
    from tests.benchmarks.in_brain.loading import understanding_of

    given = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        model = learn([text for text, _ in given["examples"]], [label for _, label in given["examples"]], Path(folder))
        understanding = understanding_of(model)
    print(json.dumps([understanding.parse(text)["intent_ranking"] for text in given["ask"]]))


if __name__ == "__main__":
    main()
