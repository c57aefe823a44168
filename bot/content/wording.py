"""How a text for customers is worded: polite, plain, short, without promises or links (R02, R09).

What is banned stands in data/wording.yml, with the reason an editor is told.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.content.cards import Answer
from bot.content.figures import Figure, Texts
from bot.content.yaml import load
from bot.errors import ContentError

#: The answer itself has no more lines than these; a screen of a phone shows them without scrolling.
MAX_LINES = 3
#: Longest texts, in signs as the customer reads them, figures filled in. English needs about three times as many.
LONGEST_LINE = {"zh": 85, "en": 250}
LONGEST_ANSWER = {"zh": 170, "en": 490}
LONGEST_STEP = {"zh": 50, "en": 155}
LONGEST_NOTE = {"zh": 150, "en": 460}
#: Answer, steps and note together.
LONGEST_WHOLE = {"zh": 380, "en": 1250}

_LINK = re.compile(r"https?://[^\s）)]+|www\.[^\s）)]+|\b[a-z0-9-]+\.(?:com|cn|net|org)\b[^\s）)]*", re.I)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Wording(BaseModel):
    """All of the file; by language the word and why not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    banned: dict[str, dict[str, str]] = {}
    #: by word: phrases in which it is right, or keys of texts that may use it
    unless: dict[str, list[str]] = {}
    links: list[str] = []

    def problems(self, texts: Texts, key: str = "") -> Iterator[str]:
        """What customers should not read; `key` names the text."""
        for language in ("zh", "en"):
            text = texts.of(language)
            for word, why in self.banned.get(language, {}).items():
                excused = self.unless.get(word, [])
                plain = text
                for phrase in excused:
                    plain = plain.replace(phrase, "")
                if key not in excused and _has(plain, word):
                    yield f"“{word}” in {language}: {why}"
            for link in _LINK.findall(text):
                if link.rstrip("。.,，") not in self.links:
                    yield f"{link} in {language}: not among the links of wording.yml"


def load_wording(path: Path) -> Wording:
    """The rules in force; none where there is no such file.

    Raises:
        ContentError: the file can not be read or something in it is wrong.
    """
    if not path.exists():
        return Wording()
    try:
        return Wording.model_validate(load(path))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ContentError(f"{path}: {where}: {first['msg']}") from None


def too_long(answer: Answer, figures: dict[str, Figure]) -> Iterator[str]:
    """What of an answer is longer than a reader follows (R09)."""
    for language in ("zh", "en"):

        def read(text: str, language: str = language) -> str:
            return _PLACEHOLDER.sub(
                lambda found: figures[found[1]].of(language) if found[1] in figures else found[0], text
            ).strip()

        first = read(answer.answer.of(language))
        lines = first.split("\n")
        if len(lines) > MAX_LINES:
            yield f"answer.{language}: {len(lines)} lines, at most {MAX_LINES}"
        steps = [read(step) for step in answer.steps.of(language)] if answer.steps else []
        note = read(answer.note.of(language)) if answer.note else ""
        for where, length, most in (
            ("answer", max(map(len, lines)), LONGEST_LINE), ("answer", len(first), LONGEST_ANSWER),
            ("steps", max(map(len, steps), default=0), LONGEST_STEP), ("note", len(note), LONGEST_NOTE),
            ("in all", len(read(answer.text(language))), LONGEST_WHOLE),
        ):
            if length > most[language]:
                yield f"{where}.{language}: {length} signs, at most {most[language]}"


def _has(text: str, word: str) -> bool:
    """Whether the word is in the text; one of Latin letters as a whole word."""
    if word.isascii() and word[0].isalnum():
        return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text, re.I) is not None
    return word in text
