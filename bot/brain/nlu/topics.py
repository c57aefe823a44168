"""The model of the topics: a linear model with the vote of the nearest examples, without Rasa around it.

The linear model draws the borders (a support vector machine, and a little of what a feature alone
says of each topic, naive Bayes, where examples are few); the nearest examples (of each topic the
three most like the message) hold small topics up. Together they beat Rasa's neural classifier on data of this size, at
a thousandth of its training time. Scores become probabilities with a temperature learned on
examples the model has not seen.
"""

from __future__ import annotations

from typing import Any, Dict, List, Text

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from bot.brain.nlu.features import Features, Row

#: The label of what is not this bank's business.
OUT_OF_SCOPE = "out_of_scope"
#: How near the borders must come to the best ones; nearer costs time and changes no topic.
TOLERANCE = 0.1
#: What a label is taken to have of a feature that none of its examples has.
SMOOTHING = 0.02
#: Every fifth example is kept back to learn the temperature; that many of them are enough.
KEPT_BACK, ENOUGH = 5, 1500


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
        self.temperature = 1.0

    def learn(self, texts: List[Text], labels: List[Text]) -> None:
        """Train on these examples; a label with one example is learned too."""
        self.labels = sorted(set(labels))
        place = {label: number for number, label in enumerate(self.labels)}
        numbers = np.array([place[label] for label in labels])
        self._features = Features(self._config)
        rows = self._features.learn(texts)
        self.temperature = self._learn_temperature(rows, numbers)
        self._fit(rows, numbers)

    def probabilities(self, text: Text) -> np.ndarray:
        """One probability a label, in the order of `labels`."""
        scores = self._scores(self._features.row(text)) / self.temperature
        weights = np.exp(scores - scores.max())
        return weights / weights.sum()

    def _fit(self, rows: csr_matrix, numbers: np.ndarray) -> None:
        svm = LinearSVC(C=self._config["penalty"], tol=TOLERANCE, random_state=7).fit(rows, numbers)
        self._seen = svm.classes_
        borders, lifts = svm.coef_, svm.intercept_
        if len(self._seen) == 2:
            borders, lifts = np.vstack([-borders, borders]), np.hstack([-lifts, lifts])
        borders = borders + self._config["bayes_weight"] * _likelihoods(rows, numbers, self._seen)
        # Half precision: a quarter of the memory, and no topic changes places for it.
        self._borders = np.ascontiguousarray(borders.T, dtype=np.float16)
        self._lifts = lifts.astype(np.float32)
        order = np.argsort(numbers, kind="stable")
        # By feature: a message looks at the examples that share something with it.
        self._examples = rows[order].tocsc()
        self._starts = np.searchsorted(numbers[order], self._seen)
        self._owners = np.searchsorted(self._seen, numbers[order])

    def _scores(self, row: Row) -> np.ndarray:
        columns, weights = row
        linear = weights @ self._borders[columns].astype(np.float32) + self._lifts
        seen = linear + self._config["nearest_weight"] * self._nearest(columns, weights)
        scores = np.full(len(self.labels), seen.min() - 1.0)
        scores[self._seen] = seen
        if OUT_OF_SCOPE in self.labels:
            # Everything else in the world is wider than its examples: it gets a head start.
            scores[self.labels.index(OUT_OF_SCOPE)] += self._config["out_of_scope_lift"]
        return scores

    def _nearest(self, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Mean likeness to the nearest examples of each label that was seen."""
        alike = self._examples[:, columns] @ weights
        best = np.zeros((self._config["nearest"], len(self._seen)))
        for rank in range(self._config["nearest"]):
            best[rank] = np.maximum.reduceat(alike, self._starts)
            places = np.flatnonzero(alike == best[rank][self._owners])
            _, first = np.unique(self._owners[places], return_index=True)
            alike[places[first]] = -1.0  # out of the next round
        counted = best >= 0
        return np.where(counted, best, 0.0).sum(axis=0) / np.maximum(counted.sum(axis=0), 1)

    def _learn_temperature(self, rows: csr_matrix, numbers: np.ndarray) -> float:
        """The temperature under which unseen examples get honest probabilities."""
        order = np.random.default_rng(7).permutation(len(numbers))
        unseen, seen = order[::KEPT_BACK], np.delete(order, np.s_[::KEPT_BACK])
        known = np.unique(numbers[seen])
        unseen = unseen[np.isin(numbers[unseen], known)][:ENOUGH]
        if len(known) < 2 or len(unseen) < len(self.labels):
            return self._config["temperature"]
        self._fit(rows[seen], numbers[seen])
        scores = np.array([self._scores((row.indices, row.data)) for row in rows[unseen]])
        wanted = scores[np.arange(len(unseen)), numbers[unseen]]

        def surprise(temperature: float) -> float:
            highest = scores.max(axis=1)
            spread = np.exp((scores - highest[:, None]) / temperature).sum(axis=1)
            return float(np.mean(np.log(spread) + (highest - wanted) / temperature))

        return float(minimize_scalar(surprise, bounds=(0.02, 2.0), method="bounded").x)


def _likelihoods(rows: csr_matrix, numbers: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """How much likelier than on average each feature is in each label, as logarithms: multinomial naive Bayes."""
    members = csr_matrix(
        (np.ones(len(numbers), np.float32), (np.searchsorted(seen, numbers), np.arange(len(numbers))))
    )
    sums = np.asarray((members @ rows).todense()) + SMOOTHING
    logs = np.log(sums / sums.sum(axis=1, keepdims=True))
    return logs - logs.mean(axis=0)
