"""Where one topic ends and the next begins: the linear model with the vote of the nearest examples.

The linear model draws the borders (a support vector machine, and a little of what a feature alone
says of each topic, naive Bayes, where examples are few); the nearest examples (of each topic the
three most like the message) hold small topics up. Topics are numbers here, messages rows of
features, so that a second process can learn from them without reading anything else.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Text

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

#: How near the borders must come to the best ones; nearer costs time and changes no topic.
TOLERANCE = 0.1
#: What a topic is taken to have of a feature that none of its examples has.
SMOOTHING = 0.02
#: Every fifth example is kept back to learn the temperature; that many of them are enough.
KEPT_BACK, ENOUGH = 5, 1500


class Borders:
    """Learns from rows of known topics and scores a new one; the configuration is that of `Topics`.

    `count` is the number of topics, `everything_else` the number of the one for what is none of them.
    """

    def __init__(self, config: Dict[Text, Any], count: int, everything_else: Optional[int]) -> None:
        self._config = config
        self.count = count
        self._everything_else = everything_else

    def fit(self, rows: csr_matrix, numbers: np.ndarray) -> Borders:
        """Learn from these rows; a topic without one is scored below all others."""
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
        return self

    def scores(self, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """One score a topic."""
        linear = weights @ self._borders[columns].astype(np.float32) + self._lifts
        seen = linear + self._config["nearest_weight"] * self._nearest(columns, weights)
        scores = np.full(self.count, seen.min() - 1.0)
        scores[self._seen] = seen
        if self._everything_else is not None:
            # Everything else in the world is wider than its examples: it gets a head start.
            scores[self._everything_else] += self._config["out_of_scope_lift"]
        return scores

    def _nearest(self, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Mean likeness to the nearest examples of each topic that was seen."""
        alike = self._examples[:, columns] @ weights
        best = np.zeros((self._config["nearest"], len(self._seen)))
        for rank in range(self._config["nearest"]):
            best[rank] = np.maximum.reduceat(alike, self._starts)
            places = np.flatnonzero(alike == best[rank][self._owners])
            _, first = np.unique(self._owners[places], return_index=True)
            alike[places[first]] = -1.0  # out of the next round
        counted = best >= 0
        return np.where(counted, best, 0.0).sum(axis=0) / np.maximum(counted.sum(axis=0), 1)


def learn_temperature(borders: Borders, rows: csr_matrix, numbers: np.ndarray) -> Optional[float]:
    """The temperature under which unseen examples get honest probabilities; None where they are too few.

    `borders` is a fresh one, which learns from four fifths of the rows here.
    """
    order = np.random.default_rng(7).permutation(len(numbers))
    unseen, seen = order[::KEPT_BACK], np.delete(order, np.s_[::KEPT_BACK])
    known = np.unique(numbers[seen])
    unseen = unseen[np.isin(numbers[unseen], known)][:ENOUGH]
    if len(known) < 2 or len(unseen) < borders.count:
        return None
    borders.fit(rows[seen], numbers[seen])
    scores = np.array([borders.scores(row.indices, row.data) for row in rows[unseen]])
    wanted = scores[np.arange(len(unseen)), numbers[unseen]]

    def surprise(temperature: float) -> float:
        highest = scores.max(axis=1)
        spread = np.exp((scores - highest[:, None]) / temperature).sum(axis=1)
        return float(np.mean(np.log(spread) + (highest - wanted) / temperature))

    return float(minimize_scalar(surprise, bounds=(0.02, 2.0), method="bounded").x)


def _likelihoods(rows: csr_matrix, numbers: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """How much likelier than on average each feature is in each topic, as logarithms: multinomial naive Bayes."""
    members = csr_matrix(
        (np.ones(len(numbers), np.float32), (np.searchsorted(seen, numbers), np.arange(len(numbers))))
    )
    sums = np.asarray((members @ rows).todense()) + SMOOTHING
    logs = np.log(sums / sums.sum(axis=1, keepdims=True))
    return logs - logs.mean(axis=0)
