"""Short answers in the middle of a dialogue: yes, no, cancel and the like, as editors list them in data/replies.yml.

They are compared as whole messages, not searched for: 「怎么取消自动转存」 is a question, 「取消吧」 is not.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bot.content.cards import Lists
from bot.content.yaml import load
from bot.errors import ContentError

#: What people put around a short answer without changing it.
_BEFORE = re.compile(
    r"^(?:那就|那|就|嗯|哦|噢|请|帮我|我要|我想|我|先|还是|不好意思|麻烦|"
    r"(?:please|pls|ok|okay|well|um|no,? i'?ll|i want to|i'd like to|let's|just|actually|sorry)\b)\s*"
)
_AFTER = re.compile(
    r"\s*(?:吧|了|啊|呀|哦|噢|的|呢|谢谢|谢了|一下|\b(?:please|pls|thanks|thank you|then|now|it|this|that))$"
)


@dataclass(frozen=True)
class Replies:
    """Meanings, each with the phrases that have it: `whole` as a message of their own, `within` anywhere."""

    whole: dict[str, frozenset[str]]
    within: dict[str, tuple[str, ...]]

    def means(self, meaning: str, text: str) -> bool:
        """Whether the whole message says this and nothing more."""
        phrases = self.whole[meaning]
        return any(form in phrases for form in _forms(text))

    def mentions(self, meaning: str, text: str) -> bool:
        """Whether one of these phrases is somewhere in the message."""
        plain = bare(text)
        return any(
            re.search(rf"\b{re.escape(phrase)}\b", plain) if phrase.isascii() else phrase in plain
            for phrase in self.within[meaning]
        )


def load_replies(path: Path) -> Replies:
    """The phrases in force.

    Raises:
        ContentError: a meaning lacks a language or a phrase; names it.
    """
    data = load(path)
    parts: dict[str, dict[str, tuple[str, ...]]] = {"whole": {}, "within": {}}
    for part, found in parts.items():
        for meaning, raw in (data.get(part) or {}).items():
            try:
                lists = Lists.model_validate(raw)
            except ValidationError:
                raise ContentError(f"{path}: {part}.{meaning}: a list for zh and one for en are expected") from None
            found[meaning] = tuple(bare(phrase) for phrase in (*lists.zh, *lists.en))
    whole = {meaning: frozenset(phrases) for meaning, phrases in parts["whole"].items()}
    return Replies(whole, parts["within"])


def bare(text: str) -> str:
    """Half-width, lower case, without punctuation at the ends."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s']+", " ", plain)).strip()


def _forms(text: str) -> set[str]:
    """The message, and the message without what may stand around it."""
    forms = {bare(text)}
    for _ in range(3):
        forms |= {_BEFORE.sub("", form) for form in forms} | {_AFTER.sub("", form) for form in forms}
    return forms - {""}
