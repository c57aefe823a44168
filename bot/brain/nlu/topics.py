"""The model of the topics, without Rasa around it: from a text to the probability of each topic.

`Features` make rows of texts; `Borders`, or where examples are few a `Network`, scores of rows. Together they beat
Rasa's neural classifier on data of this size, in a small part of its training time. Scores become probabilities with a
temperature learned on examples the model has not seen.
"""

from __future__ import annotations

from concurrent.futures import Executor, ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from typing import Any, Dict, List, Text

import numpy as np

from bot.brain import stand_in
from bot.brain.nlu.borders import Borders, learn_borders
from bot.brain.nlu.features import Features
from bot.brain.nlu.network import learn_network
from bot.brain.nlu.tokenizer import cutter

#: The label of what is not this bank's business.
OUT_OF_SCOPE = "out_of_scope"
#: A network learns from single words and short grams: where examples are few, most longer ones are in one of them only.
NETWORK_FEATURES = {"words": [1, 1], "latin_chars": [1, 2]}


class Topics:
    """Learns topics from examples and tells how likely each is.

    Configuration: that of `Features`; `network_most`, up to how many examples a network is learned instead of borders;
    of the borders: `penalty` of the linear model's errors; `bayes_weight`, what a feature's own likelihood counts;
    `out_of_scope_lift`, the head start of everything else; `temperature`, where it can not be learned.
    """

    def __init__(self, config: Dict[Text, Any]) -> None:
        self._config = config
        self.labels: List[Text] = []
        self.temperature: float = config["temperature"]

    def learn(self, texts: List[Text], labels: List[Text]) -> None:
        """Train on these examples; a label with one example is learned too."""
        self.labels = sorted(set(labels))
        place = {label: number for number, label in enumerate(self.labels)}
        numbers = np.array([place[label] for label in labels])
        few = len(texts) <= self._config["network_most"]
        self._features = Features({**self._config, **NETWORK_FEATURES} if few else self._config)
        # What can be done at once is done by two processes.
        other, half = other_process(), len(texts) // 2
        counted = other.submit(self._features.count, texts[half:])
        rows = self._features.learn([self._features.count(texts[:half]), counted.result()])
        del counted  # it would keep what it has counted
        if few:
            self._model, heat = learn_network(len(self.labels), rows, numbers, other)
        else:
            self._model, heat = learn_borders(self._untrained(), rows, numbers, other)
        self.temperature = heat or self.temperature

    def probabilities(self, text: Text) -> np.ndarray:
        """One probability a label, in the order of `labels`."""
        scores = self._model.scores(*self._features.row(text)) / self.temperature
        weights = np.exp(scores - scores.max())
        return weights / weights.sum()

    def _untrained(self) -> Borders:
        everything_else = self.labels.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.labels else None
        return Borders(self._config, len(self.labels), everything_else)


@lru_cache(maxsize=1)
def other_process() -> Executor:
    """A second process to learn with; it gets ready as soon as this is first called, and ends with this one."""
    other = ProcessPoolExecutor(1, get_context("spawn"), initializer=stand_in.install)
    other.submit(_get_ready)
    return other


def _get_ready() -> None:
    """Read the words; what learning needs has been imported to come here."""
    cutter()
