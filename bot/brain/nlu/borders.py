"""Where one topic ends and the next begins: the linear model with the vote of the nearest examples.

The linear model draws the borders (a support vector machine, and a little of what a feature alone
says of each topic, naive Bayes, where examples are few); the nearest examples (of each topic the
three most like the message) hold small topics up. Topics are numbers here, messages rows of
features, so that a second process can learn from them without reading anything else.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Text, Tuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

#: How near the borders must come to the best ones; nearer costs time and changes no topic.
TOLERANCE = 0.1
#: The same where the borders serve to learn the temperature alone, which comes out alike.
LOOSE = 2.0
#: A feature that more examples have than this makes none of them near, and takes most of the time to look up.
TOO_COMMON = 1000
#: Examples that are less like a message than this do not vote.
LEAST_LIKE = 0.1
#: What a topic is taken to have of a feature that none of its examples has.
SMOOTHING = 0.02
#: Every fifth example is kept back to learn the temperature; that many of them are enough.
KEPT_BACK, ENOUGH = 5, 1500


class Lines(NamedTuple):
    """The borders of these topics against all others, one row a topic, and what is added to each."""

    topics: np.ndarray
    borders: np.ndarray
    lifts: np.ndarray


def draw(
    rows: csr_matrix, numbers: np.ndarray, topics: np.ndarray, penalty: float, tolerance: float = TOLERANCE
) -> Lines:
    """The borders of some of the topics that these rows are of; what is of none of them is one more."""
    others = numbers.max() + 1
    svm = LinearSVC(C=penalty, tol=tolerance, random_state=7)
    svm.fit(rows, np.where(np.isin(numbers, topics), numbers, others))
    borders, lifts = svm.coef_, svm.intercept_
    if len(svm.classes_) == 2:
        borders, lifts = np.vstack([-borders, borders]), np.hstack([-lifts, lifts])
    return Lines(
        svm.classes_[: len(topics)], borders[: len(topics)].astype(np.float32), lifts[: len(topics)].astype(np.float32)
    )


class Borders:
    """Learns from rows of known topics and scores a new one; the configuration is that of `Topics`.

    `count` is the number of topics, `everything_else` the number of the one for what is none of them.
    """

    def __init__(self, config: Dict[Text, Any], count: int, everything_else: Optional[int]) -> None:
        self._config = config
        self.penalty: float = config["penalty"]
        self.count = count
        self._everything_else = everything_else

    def fit(self, rows: csr_matrix, numbers: np.ndarray, drawn: List[Lines]) -> Borders:
        """Learn from these rows and the borders drawn between them; a topic without one is scored below all others."""
        self._seen = np.unique(numbers)
        order = np.argsort(np.concatenate([lines.topics for lines in drawn]))
        borders = np.concatenate([lines.borders for lines in drawn])[order]
        borders += self._config["bayes_weight"] * _likelihoods(rows, numbers, self._seen)
        # Half precision: a quarter of the memory, and no topic changes places for it.
        self._borders = np.ascontiguousarray(borders.T, dtype=np.float16)
        self._lifts = np.concatenate([lines.lifts for lines in drawn])[order]
        order = np.argsort(numbers, kind="stable")
        # By feature: a message looks at the examples that share something telling with it.
        examples = rows[order].tocsc()
        shared = np.diff(examples.indptr)
        examples.data[np.repeat(shared > TOO_COMMON, shared)] = 0
        examples.eliminate_zeros()
        self._examples = examples
        self._owners = np.searchsorted(self._seen, numbers[order])
        self._votes = np.minimum(np.bincount(self._owners), self._config["nearest"])
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
        like = np.flatnonzero(alike > LEAST_LIKE)
        nearest_first = like[np.lexsort((-alike[like], self._owners[like]))]
        owners = self._owners[nearest_first]
        ranks = np.arange(len(owners)) - np.searchsorted(owners, owners)
        voting = ranks < self._config["nearest"]
        return np.bincount(owners[voting], alike[nearest_first[voting]], len(self._seen)) / self._votes


def learn_part(
    borders: Borders, rows: csr_matrix, numbers: np.ndarray, topics: np.ndarray
) -> Tuple[Lines, Optional[float]]:
    """What a second process learns: the borders of these topics, and the temperature (see `learn_temperature`)."""
    return draw(rows, numbers, topics, borders.penalty), learn_temperature(borders, rows, numbers)


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
    drawn = draw(rows[seen], numbers[seen], known, borders.penalty, LOOSE)
    borders.fit(rows[seen], numbers[seen], [drawn])
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
