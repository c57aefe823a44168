"""A small network that learns all topics together: better than borders where a topic has few examples.

From features to hidden units to topics, learned from nothing on the processor. Of messages that it has not seen it
knows more than the linear model does when a topic has a handful of examples; when it has hundreds it does not, and
takes minutes to learn. `Topics` decides.
"""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Iterator, Tuple

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax

from bot.brain.nlu.temperature import kept_back, temperature

#: Units between features and topics.
HIDDEN = 512
#: How often every example is looked at, how many at a time, and the least number of such steps.
ROUNDS, BATCH, LEAST_STEPS = 12, 128, 120
#: How far the first steps go, for topics and for features; steps get shorter to the end.
RATE, FEATURE_RATE = 0.01, 0.0033
#: An example is believed to be of its topic with this much doubt, so that none is learned by heart.
DOUBT = 0.1
#: What Adam keeps of the steps before: of their direction, and of their size.
DIRECTION, SIZE = 0.9, 0.99


class Network:
    """Learns from rows of features and scores new ones; topics are numbers below `count`."""

    def __init__(self, count: int) -> None:
        self._count = count

    def fit(self, rows: csr_matrix, numbers: np.ndarray) -> Network:
        """Learn the topics of these rows."""
        random = np.random.default_rng(7)
        into = _Layer(random, rows.shape[1], HIDDEN, FEATURE_RATE)
        out = _Layer(random, HIDDEN, self._count, RATE)
        batches = list(_batches(random, len(numbers)))
        for step, chosen in enumerate(batches, start=1):
            left = 1 - step / (len(batches) + 1)
            # Only the features of these examples: of all others nothing is learned now.
            batch = rows[chosen]
            columns, places = np.unique(batch.indices, return_inverse=True)
            given = csr_matrix((batch.data, places, batch.indptr), shape=(len(chosen), len(columns)))
            hidden = np.maximum(given @ into.weights[columns], 0)
            errors = softmax(hidden @ out.weights, axis=1) - DOUBT / self._count
            errors[np.arange(len(chosen)), numbers[chosen]] -= 1 - DOUBT
            errors /= len(chosen)
            back = (errors @ out.weights.T) * (hidden > 0)
            out.learn(hidden.T @ errors, np.arange(HIDDEN), step, left)
            into.learn(given.T @ back, columns, step, left)
        # Half precision: half of the memory, and no topic changes places for it.
        self._into, self._out = into.weights.astype(np.float16), out.weights
        return self

    def scores(self, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The logarithm of each topic's chance."""
        hidden = np.maximum(weights @ self._into[columns].astype(np.float32), 0)
        return log_softmax(hidden @ self._out)


class _Layer:
    """The weights from some units to others, and Adam, who changes them."""

    def __init__(self, random: np.random.Generator, units: int, others: int, rate: float) -> None:
        self.weights = random.normal(0, rate * HIDDEN**-0.5 / RATE, (units, others)).astype(np.float32)
        self._rate = rate
        self._direction, self._size = np.zeros_like(self.weights), np.zeros_like(self.weights)

    def learn(self, gradient: np.ndarray, places: np.ndarray, step: int, left: float) -> None:
        """Take one step against the gradient of the weights at these places."""
        direction = DIRECTION * self._direction[places] + (1 - DIRECTION) * gradient
        size = SIZE * self._size[places] + (1 - SIZE) * gradient**2
        self._direction[places], self._size[places] = direction, size
        steady = np.sqrt(size / (1 - SIZE**step)) + 1e-8
        self.weights[places] -= self._rate * left * direction / (1 - DIRECTION**step) / steady


def _batches(random: np.random.Generator, count: int) -> Iterator[np.ndarray]:
    """The places of the examples of each step."""
    for _ in range(max(ROUNDS, LEAST_STEPS // -(-count // BATCH))):
        order = random.permutation(count)
        for start in range(0, count, BATCH):
            yield order[start : start + BATCH]


def learn_network(
    count: int, rows: csr_matrix, numbers: np.ndarray, other: Executor
) -> Tuple[Network, float]:
    """The network, and the temperature, for which the other process learns one."""
    heat = other.submit(_learn_temperature, count, rows.copy(), numbers.copy())
    return Network(count).fit(rows, numbers), heat.result()


def _learn_temperature(count: int, rows: csr_matrix, numbers: np.ndarray) -> float:
    """The temperature of a network that has seen a part of the rows; where they are too few, its word is taken."""
    places = kept_back(numbers)
    if places is None:
        return 1.0
    seen, unseen = places
    network = Network(count).fit(rows[seen], numbers[seen])
    scores = np.array([network.scores(row.indices, row.data) for row in rows[unseen]])
    return temperature(scores, numbers[unseen])
