"""Counting the features of many examples: by two processes, and begun before the model asks for them."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import List, Text

from bot.brain.nlu.features import Counts, Features

#: So many texts are counted at a time, in about a third of a second.
PART = 1500


class Counting:
    """Features of texts, counted by another process part by part; at the end this one helps."""

    def __init__(self, features: Features, texts: List[Text], other: Executor) -> None:
        self._features, self._texts = features, texts
        self._parts = [texts[begin : begin + PART] for begin in range(0, len(texts), PART)]
        self._theirs = [other.submit(features.count, part) for part in self._parts]

    def is_of(self, features: Features, texts: List[Text]) -> bool:
        """Whether these features, not yet learned, are counted in these texts."""
        return self._texts == texts and vars(self._features) == vars(features)

    def result(self) -> List[Counts]:
        """The features of each part, in their order; from the last one on, this process counts what is not begun."""
        ours = {
            place: self._features.count(self._parts[place])
            for place in reversed(range(len(self._parts)))
            if self._theirs[place].cancel()
        }
        return [ours.get(place) or theirs.result() for place, theirs in enumerate(self._theirs)]

    def stop(self) -> None:
        """Nobody wants it any more."""
        for part in self._theirs:
            part.cancel()
