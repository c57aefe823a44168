"""Where one topic ends and the next begins: the linear model.

A support vector machine draws the borders; a little of what a feature alone says of each topic (naive Bayes) holds
small topics up. Topics are numbers here, messages rows of features, so that a second process can learn from them
without reading anything else.
"""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any, Dict, List, NamedTuple, Optional, Text, Tuple

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

from bot.brain.nlu.rivals import Duel, Pair, fight, rivals, settle
from bot.brain.nlu.temperature import kept_back, temperature

#: How near the borders must come to the best ones; nearer costs time and helps no message more than it hurts another.
TOLERANCE = 1.0
#: The same where the borders serve to learn the temperature alone, which comes out alike.
LOOSE = 2.0
#: And drawn from this share of the examples: it comes out 3 % lower than from four fifths.
SEEN_FOR_TEMPERATURE = 0.5
#: A topic's border is drawn against this share of the examples, those that look most like it for what they are like
#: their own topic, and against so many at least.
NEAR_OTHERS, LEAST_OTHERS = 0.045, 3000
#: And against every so many of those farther away: against none, what is far from all topics could land in any.
FAR_OTHERS = 24
#: What a topic is taken to have of a feature that none of its examples has.
SMOOTHING = 0.02
#: A quarter of the memory, and no topic changes places for it.
PRECISION = np.float16
#: So many features get their borders at once: all of them would take 300 MB for a moment.
AT_ONCE = 20_000


class Lines(NamedTuple):
    """The borders of these topics against all others, one row a topic, and what is added to each."""

    topics: np.ndarray
    borders: np.ndarray
    lifts: np.ndarray


class Borders:
    """Learns from rows of known topics and scores a new one; the configuration is that of `Topics`.

    `count` is the number of topics, `everything_else` the number of the one for what is none of them.
    """

    def __init__(self, config: Dict[Text, Any], count: int, everything_else: Optional[int]) -> None:
        self._config = config
        self.penalty: float = config["penalty"]
        self.count = count
        self.everything_else = everything_else

    def middles(self, rows: csr_matrix, numbers: np.ndarray) -> np.ndarray:
        """What each topic looks like on the whole: a row of length 1 a topic."""
        sums: np.ndarray = _sums(rows, numbers, np.arange(self.count)).toarray()
        sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return sums

    def alike(self, rows: csr_matrix, numbers: np.ndarray, middles: np.ndarray) -> np.ndarray:
        """How much each of these rows looks like each topic, a row a topic, for what it looks like its own."""
        alike = rows @ np.ascontiguousarray(middles.T)
        alike -= alike[np.arange(len(numbers)), numbers, None]
        return np.ascontiguousarray(alike.T)

    def draw(
        self,
        rows: csr_matrix,
        numbers: np.ndarray,
        alike: np.ndarray,
        topics: np.ndarray,
        tolerance: float = TOLERANCE,
    ) -> Lines:
        """The borders of some of the topics that these rows are of, each against the examples of others near it."""
        # Who only serves starts sooner without it.
        from sklearn.svm import LinearSVC

        rows = rows.astype(np.float64)  # what the machine wants, and would make of every part anew
        borders, lifts = np.empty((len(topics), rows.shape[1]), PRECISION), np.empty(len(topics), np.float32)
        for place, topic in enumerate(topics):
            own = numbers == topic
            svm = LinearSVC(C=self.penalty, tol=tolerance, random_state=7)
            if topic == self.everything_else:  # it lies everywhere: all others are near it
                svm.fit(rows, own)
            else:
                seen = _told_apart(own, alike[topic])
                svm.fit(rows[seen], own[seen])
            borders[place], lifts[place] = svm.coef_[0], svm.intercept_[0]
        return Lines(topics, borders, lifts)

    def fit(
        self, rows: csr_matrix, numbers: np.ndarray, drawn: List[Lines], duels: Optional[Dict[Pair, Duel]] = None
    ) -> Borders:
        """Learn from these rows and what is drawn between them; a topic without a border is scored below all others."""
        self._duels = duels or {}
        self._seen = np.unique(numbers)
        sums = _sums(rows, numbers, self._seen).tocsc()
        totals = np.asarray(sums.sum(axis=1)) + SMOOTHING * sums.shape[1]
        order = np.argsort(np.concatenate([lines.topics for lines in drawn]))
        self._borders = np.empty((sums.shape[1], len(order)), PRECISION)
        for begin in range(0, sums.shape[1], AT_ONCE):
            part = slice(begin, begin + AT_ONCE)
            borders = np.concatenate([lines.borders[:, part] for lines in drawn])[order].astype(np.float32)
            borders += self._config["bayes_weight"] * _likelihoods(sums[:, part], totals)
            self._borders[part] = borders.astype(PRECISION).T  # turned round when it is small: half of the time
        self._lifts = np.concatenate([lines.lifts for lines in drawn])[order]
        return self

    def scores(self, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """One score a topic."""
        scores = (weights @ self._borders[columns].astype(np.float32) + self._lifts).astype(np.float64)
        if len(self._seen) < self.count:
            seen, scores = scores, np.full(self.count, scores.min() - 1.0)
            scores[self._seen] = seen
        if self.everything_else is not None:
            # Everything else in the world is wider than its examples: it gets a head start.
            scores[self.everything_else] += self._config["out_of_scope_lift"]
        return settle(self._duels, scores, columns, weights) if self._duels else scores


def learn_borders(
    untrained: Borders, rows: csr_matrix, numbers: np.ndarray, other: Executor
) -> Tuple[Borders, Optional[float]]:
    """Borders and the temperature, each half learned by another process; None where it can not be learned.

    The other draws the border of everything else, which takes the most time and memory, and learns the temperature. It
    gets copies: what it gets is packed by a thread while this one learns from the original. What looks like what is
    found by both, which takes no longer than to tell.
    """
    topics = np.unique(numbers)
    theirs = topics == untrained.everything_else
    learnt = other.submit(_learn_part, untrained, rows.copy(), numbers.copy(), topics[theirs])
    middles = untrained.middles(rows, numbers)
    alike = untrained.alike(rows, numbers, middles)
    drawn = untrained.draw(rows, numbers, alike, topics[~theirs])
    duels = fight(rows, numbers, alike, rivals(middles)[1::2], untrained.penalty)
    lines, their_duels, heat = learnt.result()
    return untrained.fit(rows, numbers, [drawn, lines], duels | their_duels), heat


def _learn_part(
    borders: Borders, rows: csr_matrix, numbers: np.ndarray, topics: np.ndarray
) -> Tuple[Lines, Dict[Pair, Duel], Optional[float]]:
    """The borders of these topics, every second pair's duel, and the temperature of all."""
    middles = borders.middles(rows, numbers)
    alike = borders.alike(rows, numbers, middles)
    lines = borders.draw(rows, numbers, alike, topics)
    duels = fight(rows, numbers, alike, rivals(middles)[::2], borders.penalty)
    return lines, duels, _learn_temperature(borders, rows, numbers, alike)


def _learn_temperature(
    borders: Borders, rows: csr_matrix, numbers: np.ndarray, alike: np.ndarray
) -> Optional[float]:
    """The temperature of borders that have seen a part of the rows; None where they are too few."""
    places = kept_back(numbers, SEEN_FOR_TEMPERATURE)
    if places is None:
        return None
    seen, unseen = places
    drawn = borders.draw(rows[seen], numbers[seen], alike[:, seen], np.unique(numbers[seen]), LOOSE)
    borders.fit(rows[seen], numbers[seen], [drawn])
    scores = np.array([borders.scores(row.indices, row.data) for row in rows[unseen]])
    return temperature(scores, numbers[unseen])


def _told_apart(own: np.ndarray, alike: np.ndarray) -> np.ndarray:
    """Places of the examples a border is drawn between: the own ones, the others most alike, and some of the rest."""
    others = (~own).nonzero()[0]
    near = min(max(int(NEAR_OTHERS * len(own)), LEAST_OTHERS), len(others))
    others = others[np.argpartition(-alike[others], near - 1)] if near < len(others) else others
    return np.sort(np.concatenate([own.nonzero()[0], others[:near], others[near::FAR_OTHERS]]))


def _likelihoods(sums: csc_matrix, totals: np.ndarray) -> np.ndarray:
    """How much likelier than on average each feature is in each topic, as logarithms: multinomial naive Bayes.

    `sums` are the features of each topic, added up, `totals` what all features of a topic come to.
    """
    logs = np.log((np.asarray(sums.todense()) + SMOOTHING) / totals)
    return logs - logs.mean(axis=0)


def _sums(rows: csr_matrix, numbers: np.ndarray, topics: np.ndarray) -> csr_matrix:
    """The rows of each of these topics, added up."""
    members = csr_matrix((np.ones(len(numbers), np.float32), (numbers, np.arange(len(numbers)))))
    return members[topics] @ rows
