"""How sure a model may be: the temperature under which examples it has not seen get honest probabilities."""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

#: Every fifth example is kept back to learn the temperature: at least so many, or they tell nothing; more than enough
#: are not needed.
KEPT_BACK, TOO_FEW, ENOUGH = 5, 100, 1500


def kept_back(numbers: np.ndarray, share: float = 1.0) -> Optional[Tuple[np.ndarray, np.ndarray]]:
    """Places of the examples to learn from and of those kept back; None where they are too few.

    `numbers` are the examples' topics; of each topic that is kept back some are learned, of all examples at most this
    `share`.
    """
    order = np.random.default_rng(7).permutation(len(numbers))
    unseen, seen = order[::KEPT_BACK], np.delete(order, np.s_[::KEPT_BACK])[: int(share * len(order))]
    known = np.unique(numbers[seen])
    unseen = unseen[np.isin(numbers[unseen], known)][:ENOUGH]
    return None if len(unseen) < max(TOO_FEW, len(np.unique(numbers))) else (seen, unseen)


def temperature(scores: np.ndarray, wanted: np.ndarray) -> float:
    """What to divide scores by, so that their softmax is the chance to be right; a row a message."""
    right = scores[np.arange(len(wanted)), wanted]

    def surprise(candidate: float) -> float:
        return float(np.mean(logsumexp(scores / candidate, axis=1) - right / candidate))

    return float(minimize_scalar(surprise, bounds=(0.02, 5.0), method="bounded").x)
