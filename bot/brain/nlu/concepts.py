"""Which concepts a message names, whatever word it uses for them: 折子 and 存折, passbook and bankbook are one.

The words are kept by editors in data/concepts.yml, both languages side by side, so that what was
learned from examples in one wording, or one language, helps in the other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Dict, Iterator, List, NamedTuple, Text, Tuple

from rasa.shared.utils.io import read_yaml_file

from bot.brain.nlu.normal import normal
from bot.brain.nlu.sources import CONCEPTS

_LATIN = re.compile(r"[a-z0-9][a-z0-9'’-]*")
#: Endings that do not change the concept of an English word.
_ENDINGS = ("ing", "ed", "es", "s", "d")



class Lexicon(NamedTuple):
    """The words that are known."""

    #: the concepts of a word
    names: Dict[Text, Tuple[Text, ...]]
    #: by its first character, how long a Chinese word may be, the longest first
    chinese: Dict[Text, List[int]]
    #: by its first word, how many words an English expression may have
    english: Dict[Text, int]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The words of `CONCEPTS` in the form in which messages are compared; empty where there is no such file."""
    named: Dict[Text, List[Text]] = {}
    kept = read_yaml_file(CONCEPTS) if CONCEPTS.exists() else {}
    for concept, by_language in kept.items():
        for word in by_language["zh"] + by_language["en"]:
            named.setdefault(normal(str(word)), []).append(concept)
    chinese: Dict[Text, List[int]] = {}
    english: Dict[Text, int] = {}
    for word in sorted(named, key=len, reverse=True):
        if word.isascii():
            first, *others = word.split()
            english[first] = max(english.get(first, 1), 1 + len(others))
        elif len(word) not in chinese.setdefault(word[0], []):
            chinese[word[0]].append(len(word))
    return Lexicon({word: tuple(names) for word, names in named.items()}, chinese, english)


def concepts(text: Text) -> List[Text]:
    """The concepts of a normal text, each once, in the order of their first words."""
    return list(dict.fromkeys(name for names in _found(text) for name in names))


def _found(text: Text) -> Iterator[Tuple[Text, ...]]:
    """At every place the longest word that is known; Chinese runs by characters, Latin ones by words."""
    known, chinese, english = lexicon()
    place = 0
    while place < len(text):
        for length in chinese.get(text[place], ()):
            if names := known.get(text[place : place + length]):
                yield names
                place += length - 1
                break
        place += 1
    latin = _LATIN.findall(text)
    place = 0
    while place < len(latin):
        for length in range(min(english.get(latin[place], 1), len(latin) - place), 0, -1):
            if names := _of(known, " ".join(latin[place : place + length])):
                yield names
                place += length - 1
                break
        place += 1


def _of(known: Dict[Text, Tuple[Text, ...]], words: Text) -> Tuple[Text, ...]:
    """The concepts of these English words, as they stand or without an ending."""
    if words in known:
        return known[words]
    for ending in _ENDINGS:
        if words.endswith(ending) and len(words) > len(ending) + 2:
            bare = words[: -len(ending)]
            if bare in known:
                return known[bare]
    return ()
