"""Which concepts a message names, whatever word it uses for them: 折子 and 存折, passbook and bankbook are one.

The words are kept by editors in data/concepts.yml, both languages side by side, so that what was
learned from examples in one wording, or one language, helps in the other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import Dict, Iterator, List, NamedTuple, Text, Tuple

from rasa.shared.utils.io import read_yaml_file

from bot.brain.nlu.normal import normal
from bot.brain.nlu.sources import CONCEPTS

_LATIN = re.compile(r"[a-z0-9][a-z0-9'’-]*")
#: Endings that do not change the concept of an English word.
_ENDINGS = ("ing", "ed", "es", "s", "d")


class Step(NamedTuple):
    """A word of an English expression."""

    #: the concepts, where an expression may end with this word
    names: List[Text]
    #: what may follow
    further: Dict[Text, Step]


class Lexicon(NamedTuple):
    """The words that are known."""

    #: the concepts of a Chinese word
    names: Dict[Text, List[Text]]
    #: by its first character, how long such a word may be, the longest first
    lengths: Dict[Text, List[int]]
    #: the first words of English expressions
    english: Dict[Text, Step]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The words of `CONCEPTS` in the form in which messages are compared; empty where there is no such file."""
    found = Lexicon({}, {}, {})
    kept = read_yaml_file(CONCEPTS) if CONCEPTS.exists() else {}
    for concept, by_language in kept.items():
        for word in map(normal, map(str, by_language["zh"] + by_language["en"])):
            if word.isascii():
                step, steps = Step([], {}), found.english
                for part in word.split():
                    step = steps.setdefault(part, Step([], {}))
                    steps = step.further
                step.names.append(concept)
            else:
                found.names.setdefault(word, []).append(concept)
    for word in sorted(found.names, key=len, reverse=True):
        lengths = found.lengths.setdefault(word[0], [])
        if len(word) not in lengths:
            lengths.append(len(word))
    return found


def concepts(text: Text) -> List[Text]:
    """The concepts of a normal text, each once, in the order of their first words."""
    in_chinese = () if text.isascii() else _chinese(text)
    return list(dict.fromkeys(name for names in chain(in_chinese, _english(text)) for name in names))


def _chinese(text: Text) -> Iterator[List[Text]]:
    """The longest word that is known at every place."""
    known, lengths, _ = lexicon()
    place = 0
    while place < len(text):
        for length in lengths.get(text[place], ()):
            if names := known.get(text[place : place + length]):
                yield names
                place += length - 1
                break
        place += 1


def _english(text: Text) -> Iterator[List[Text]]:
    """The longest expression that is known from every word on."""
    words = _LATIN.findall(text)
    place = 0
    while place < len(words):
        found, further = _first(words[place])
        after = end = place + 1
        while further and end < len(words):
            for form in _forms(words[end], 0):
                if form in further and further[form].names:
                    found, after = further[form].names, end + 1
                    break
            step = further.get(words[end])
            further, end = step.further if step else {}, end + 1
        if found:
            yield found
        place = after


@lru_cache(maxsize=4096)
def _first(word: Text) -> Tuple[List[Text], Dict[Text, Step]]:
    """What an expression of this word names, and what may follow the word in a longer one."""
    english = lexicon().english
    # More than two letters are left: "as" is no "a".
    named = (english[form].names for form in _forms(word, 2) if form in english)
    return next(filter(None, named), []), english[word].further if word in english else {}


@lru_cache(maxsize=4096)
def _forms(word: Text, least: int) -> List[Text]:
    """An English word as it stands and without an ending, if more letters than the least are left of it."""
    bare = [word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending) and len(word) > len(ending) + least]
    # Only what ends in e takes a mere d: a card is no car.
    return [word, *(form for form in bare if form.endswith("e") or word != f"{form}d")]
