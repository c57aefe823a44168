"""The model of the topics, without Rasa around it: from a text to the probability of each topic.

`Features` make rows of texts; `Borders`, or where examples are few a `Network`, scores of rows. Together they beat
Rasa's neural classifier on data of this size, in a small part of its training time. Scores become probabilities with a
temperature learned on examples the model has not seen.
"""

from __future__ import annotations

from typing import Any, Dict, List, Text

import numpy as np

from bot.brain.nlu.borders import Borders, learn_borders
from bot.brain.nlu.counting import Counting
from bot.brain.nlu.features import Features
from bot.brain.nlu.network import learn_network
from bot.brain.nlu.other_process import other_process

#: The label of what is not this bank's business.
OUT_OF_SCOPE = "out_of_scope"
#: A network learns from single words and short grams: where examples are few, most longer ones are in one of them only,
#: as is much that counts.
NETWORK_FEATURES = {"words": [1, 1], "latin_chars": [1, 2], "least": 1}
#: What was begun before a model asked for it.
_ahead: List[Counting] = []


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
        self._features = _features(self._config, texts)
        rows = self._features.learn(_counting(self._features, texts).result())
        # What can be done at once is done by two processes.
        if _are_few(self._config, texts):
            self._model, heat = learn_network(len(self.labels), rows, numbers, other_process())
        else:
            self._model, heat = learn_borders(self._untrained(), rows, numbers, other_process())
        self.temperature = heat or self.temperature

    def probabilities(self, text: Text) -> np.ndarray:
        """One probability a label, in the order of `labels`."""
        scores = self._model.scores(*self._features.row(text)) / self.temperature
        weights = np.exp(scores - scores.max())
        return weights / weights.sum()

    def _untrained(self) -> Borders:
        everything_else = self.labels.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.labels else None
        return Borders(self._config, len(self.labels), everything_else)


def count_ahead(config: Dict[Text, Any], texts: List[Text]) -> None:
    """Have the other process begin to count the features of the examples that a model so configured will learn."""
    _ahead.append(Counting(_features(config, texts), texts, other_process()))


def _counting(features: Features, texts: List[Text]) -> Counting:
    """The counting of these texts, ahead or begun now."""
    while _ahead:
        begun = _ahead.pop()
        if begun.is_of(features, texts):
            return begun
        begun.stop()
    return Counting(features, texts, other_process())


def _are_few(config: Dict[Text, Any], texts: List[Text]) -> bool:
    """Whether a network learns so few examples."""
    return len(texts) <= config["network_most"]


def _features(config: Dict[Text, Any], texts: List[Text]) -> Features:
    """What to look at in so many examples."""
    return Features({**config, **NETWORK_FEATURES} if _are_few(config, texts) else config)
