"""The bank's branches, its working days, and what to bring to an account opening.

One file, `data/branches.yml`, that an editor keeps; another bank puts its own there.
"""

from datetime import date, time
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bot.content.figures import Texts
from bot.content.yaml import load
from bot.errors import ContentError

SATURDAY = 5


class Lines(BaseModel):
    """The same list in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: Annotated[tuple[str, ...], Field(min_length=1)]
    en: Annotated[tuple[str, ...], Field(min_length=1)]

    def of(self, language: str) -> tuple[str, ...]:
        """The list in this language."""
        return self.en if language == "en" else self.zh

    @model_validator(mode="after")
    def same_length(self) -> "Lines":
        if len(self.zh) != len(self.en):
            raise ValueError(f"{len(self.zh)} lines in zh, {len(self.en)} in en")
        return self


class Branch(BaseModel):
    """One branch, as a customer wants to know it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Texts
    address: Texts
    hours: str
    does: Lines

    @field_validator("hours")
    @classmethod
    def from_to(cls, value: str) -> str:
        start, dash, end = value.partition("–")
        if not dash or time.fromisoformat(start) >= time.fromisoformat(end):
            raise ValueError("hours as 09:00–17:00 are expected")
        return value


class AccountClass(BaseModel):
    """A class of account that can be opened, and what it asks of the customer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Texts
    papers: Lines
    occupation: bool = False


class Branches(BaseModel):
    """All of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: working days of the week on which the bank is closed
    holidays: frozenset[date]
    #: Saturdays and Sundays on which it is open instead
    workdays: frozenset[date] = frozenset()
    branches: Annotated[dict[str, Branch], Field(min_length=1)]
    account_classes: Annotated[dict[str, AccountClass], Field(min_length=1)]
    #: by who comes: self, minor, proxy; on top of the class's own
    papers: dict[str, Lines]

    def works(self, day: date) -> bool:
        """Whether the branches are open on this day."""
        if day in self.workdays:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays


def load_branches(path: Path) -> Branches:
    """Branches, calendar and papers.

    Raises:
        ContentError: the file can not be read or something in it is wrong; names the place.
    """
    try:
        return Branches.model_validate(load(path))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ContentError(f"{path}: {where}: {first['msg']}") from None
