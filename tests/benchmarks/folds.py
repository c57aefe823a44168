"""Another firm's questions through our pipeline: `python -m tests.benchmarks.folds`.

A public set of a card scheme's Chinese questions, 745 labels; labels seen once are left out, five folds keep the
labels' shares. The pipeline is `Topics` with the configuration of config.yml; nothing is tuned to these data.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.benchmarks import brain_python
from tests.benchmarks.missing import shared

QUESTIONS = "data/unionpay_faq.tsv"
FOLDS, SEED = 5, 1
CLASSIFIER = "bot.brain.nlu.classifier.TopicClassifier"


def measure() -> dict[str, Any]:
    """The share of unseen questions whose label was found, and how it differs between folds.

    Raises:
        CannotMeasure: the questions are not beside the checkout, or there is no such pipeline.
    """
    shared(QUESTIONS)
    return brain_python.result_of("tests.benchmarks.folds")


def inside() -> dict[str, Any]:
    """In the brain's environment."""
    from bot.brain import stand_in
    from bot.brain.quiet import quieten

    stand_in.install()
    quieten()
    import warnings

    import numpy as np
    from ruamel.yaml import YAML
    from sklearn.model_selection import StratifiedKFold

    from bot.brain.nlu.classifier import TopicClassifier
    from bot.brain.nlu.topics import Topics

    warnings.simplefilter("ignore")  # labels with fewer examples than folds
    given = YAML(typ="safe").load(Path("config.yml").read_text(encoding="utf-8"))["pipeline"]
    ours = next(part for part in given if part["name"] == CLASSIFIER)
    config = {**TopicClassifier.get_default_config(), **ours}
    texts, labels = read_rows(shared(QUESTIONS))
    shares = []
    right = 0
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(texts, labels)
    for number, (learnt, asked) in enumerate(folds, 1):
        topics = Topics(config)
        topics.learn([texts[i] for i in learnt], [labels[i] for i in learnt])
        hits = sum(topics.labels[int(np.argmax(topics.probabilities(texts[i])))] == labels[i] for i in asked)
        right += hits
        shares.append(hits / len(asked))
        print(f"fold {number}: {shares[-1]:.4f}", file=sys.stderr, flush=True)
    return {
        "accuracy": round(right / len(texts), 4),
        "folds": [round(share, 4) for share in shares],
        "questions": len(texts),
        "labels": len(set(labels)),
    }


def read_rows(path: Path) -> tuple[list[str], list[str]]:
    """Texts and labels, without labels that were seen once."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line]
    seen = Counter(row[0] for row in rows)
    kept = [row for row in rows if seen[row[0]] > 1]
    return [row[-1] for row in kept], [row[0] for row in kept]


if __name__ == "__main__":
    brain_python.run(inside, measure)
