"""Which of two topics that look alike is meant: a border drawn between the examples of these two alone.

A topic's own border keeps it apart from a hundred others at once. Which of two neighbours a message means is told
better by what tells just these two apart (decision 18).
"""

from __future__ import annotations

from itertools import combinations
from typing import Dict, List, NamedTuple, Tuple

import numpy as np
from scipy.sparse import csr_matrix

#: Two topics by their numbers, the smaller one first.
Pair = Tuple[int, int]
#: Of each topic, so many others that look most like it are its rivals.
RIVALS = 5
#: So many of the likeliest topics fight it out.
AT_MOST = 3
#: What a duel counts beside the topics' own scores.
WEIGHT = 0.3
#: Weights smaller than this share of the largest are left out: half of the memory.
LEAST = 0.02
#: Of a topic with more examples so many fight, those most like the rival: "everything else" has twenty times as many as
#: others, and its duels would take two thirds of the time of all.
MOST = 4000


class Duel(NamedTuple):
    """The border between two topics: positive is the first one's side."""

    #: in their order
    columns: np.ndarray
    weights: np.ndarray
    lift: float

    def result(self, columns: np.ndarray, weights: np.ndarray) -> float:
        """How far on the first one's side a message is."""
        places = self.columns.searchsorted(columns)
        places[places == len(self.columns)] = 0
        known = self.columns[places] == columns
        return float(weights[known] @ self.weights[places[known]].astype(np.float32)) + self.lift


def rivals(middles: np.ndarray) -> List[Pair]:
    """All pairs of which one is among the most alike of the other; `middles` has a row of length 1 a topic."""
    likeness = middles @ middles.T
    np.fill_diagonal(likeness, -1.0)
    near = (-likeness).argsort(axis=1)[:, : min(RIVALS, len(likeness) - 1)]
    return sorted({(min(one, other), max(one, other)) for one, row in enumerate(near.tolist()) for other in row})


def fight(
    rows: csr_matrix, numbers: np.ndarray, alike: np.ndarray, pairs: List[Pair], penalty: float
) -> Dict[Pair, Duel]:
    """The duels of these pairs, learned from rows of known topics; a pair that nothing tells apart has none.

    `alike` tells how much each row looks like each topic, a row a topic.
    """
    # Who only serves starts sooner without it.
    from sklearn.svm import LinearSVC

    rows = rows.astype(np.float64)  # as the machine wants it
    members = {topic: (numbers == topic).nonzero()[0] for topic in {topic for pair in pairs for topic in pair}}
    duels = {}
    for first, second in pairs:
        both = np.concatenate([_most_like(members[first], alike[second]), _most_like(members[second], alike[first])])
        svm = LinearSVC(C=penalty, tol=1.0, class_weight="balanced", random_state=7)
        svm.fit(rows[both], numbers[both] == first)
        weights = svm.coef_[0]
        columns = (np.abs(weights) > LEAST * np.abs(weights).max()).nonzero()[0]
        if len(columns):
            duels[first, second] = Duel(
                columns.astype(np.int32), weights[columns].astype(np.float16), float(svm.intercept_[0])
            )
    return duels


def _most_like(members: np.ndarray, alike: np.ndarray) -> np.ndarray:
    """Those of a topic that look most like its rival, in their order."""
    return members if len(members) <= MOST else np.sort(members[np.argpartition(-alike[members], MOST - 1)[:MOST]])


def settle(duels: Dict[Pair, Duel], scores: np.ndarray, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The scores of a message, the highest of them given to whom the duels say."""
    best = np.argpartition(-scores, min(AT_MOST, len(scores)) - 1)[:AT_MOST]
    best = best[np.argsort(-scores[best])]
    said = scores[best].copy()
    for first, second in combinations(range(len(best)), 2):
        one, other = sorted((int(best[first]), int(best[second])))
        if duel := duels.get((one, other)):
            for_first = duel.result(columns, weights) * (WEIGHT if one == best[first] else -WEIGHT)
            said[first] += for_first
            said[second] -= for_first
    settled = scores.copy()
    settled[best[np.argsort(-said, kind="stable")]] = scores[best]
    return settled
