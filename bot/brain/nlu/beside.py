"""What the second process of a training does: half of the counting, some of the borders, and the temperature."""

# ruff: noqa: E402
from __future__ import annotations

from typing import List, Optional, Text, Tuple

import numpy as np
from scipy.sparse import csr_matrix

from bot.brain import stand_in

stand_in.install()  # it reads of Rasa what the words need

from bot.brain.nlu.borders import Borders, Lines, draw, learn_temperature
from bot.brain.nlu.features import Counts, Features


def count(features: Features, texts: List[Text]) -> Counts:
    """The features of these texts."""
    return features.count(texts)


def learn_part(
    borders: Borders, rows: csr_matrix, numbers: np.ndarray, topics: np.ndarray
) -> Tuple[Lines, Optional[float]]:
    """The borders of these topics, and the temperature, learned by borders that are not needed else."""
    return draw(rows, numbers, topics, borders.penalty), learn_temperature(borders, rows, numbers)
