"""Which concepts a message names, whatever word it uses for them: 折子 and 存折, passbook and bankbook are one.

The words are kept by editors in data/concepts.yml, both languages side by side, so that what was
learned from examples in one wording, or one language, helps in the other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import Dict, Iterator, List, NamedTuple, Text

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
        steps, found, after = lexicon().english, None, place + 1
        for end in range(place, len(words)):
            for form in _forms(words[end], is_first=end == place):
                if form in steps and steps[form].names:
                    found, after = steps[form].names, end + 1
                    break
            step = steps.get(words[end])
            if not step or not step.further:
                break
            steps = step.further
        if found:
            yield found
        place = after


@lru_cache(maxsize=4096)
def _forms(word: Text, is_first: bool) -> List[Text]:
    """An English word as it stands and without an ending; of a first one, more than two letters are left."""
    least = 2 if is_first else 0
    bare = [word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending) and len(word) > len(ending) + least]
    # Only what ends in e takes a mere d: a card is no car.
    return [word, *(form for form in bare if form.endswith("e") or word != f"{form}d")]
