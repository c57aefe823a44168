"""What the classifier looks at: characters, words and concepts, and how they follow each other.

A feature is known by the 32-bit checksum of its text: one sorted array of numbers instead of a
dictionary of strings takes a tenth of the memory; of 150,000 features about three pairs meet.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any, Dict, Iterable, List, Text, Tuple
from zlib import crc32

import numpy as np
from scipy.sparse import csr_matrix

from bot.brain.nlu.concepts import concepts
from bot.brain.nlu.normal import normal
from bot.brain.nlu.tokenizer import words

#: The checksums of a text's features and how often each occurs.
Counts = Tuple[np.ndarray, np.ndarray]
#: The columns of a text's features and their weights.
Row = Tuple[np.ndarray, np.ndarray]
#: A long message is judged by its first concepts; pairs of more cost time and say little.
MAX_CONCEPTS = 16


class Features:
    """Families of features, each weighed by how telling they are (TF-IDF), joined by their shares.

    Configuration: `chars` and `words`, the shortest and longest grams; `shares`, the weight of
    characters, words and concepts; `least`, the number of examples that must have a feature.
    """

    def __init__(self, config: Dict[Text, Any]) -> None:
        self._chars, self._words = config["chars"], config["words"]
        self._shares, self._least = config["shares"], config["least"]

    def learn(self, texts: List[Text]) -> csr_matrix:
        """Learn the features of these texts and their weights; returns a row a text."""
        families = [family for text in texts for family in self._count(text)]
        checksums = np.concatenate([sums for sums, _ in families])
        known, places, seen = np.unique(checksums, return_inverse=True, return_counts=True)
        kept = seen >= self._least
        self._known = known[kept]
        self._idf = (np.log((1 + len(texts)) / (1 + seen[kept])) + 1).astype(np.float32)
        # All texts at once, as `_weigh` does it for one.
        owners = np.repeat(np.arange(len(families)), [len(sums) for sums, _ in families])[kept[places]]
        counts = np.concatenate([counts for _, counts in families])[kept[places]]
        columns = (np.cumsum(kept) - 1)[places[kept[places]]]
        weights = (1 + np.log(counts)) * self._idf[columns]
        shares = np.tile(self._shares, len(texts))
        weights *= (shares / _lengths(weights, owners, len(families)))[owners]
        texts_of = owners // len(self._shares)
        weights /= _lengths(weights, texts_of, len(texts))[texts_of]
        ends = np.concatenate([[0], np.cumsum(np.bincount(texts_of, minlength=len(texts)))])
        return csr_matrix(
            (weights.astype(np.float32), columns.astype(np.int32), ends), shape=(len(texts), len(self._known))
        )

    def row(self, text: Text) -> Row:
        """The features of a text that are known, of length 1."""
        return self._weigh(self._count(text))

    def _count(self, text: Text) -> List[Counts]:
        plain = normal(text)
        named = concepts(plain)[:MAX_CONCEPTS]
        pairs = ["+".join(pair) for pair in combinations(sorted(named), 2)]
        families = (
            _grams(plain, self._chars, "c", ""),
            _grams(words(plain), self._words, "w", " "),
            [f"k{one}" for one in named + pairs],
        )
        return [_checksums(family) for family in families]

    def _weigh(self, families: List[Counts]) -> Row:
        columns, weights = [], []
        for (checksums, counts), share in zip(families, self._shares, strict=True):
            places = np.searchsorted(self._known, checksums)
            places[places == len(self._known)] = 0
            known = self._known[places] == checksums if len(self._known) else np.zeros(len(places), bool)
            weight = (1 + np.log(counts[known])) * self._idf[places[known]]
            columns.append(places[known])
            weights.append(share * weight / (np.sqrt(weight @ weight) or 1.0))
        joined = np.concatenate(weights).astype(np.float32)
        return np.concatenate(columns).astype(np.int32), joined / (np.sqrt(joined @ joined) or 1.0)


def _lengths(weights: np.ndarray, owners: np.ndarray, count: int) -> np.ndarray:
    """The length of each owner's vector; 1 where it has none, so that it can be divided by."""
    lengths = np.sqrt(np.bincount(owners, weights**2, count))
    return np.where(lengths > 0, lengths, 1.0)


def _grams(parts: Any, lengths: List[int], family: Text, joint: Text) -> List[Text]:
    """Every run of so many neighbours, marked with its family."""
    shortest, longest = lengths
    return [
        family + joint.join(parts[start : start + length])
        for length in range(shortest, longest + 1)
        for start in range(len(parts) - length + 1)
    ]


def _checksums(grams: Iterable[Text]) -> Counts:
    counted = Counter(grams)
    sums = np.array([crc32(gram.encode()) for gram in counted], np.uint32)
    return sums, np.array(list(counted.values()), np.float64)
