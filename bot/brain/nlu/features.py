"""What the classifier looks at: characters, words and concepts, and how they follow each other.

A feature is known by a 32-bit number mixed from its parts: one sorted array of numbers instead of a
dictionary of strings takes a tenth of the memory; of 150,000 features about three pairs meet.
"""

from __future__ import annotations

from array import array
from itertools import chain, combinations
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Text, Tuple
from zlib import crc32

import numpy as np
from scipy.sparse import csr_matrix

from bot.brain.nlu.concepts import concepts
from bot.brain.nlu.normal import CHINESE, nameless
from bot.brain.nlu.tokenizer import words

#: The columns of a text's features and their weights.
Row = Tuple[np.ndarray, np.ndarray]
#: A long message is judged by its first concepts; pairs of more cost time and say little.
MAX_CONCEPTS = 16
#: Characters, words and concepts.
FAMILIES = 3
#: Neighbours of a message's first and last word: what is asked for often stands there.
ENDS = (1, 2)
#: The concept of a bank that is named. Its name itself is no feature.
A_BANK = "@bank"
#: One for each part of a feature, five at most; odd, and else of no meaning. A feature's number is mixed from its parts
#: in their order (multiply and shift: any two meet once in 2^32).
_FACTORS = tuple(
    map(
        np.uint64,
        (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F),
    )
)
_HALF = np.uint64(32)


class Counts(NamedTuple):
    """Features: the family they are in (a text's number times `FAMILIES`, plus the family's), and how often."""

    groups: np.ndarray
    features: np.ndarray
    counts: np.ndarray
    #: how many texts were counted
    texts: int


class _Runs:
    """Runs of so many parts, of many texts."""

    def __init__(self, length: int) -> None:
        self._length = length
        #: each row of parts, within which runs are: whose it is, with what their numbers begin, and how long it is
        self._groups: List[int] = []
        self._begins: List[int] = []
        self._sizes: List[int] = []
        #: all rows, one behind the other
        self._parts = array("I")

    def add(self, group: int, kind: int, parts: array[int], size: int) -> None:
        """Add what a family has of them in a text: rows of this size."""
        count = len(parts) // size if size else 0
        self._groups += [group] * count
        self._begins += [kind << 61 | self._length << 58] * count
        self._sizes += [size] * count
        self._parts += parts

    def keys(self) -> np.ndarray:
        """Above, the text and the family; below, the feature."""
        parts = np.frombuffer(self._parts, np.uint32)
        rows = np.arange(len(self._sizes)).repeat(self._sizes)
        last = self._length - 1
        starts = (rows[last:] == rows[: len(rows) - last]).nonzero()[0]
        rows = rows[starts]
        mixed = np.array(self._begins, np.uint64)[rows]
        for place, factor in enumerate(_FACTORS[: self._length]):
            mixed += parts[starts + place] * factor
        keys: np.ndarray = np.array(self._groups, np.uint64)[rows] << _HALF | mixed >> _HALF
        return keys


class Features:
    """Families of features, each weighed by how telling they are (TF-IDF), joined by their shares.

    Configuration: `chars` and `words`, the shortest and longest grams; `latin_chars`, the same where no Chinese is
    written; `shares`, the weight of characters, words and concepts; `least`, how many examples must have a feature.
    """

    def __init__(self, config: Dict[Text, Any]) -> None:
        self._chars, self._latin_chars, self._words = config["chars"], config["latin_chars"], config["words"]
        self._shares, self._least = config["shares"], config["least"]

    def learn(self, counted: List[Counts]) -> csr_matrix:
        """Learn the features of texts that have been counted, part by part, and their weights; returns a row a text."""
        sizes = [part.texts for part in counted]
        texts = sum(sizes)
        known, places, seen = _distinct(np.concatenate([part.features for part in counted]))
        kept = seen >= self._least
        there = kept[places]
        self._known, seen = known[kept], seen[kept]
        places = (np.cumsum(kept) - 1)[places[there]]
        groups = np.concatenate([
            part.groups + FAMILIES * sum(sizes[:place]) for place, part in enumerate(counted)
        ])[there]
        counts = np.concatenate([part.counts for part in counted])[there]
        # The commonest come first: what is looked at most often lies close together, and learning takes a third less.
        common = np.argsort(-seen, kind="stable")
        self._columns = np.empty(len(common), np.int32)
        self._columns[common] = np.arange(len(common))
        self._idf = (np.log((1 + texts) / (1 + seen[common])) + 1).astype(np.float32)
        columns = self._columns[places]
        weights = self._weighed(groups, columns, counts, texts)
        begins = groups.searchsorted(np.arange(texts + 1) * FAMILIES)
        rows = csr_matrix((weights, columns, begins), shape=(texts, len(self._known)))
        rows.sort_indices()
        return rows

    def row(self, text: Text) -> Row:
        """The features of a text that are known, of length 1."""
        groups, features, counts, _ = self.count([text])
        places = self._known.searchsorted(features)
        places[places == len(self._known)] = 0
        known = self._known[places] == features if len(self._known) else np.zeros(len(places), bool)
        columns = self._columns[places[known]]
        return columns, self._weighed(groups[known], columns, counts[known], 1)

    def count(self, texts: List[Text]) -> Counts:
        """Each feature of each text once, by text, family and number."""
        by_length: Dict[int, _Runs] = {}
        for number, text in enumerate(texts):
            for family, kind, parts, size, lengths in self._parts(text):
                for length in lengths:
                    if length not in by_length:
                        by_length[length] = _Runs(length)
                    by_length[length].add(number * FAMILIES + family, kind, parts, size)
        keys = np.concatenate([runs.keys() for runs in by_length.values()])
        keys.sort()
        begins = _begins(keys)
        counts, keys = np.diff(begins), keys[begins[:-1]]
        return Counts((keys >> _HALF).astype(np.int64), keys.astype(np.uint32), counts, len(texts))

    def _parts(self, text: Text) -> Iterator[Tuple[int, int, array[int], int, Iterable[int]]]:
        """The parts of a text, runs of which are features, as often as they are in it.

        The family, the kind of parts, the parts, how many of them make a row, and how long runs within a row are.
        """
        plain, names_bank = nameless(text)
        # Latin is written with blanks, which tell where words begin and end.
        shown, lengths = (plain, self._chars) if CHINESE.search(plain) else (f" {plain} ", self._latin_chars)
        signs = array("I", shown.encode("utf-32-le", "surrogatepass"))
        yield 0, 1, signs, len(signs), range(lengths[0], lengths[1] + 1)
        said = _numbers(words(plain))
        within = array("I", [ENDS[0], *said, ENDS[1]])  # the ends are neighbours, but no words of their own
        least, most = self._words
        if least == 1:
            yield 1, 2, said, len(said), (1,)
        yield 1, 2, within, len(within), range(max(least, 2), most + 1)
        named = _numbers(sorted(concepts(plain)[:MAX_CONCEPTS] + [A_BANK] * names_bank))
        yield 2, 3, named, len(named), (1,)
        yield 2, 4, array("I", chain.from_iterable(combinations(named, 2))), 2, (2,)

    def _weighed(self, groups: np.ndarray, columns: np.ndarray, counts: np.ndarray, texts: int) -> np.ndarray:
        """What each feature counts: a family its share, a text 1; what is there twice does not count twice as much."""
        weights = (1 + np.log(counts)) * self._idf[columns]
        weights *= np.asarray(self._shares)[groups % FAMILIES] / _lengths(weights, groups, texts * FAMILIES)[groups]
        owners = groups // FAMILIES
        return (weights / _lengths(weights, owners, texts)[owners]).astype(np.float32)


def _numbers(names: Iterable[Text]) -> array[int]:
    """A number for each word."""
    return array("I", [crc32(name.encode()) for name in names])


def _distinct(features: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The features there are, in order; which of them each of these is; and how often each is there.

    `numpy.unique` says the same, and takes half as long again.
    """
    keys = features.astype(np.uint64) << _HALF | np.arange(len(features), dtype=np.uint64)
    keys.sort()
    features, order = (keys >> _HALF).astype(np.uint32), keys.astype(np.uint32)
    begins = _begins(features)
    seen = np.diff(begins)
    places = np.empty(len(keys), np.int32)
    places[order] = np.arange(len(seen), dtype=np.int32).repeat(seen)
    return features[begins[:-1]], places, seen


def _begins(ordered: np.ndarray) -> np.ndarray:
    """Where each new value begins, and at last where all end."""
    new = np.ones(len(ordered) + 1, bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:-1])
    return new.nonzero()[0]


def _lengths(weights: np.ndarray, owners: np.ndarray, count: int) -> np.ndarray:
    """The length of each owner's vector; 1 where it has none, so that it can be divided by."""
    lengths = np.sqrt(np.bincount(owners, weights**2, count))
    lengths[lengths == 0] = 1.0
    return lengths
