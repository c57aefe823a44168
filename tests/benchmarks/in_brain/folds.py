"""`python -m tests.benchmarks.in_brain.folds FILE COUNT`: right answers of COUNT of five folds, as JSON.

Every fold is trained by Rasa with the product's own config.yml and answered by the product's own understanding.
"""

import collections
import json
import sys
import tempfile
import warnings
from pathlib import Path

from bot.brain import stand_in
from bot.brain.quiet import quieten

FOLDS, SEED = 5, 1


def read(path: Path) -> tuple[list[str], list[str]]:
    """Questions and labels, without labels that are seen once."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n") if "\t" in line]
    seen = collections.Counter(row[0] for row in rows)
    kept = [row for row in rows if seen[row[0]] > 1]
    return [row[-1] for row in kept], [f"l{row[0]}" for row in kept]


def learn(texts: list[str], labels: list[str], folder: Path) -> Path:
    """A model of these examples alone."""
    import rasa.model_training

    examples = [{"text": text, "intent": label} for text, label in zip(texts, labels, strict=True)]
    data = folder / "examples.json"
    data.write_text(json.dumps({"rasa_nlu_data": {"common_examples": examples}}), encoding="utf-8")
    model = rasa.model_training.train_nlu(
        config="config.yml", nlu_data=str(data), output=str(folder), fixed_model_name="fold", domain=None
    )
    if not model:
        raise SystemExit("the fold could not be trained")
    return Path(model)


def main() -> int:
    stand_in.install()
    quieten()
    warnings.simplefilter("ignore")

    from sklearn.model_selection import StratifiedKFold

    from tests.benchmarks.in_brain.loading import understanding_of

    texts, labels = read(Path(sys.argv[1]))
    split = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(texts, labels)
    right, shares, asked = 0, [], 0
    for known, new in list(split)[: int(sys.argv[2])]:
        with tempfile.TemporaryDirectory() as folder:
            model = learn([texts[i] for i in known], [labels[i] for i in known], Path(folder))
            understanding = understanding_of(model)
        hits = sum(understanding.parse(texts[i])["intent_ranking"][0]["name"] == labels[i] for i in new)
        right, asked = right + hits, asked + len(new)
        shares.append(hits / len(new))
    print(json.dumps({"accuracy": right / asked, "shares": shares, "questions": asked, "labels": len(set(labels))}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
