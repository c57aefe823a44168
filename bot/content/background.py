"""The background a topic may need before it can be answered well: which card, which loan, whose account (R07).

Editors keep the kinds of it in data/background.yml: the question, its choices, and the words by which a
message says one. A card names the kind it needs and has an answer for each choice.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.content.cards import Card, Lists
from bot.content.figures import Texts
from bot.content.yaml import load
from bot.errors import ContentError

#: A question with more buttons than this is no quick one.
MAX_CHOICES = 4

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Choice(BaseModel):
    """One answer to the question: its button, and how else it is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Texts
    #: say it anywhere in a message
    words: Lists
    #: say it only where they are the whole answer
    short: Lists = Lists(zh=[], en=[])


class Kind(BaseModel):
    """One kind of background; its id is the slot in which the answer is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Texts
    choices: Annotated[dict[Id, Choice], Field(min_length=2, max_length=MAX_CHOICES)]
    #: taken from a message only when its topic asks for it: a word about one matter says nothing about the next
    only_where_needed: bool = False


class Backgrounds(BaseModel):
    """All of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: what may stand around an answer without changing it
    around: Lists = Lists(zh=[], en=[])
    #: a choice's word right after one of these is not said: 不是信用卡
    denied_by: Lists = Lists(zh=[], en=[])
    kinds: dict[Id, Kind] = {}


def load_backgrounds(path: Path) -> Backgrounds:
    """The kinds of background; none where a bank has no such file.

    Raises:
        ContentError: the file can not be read or something in it is wrong; names the place.
    """
    if not path.exists():
        return Backgrounds()
    try:
        return Backgrounds.model_validate(load(path))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ContentError(f"{path}: {where}: {first['msg']}") from None


def misfits(card: Card, backgrounds: Backgrounds) -> Iterator[str]:
    """Where a card and the kinds of background do not fit together."""
    if card.background is None:
        if card.answers:
            yield "answers: the card does not say which background they are for"
        return
    kind = backgrounds.kinds.get(card.background)
    if kind is None:
        yield f"background: there is no kind {card.background}"
        return
    if card.kind != "faq":
        yield "background: only a card of kind faq may ask"
    for choice in kind.choices:
        if choice not in card.answers:
            yield f"answers: none for {choice}"
    for choice in card.answers:
        if choice not in kind.choices:
            yield f"answers.{choice}: {card.background} has no such choice"
