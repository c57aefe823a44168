"""Everything the front can say: cards, figures, utterances of the dialogues and the front's own words.

Read anew when a file changes; a bad edit is logged and the old content stays (a changed text is
live in seconds, a broken one never).
"""

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import structlog
from rapidfuzz import fuzz, process

from bot.clock import BANK_ZONE
from bot.content.background import Backgrounds, load_backgrounds, misfits
from bot.content.cards import Card, load_cards
from bot.content.figures import Figure, load_figures
from bot.content.replies import Replies, load_replies
from bot.content.yaml import is_current, load
from bot.errors import ContentError

log = structlog.get_logger()

#: A search result below this likeness (0-100) is noise.
MIN_LIKENESS = 62.0
#: More buttons than this under an answer are not looked at.
MAX_BUTTONS = 5
#: Pause between looks at the files, in seconds.
REFRESH_S = 1.0

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Rendered:
    """One answer in words, with the version of the content it was made from."""

    text: str
    kind: str = "text"
    topic: str | None = None
    version: str = ""
    choices: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Content:
    """One reading of all files."""

    cards: dict[str, Card]
    backgrounds: Backgrounds
    figures: dict[str, Figure]
    utterances: dict[str, dict[str, str]]
    words: dict[str, dict[str, str]]
    replies: Replies
    version: str
    #: lower-cased example -> topic, of each language
    examples: dict[str, dict[str, str]]


class Catalogue:
    """The content in force."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp = _stamp(folder)
        self._content = read_content(folder)

    @property
    def content(self) -> Content:
        return self._content

    def refresh(self) -> bool:
        """Read the files again if one has changed; whether new content is in force now."""
        stamp = _stamp(self._folder)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self._content = read_content(self._folder)
        except ContentError as exc:
            log.error("content_refused", problem=str(exc))
            return False
        log.info("content_read", version=self._content.version)
        return True

    def say(self, key: str, language: str, /, **args: Any) -> str:
        """One of the front's own texts.

        Raises:
            ContentError: no such key; a content test finds it before a customer does.
        """
        texts = self._content.words.get(key)
        if texts is None:
            if key.startswith("error_"):
                texts = self._content.words["error_internal"]
            else:
                raise ContentError(f"data/words: no text {key}")
        return self._fill(texts[language], language, args)

    def render(self, utter: str, args: dict[str, Any], language: str) -> Rendered:
        """The words of an utterance key; an empty text when there is no such key.

        A topic that needs background is answered for what the brain knows of it (`args["background"]`).
        """
        content = self._content
        topic = utter.removeprefix("utter_").removeprefix("faq/")
        card = content.cards.get(topic)
        if card and is_current(card.valid.start, card.valid.until, _today()):
            return self._of_card(card, args, language)
        texts = content.utterances.get(utter)
        if texts:
            return Rendered(self._fill(texts[language], language, args), version=content.version)
        return Rendered("", version=content.version)

    def title(self, topic: str, language: str) -> str:
        """The topic's name for people."""
        return self._content.cards[topic].title.of(language)

    def search(self, text: str, language: str, limit: int) -> list[tuple[str, float]]:
        """The topics whose examples are most alike, with the likeness (0-100); without the brain.

        Only topics answered with text: the others need the brain.
        """
        examples = self._content.examples[language]
        likeness = fuzz.WRatio if language == "en" else fuzz.ratio
        alike = process.extract(
            text.lower(), examples.keys(), scorer=likeness, score_cutoff=MIN_LIKENESS, limit=30
        )
        found: dict[str, float] = {}
        for example, score, _index in alike:
            topic = examples[example]
            found[topic] = max(score, found.get(topic, 0.0))
        best = sorted(found.items(), key=lambda item: -item[1])
        return best[:limit]

    def _of_card(self, card: Card, args: dict[str, Any], language: str) -> Rendered:
        """The card's answer for the case that is known, else its general one and the question for the case."""
        content, given = self._content, args.get("background") or {}
        related = [self._button(name, language) for name in card.related if name in content.cards]
        text, choices = card.text(language), related
        if card.background:
            kind = content.backgrounds.kinds[card.background]
            known = str((given.get("known") or {}).get(card.background))
            answer = card.answers.get(known)
            others = [
                self._case(card, choice, language, instead=answer is not None)
                for choice in kind.choices if choice != known
            ]
            if answer is None:
                asks = given.get("ask", True)
                text = f"{text}\n{kind.question.of(language)}" if asks else text
                choices = others if asks else [*others, *related][:MAX_BUTTONS]
            else:
                text = answer.text(language)
                # Remembered from before, it may be another case this time.
                said_now = card.background in (given.get("said") or [])
                choices = related if said_now else [*related[: MAX_BUTTONS - len(others)], *others]
        return Rendered(self._fill(text, language, args), topic=card.topic, version=content.version, choices=choices)

    def _case(self, card: Card, choice: str, language: str, *, instead: bool) -> dict[str, Any]:
        """The button that answers this topic for one case; `instead` of the one that has been answered."""
        kind = self._content.backgrounds.kinds[str(card.background)]
        title = kind.choices[choice].title.of(language)
        if instead:
            title = self.say("choice_other_case", language, case=title)
        return _button(title, card.intent, {str(card.background): choice})

    def _button(self, topic: str, language: str) -> dict[str, Any]:
        card = self._content.cards[topic]
        return _button(card.title.of(language), card.intent, {})

    def _fill(self, text: str, language: str, args: dict[str, Any]) -> str:
        """Put figures and arguments in; an argument's own braces stay as they are (I12)."""

        def filled(match: re.Match[str]) -> str:
            name = match[1]
            if figure := self._content.figures.get(name):
                return figure.of(language)
            return str(args[name]) if name in args else match[0]

        return _PLACEHOLDER.sub(filled, text)


def _button(title: str, intent: str, slots: dict[str, str]) -> dict[str, Any]:
    return {"id": secrets.token_urlsafe(12), "title": title, "intent": intent, "slots": slots}


async def keep_fresh(catalogue: Catalogue) -> None:
    """Look for changed files every second, for ever."""
    while True:
        await asyncio.sleep(REFRESH_S)
        await asyncio.to_thread(catalogue.refresh)


def read_content(folder: Path) -> Content:
    """Read everything below the data folder.

    Raises:
        ContentError: something is wrong; the text names the file.
    """
    cards, backgrounds = load_cards(folder / "faq"), load_backgrounds(folder / "background.yml")
    for card in cards.values():
        for what in misfits(card, backgrounds):
            raise ContentError(f"{folder / 'faq'}: {card.topic}: {what}")
    examples: dict[str, dict[str, str]] = {"zh": {}, "en": {}}
    for card in cards.values():
        if card.kind == "faq":
            for language, lines in examples.items():
                lines.update((text.lower(), card.topic) for text in card.examples.of(language))
                lines[card.title.of(language).lower()] = card.topic
    return Content(
        cards,
        backgrounds,
        load_figures(folder / "figures.yml"),
        _utterances(folder / "domain"),
        _words(folder / "words"),
        load_replies(folder / "replies.yml"),
        _version(folder),
        examples,
    )


def _utterances(folder: Path) -> dict[str, dict[str, str]]:
    """The dialogues' utterances, by key and language, from Rasa's domain files."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.yml")):
        for key, texts in load_responses(path).items():
            if set(texts) != {"zh", "en"}:
                raise ContentError(f"{path}: {key}: a text for zh and one for en are expected")
            found[key] = texts
    return found


def load_responses(path: Path) -> dict[str, dict[str, str]]:
    """The utterances of one of Rasa's domain files, each by language as far as it has one.

    Raises:
        ContentError: the file or its responses can not be read.
    """
    found: dict[str, dict[str, str]] = {}
    try:
        for key, variants in (load(path).get("responses") or {}).items():
            found[key] = {
                str(condition["value"]): str(variant["text"]).strip()
                for variant in variants
                for condition in variant.get("condition", [])
                if condition.get("name") == "language"
            }
    except (AttributeError, KeyError, TypeError):
        raise ContentError(f"{path}: responses: not as Rasa's domain has them") from None
    return found


def _words(folder: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.yml")):
        for key, texts in load(path).items():
            if not isinstance(texts, dict) or set(texts) != {"zh", "en"}:
                raise ContentError(f"{path}: {key}: a text for zh and one for en are expected")
            if key in found:
                raise ContentError(f"{path}: {key} is in another file too")
            found[key] = {language: str(text).strip() for language, text in texts.items()}
    return found


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("**/*.yml"))


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when any file does; cheap enough to take every second."""
    seen = ((path, path.stat()) for path in _files(folder))
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in seen)


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _today() -> date:
    return datetime.now(BANK_ZONE).date()
