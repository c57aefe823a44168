"""Splits a message into words: Chinese by jieba with the bank's own words, Latin by letters."""

from __future__ import annotations

import os
import re
import sys
from math import log
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, List, Optional, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.brain.nlu.sources import LEXICON, fingerprint

# jieba's guesses at words it does not know are never asked for here, and take 58 MB.
sys.modules.setdefault("jieba.finalseg", ModuleType("jieba.finalseg"))
import jieba  # noqa: E402

#: Words that its books have more seldom are left out: they cost 60 MB, and customers do not type them.
LEAST_SEEN = 5
_LATIN = re.compile(r"[a-z0-9]+")
_cutter: Optional[Cutter] = None


class Cutter:
    """Cuts as jieba does, in half the time: how likely a word is does not become a logarithm whenever it is met."""

    def __init__(self, known: jieba.Tokenizer) -> None:
        """Takes its words over."""
        self._unknown = -log(known.total)
        #: how likely each word is; 0, as with jieba, is only the beginning of one
        self._known = {word: seen and log(seen) + self._unknown for word, seen in known.FREQ.items()}

    def cut(self, text: Text) -> List[Text]:
        """The words, and the signs between them, in their order; Latin letters that make no word stay together."""
        found: List[Text] = []
        ends, begin, in_latin = self._ends(text), 0, False
        while begin < len(text):
            word = text[begin : ends[begin]]
            is_latin = len(word) == 1 and word.isascii() and word.isalnum()
            if is_latin and in_latin:
                found[-1] += word
            else:
                found.append(word)
            begin, in_latin = ends[begin], is_latin
        return found

    def _ends(self, text: Text) -> List[int]:
        """Where the first word ends, of the likeliest ones from each sign on; the longer, where two are as likely."""
        chance, unknown, length = self._known.get, self._unknown, len(text)
        likely, ends = [0.0] * (length + 1), [0] * length
        for begin in range(length - 1, -1, -1):
            end = last = begin + 1
            seen = chance(text[begin])
            best = (seen or unknown) + likely[end]
            while seen is not None and end < length:
                end += 1
                seen = chance(text[begin:end])
                if seen and seen + likely[end] >= best:
                    best, last = seen + likely[end], end
            likely[begin], ends[begin] = best, last
        return ends


def cutter() -> Cutter:
    """A word cutter of our own: jieba's global one would mix the words of two models."""
    global _cutter
    if _cutter is None:
        _cutter = Cutter(known_words())
    return _cutter


def known_words() -> jieba.Tokenizer:
    """jieba as it comes, with its common words and the bank's."""
    jieba.setLogLevel("WARNING")
    cache = Path("var/cache").absolute()
    cache.mkdir(parents=True, exist_ok=True)
    known = jieba.Tokenizer(str(_dictionary(cache)))
    known.tmp_dir = str(cache)
    known.initialize()
    if LEXICON.exists():
        for line in LEXICON.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                known.add_word(line.strip())
    return known


def _dictionary(folder: Path) -> Path:
    """jieba's dictionary without its rare words; made once."""
    path = folder / f"words-{jieba.__version__}-{LEAST_SEEN}.txt"
    if not path.exists():
        whole = Path(jieba.__file__).with_name("dict.txt").read_text(encoding="utf-8").splitlines(keepends=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.write_text("".join(line for line in whole if int(line.split(" ")[1]) >= LEAST_SEEN), encoding="utf-8")
        new.replace(path)
    return path


def words(text: Text) -> List[Text]:
    """The words of a normal text, without blanks and punctuation."""
    if text.isascii():  # letter by letter, jieba finds the same ones in ten times the time
        return _LATIN.findall(text)
    return [word for word in cutter().cut(text) if any(map(str.isalnum, word))]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class BankTokenizer(Tokenizer):
    """The tokens that Rasa's own parts see, such as rules with entities and the test reports."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[Text]:
        """Changes when the lexicon or a helper does; Rasa looks at this class only."""
        return fingerprint()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Examples stay as they are: our classifier cuts them itself, and Rasa would hash every token."""
        return training_data

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        text = message.get(attribute)
        found, start = [], 0
        for word in cutter().cut(text):
            if word.strip():
                found.append(Token(word, start))
            start += len(word)
        return self._apply_token_pattern(found)
