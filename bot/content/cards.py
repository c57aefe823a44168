"""Topic cards: what editors write about one topic, as the file says it."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.content.figures import Texts
from bot.content.yaml import load
from bot.errors import ContentError

#: A procedure has no more steps than a reader can follow.
MAX_STEPS = 6

Line = Annotated[str, Field(min_length=1)]


class Lists(BaseModel):
    """A list in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: list[Line]
    en: list[Line]

    def of(self, language: str) -> list[str]:
        """The list in this language."""
        return self.en if language == "en" else self.zh


class Valid(BaseModel):
    """The days on which the card may be shown."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None


class Answer(BaseModel):
    """What is told: the answer first, then the steps, then what else to know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: Texts
    steps: Lists | None = None
    note: Texts | None = None

    def text(self, language: str) -> str:
        """Answer, numbered steps and note, placeholders still in it."""
        parts = [self.answer.of(language).strip()]
        if self.steps:
            steps = self.steps.of(language)
            parts.append("\n".join(f"{n}. {step.strip()}" for n, step in enumerate(steps, 1)))
        if self.note:
            parts.append(self.note.of(language).strip())
        return "\n".join(parts)


class Card(Answer):
    """One topic: how customers ask for it and what they are told.

    A card that needs to know more first names the kind of background (data/background.yml) and has an
    answer for each of its choices; its own answer is for whoever does not say.
    """

    topic: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    kind: Literal["faq", "service", "social"]
    title: Texts
    owner: Line
    valid: Valid = Valid()
    background: str | None = None
    answers: dict[str, Answer] = {}
    related: Annotated[list[str], Field(max_length=3)] = []
    examples: Lists

    @property
    def utter(self) -> str:
        """The key under which the brain says it."""
        return f"utter_faq/{self.topic}" if self.kind == "faq" else f"utter_{self.topic}"

    @property
    def intent(self) -> str:
        """The intent that means it."""
        return f"faq/{self.topic}" if self.kind == "faq" else self.topic


def load_card(path: Path) -> Card:
    """The card in this file.

    Raises:
        ContentError: something in it is wrong; the text names file and field.
    """
    try:
        return Card.model_validate(load(path))
    except ValidationError as exc:
        first = exc.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ContentError(f"{path}: {field}: {first['msg']}") from None


def load_cards(folder: Path) -> dict[str, Card]:
    """All cards below this folder, by topic.

    Raises:
        ContentError: a card is wrong, or two files hold the same topic.
    """
    cards: dict[str, Card] = {}
    for path in sorted(folder.glob("*/*.yml")):
        card = load_card(path)
        if card.topic in cards:
            raise ContentError(f"{path}: topic {card.topic} is in another file too")
        cards[card.topic] = card
    return cards
