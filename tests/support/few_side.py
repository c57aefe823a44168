"""The brain's side of tests/unit/test_few_examples.py: a pipeline of a few examples, learned and asked.

Run in the brain's environment: `python -m tests.support.few_side`. In, as JSON: {"examples": [[text, label], ...],
"ask": [text, ...], "ranked": [[text, ranking], ...]}; out, on the last line: the ranking of each text asked, and
what the matcher of nearly equal examples makes of each ranking.
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

    from rasa.shared.nlu.training_data.message import Message

    from bot.brain.nlu.fuzzy import FuzzyMatcher
    from tests.benchmarks.in_brain.folds import learn
    from tests.benchmarks.in_brain.loading import understanding_of

    given = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        model = learn([text for text, _ in given["examples"]], [label for _, label in given["examples"]], Path(folder))
        understanding = understanding_of(model)
    matcher = next(step for step in understanding._steps if isinstance(step, FuzzyMatcher))
    matched = [Message({"text": text, "intent_ranking": ranking}) for text, ranking in given["ranked"]]
    matcher.process(matched)
    asked = [understanding.parse(text)["intent_ranking"] for text in given["ask"]]
    print(json.dumps([asked, [message.get("intent_ranking") for message in matched]]))


if __name__ == "__main__":
    main()
