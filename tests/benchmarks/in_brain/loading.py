"""A trained model's understanding without the rest of the brain; imports Rasa, so the stand-in comes first."""

import tempfile
from pathlib import Path

from rasa.engine import loader
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.brain.understanding import Understanding


def understanding_of(model: Path) -> Understanding:
    with tempfile.TemporaryDirectory() as folder:
        _, runner = loader.load_predict_graph_runner(Path(folder), model, LocalModelStorage, DaskGraphRunner)
    return Understanding(runner)
