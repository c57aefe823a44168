"""The model of the topics, without Rasa around it: from a text to the probability of each topic.

`Features` make rows of texts, `Borders` scores of rows. Together they beat Rasa's neural classifier on data of this
size, at a thousandth of its training time. Scores become probabilities with a temperature learned on examples the
model has not seen.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Dict, List, Text

import numpy as np

from bot.brain import stand_in
from bot.brain.nlu.borders import Borders, draw, learn_part
from bot.brain.nlu.features import Features

#: The label of what is not this bank's business.
OUT_OF_SCOPE = "out_of_scope"
#: What this process counts itself; the other one has to start first.
OUR_TEXTS = 0.6
#: Of so many topics the other process draws the borders of one; it learns the temperature too.
THEIR_TOPICS = 4


class Topics:
    """Learns topics from examples and tells how likely each is.

    Configuration: that of `Features`; `penalty` of the linear model's errors; `bayes_weight`, what
    a feature's own likelihood counts; `nearest`, how many examples of a topic vote, and
    `nearest_weight`, what the vote counts; `out_of_scope_lift`, the head start of everything else;
    `temperature`, where the examples are too few to learn it.
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
        self._features = Features(self._config)
        # What can be done at once is done by two processes. The other gets copies: what it gets is packed by a thread
        # while this one learns from the original.
        with ProcessPoolExecutor(1, get_context("spawn"), initializer=stand_in.install) as other:
            ours = int(len(texts) * OUR_TEXTS)
            counted = other.submit(self._features.count, texts[ours:])
            rows = self._features.learn([self._features.count(texts[:ours]), counted.result()])
            topics = np.unique(numbers)
            theirs, left = topics[::THEIR_TOPICS], np.delete(topics, np.s_[::THEIR_TOPICS])
            learnt = other.submit(learn_part, self._untrained(), rows.copy(), numbers.copy(), theirs)
            drawn = [draw(rows, numbers, left, self._config["penalty"])] if len(left) else []
            lines, temperature = learnt.result()
        self._borders = self._untrained().fit(rows, numbers, [*drawn, lines])
        self.temperature = temperature or self.temperature

    def probabilities(self, text: Text) -> np.ndarray:
        """One probability a label, in the order of `labels`."""
        scores = self._borders.scores(*self._features.row(text)) / self.temperature
        weights = np.exp(scores - scores.max())
        return weights / weights.sum()

    def _untrained(self) -> Borders:
        everything_else = self.labels.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.labels else None
        return Borders(self._config, len(self.labels), everything_else)
