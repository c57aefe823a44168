"""Trains the brain from `data/`: `python -m bot.brain.train`; keeps the last three models."""

import gc
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.brain import stand_in
from bot.brain.quiet import quieten

KEPT = 3


def main() -> int:
    gc.disable()  # there is little garbage, and much to look through
    stand_in.install()
    quieten()
    from bot.brain.nlu.other_process import other_process

    other_process()  # it starts while this one reads
    import rasa.model_training

    from bot.brain.reading import read_quickly

    read_quickly()
    _take_examples_as_they_are()
    _learn_anew()
    _count_ahead()
    _pack_quickly()
    started = time.monotonic()
    result = rasa.model_training.train(
        domain="data/domain",
        config="config.yml",
        training_files=["data/faq", "data/dialogues"],
        output="models",
        fixed_model_name=datetime.now(UTC).strftime("%Y%m%d-%H%M%S"),
        force_training=True,
    )
    if result.code or not result.model:
        print("The training data are wrong; see above.", file=sys.stderr)
        return 1
    for old in sorted(Path("models").glob("*.tar.gz"))[:-KEPT]:
        old.unlink()
    print(f"{result.model} in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return 0


def _take_examples_as_they_are() -> None:
    """Rasa cleans all examples and looks up each one's answer wherever training data are put together, thirty times.

    Those of cards are clean, and only its response selector, which is not in our recipe, learns from answers.
    """
    from rasa.shared.nlu.training_data.training_data import TrainingData

    TrainingData.sanitize_examples = staticmethod(lambda examples: list(dict.fromkeys(examples)))
    TrainingData._fill_response_phrases = lambda self: None


def _learn_anew() -> None:
    """Rasa notes what each step got and gave, so that it need not do it again: here it always does, and no one asks."""
    from rasa.engine.training.hooks import TrainingHook

    TrainingHook.on_before_node = lambda self, **step: {}
    TrainingHook.on_after_node = lambda self, **step: None


def _count_ahead() -> None:
    """Rasa plans for some seconds what to do with examples: the second process counts their features meanwhile."""
    from bot.brain import importer
    from bot.brain.nlu.classifier import TopicClassifier
    from bot.brain.nlu.topics import count_ahead

    class Ahead(importer.CardImporter):
        def __init__(self, *paths: Any, **options: Any) -> None:
            super().__init__(*paths, **options)
            for component in self.get_config().get("pipeline") or []:
                if component["name"].endswith(TopicClassifier.__name__):
                    count_ahead({**TopicClassifier.get_default_config(), **component}, self.texts())

    importer.CardImporter = Ahead


def _pack_quickly() -> None:
    """Rasa packs a model at gzip's slowest level, though numbers hardly get smaller: here it is not squeezed at all."""
    from rasa.engine.storage import local_model_storage

    class QuickTar(local_model_storage.TarSafe):
        @classmethod
        def gzopen(cls, name, mode="r", fileobj=None, compresslevel=0, **options):  # type: ignore[no-untyped-def]
            return super().gzopen(name, mode, fileobj, compresslevel, **options)

    local_model_storage.TarSafe = QuickTar


if __name__ == "__main__":
    sys.exit(main())
