"""Splits a message into words: Chinese by jieba with the bank's own words, Latin by letters."""

from __future__ import annotations

import hashlib
import inspect
import re
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

import jieba
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.brain.nlu import normal as normal_module
from bot.brain.nlu.normal import normal

_LEXICON = Path("data/lexicon.txt")
_WORD = re.compile(r"[a-z][a-z']*|\d+|[^\sa-z\d]")
_cutter: Optional[jieba.Tokenizer] = None


def cutter() -> jieba.Tokenizer:
    """A word cutter of our own: jieba's global one would mix the words of two models."""
    global _cutter
    if _cutter is None:
        jieba.setLogLevel("WARNING")
        _cutter = jieba.Tokenizer()
        _cutter.tmp_dir = str(Path("var/cache").absolute())
        Path(_cutter.tmp_dir).mkdir(parents=True, exist_ok=True)
        _cutter.initialize()
        if _LEXICON.exists():
            for line in _LEXICON.read_text(encoding="utf-8").splitlines():
                if line.strip() and not line.startswith("#"):
                    _cutter.add_word(line.strip())
    return _cutter


def words(text: Text) -> List[Text]:
    """The words of a normal text, without blanks and punctuation."""
    return [
        word for word in cutter().cut(text, HMM=False) if word.strip() and any(c.isalnum() for c in word)
    ]


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
        return fingerprint(_LEXICON)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Examples stay as they are: our classifier cuts them itself, and Rasa would hash every token."""
        return training_data

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        text = message.get(attribute)
        found, start = [], 0
        for word in cutter().cut(text, HMM=False):
            if word.strip():
                found.append(Token(word, start))
            start += len(word)
        return self._apply_token_pattern(found)


def fingerprint(*paths: Path) -> Text:
    """A hash of our helpers' sources and of these files."""
    digest = hashlib.sha256()
    for module in (normal_module, sys.modules[__name__]):
        digest.update(inspect.getsource(module).encode())
    for path in paths:
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


__all__ = ["BankTokenizer", "cutter", "fingerprint", "normal", "words"]
