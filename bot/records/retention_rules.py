"""How long each class of record is kept, as `data/retention.yml` says. Pure but for reading the file."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.clock import BANK_ZONE
from bot.content.figures import Texts
from bot.content.yaml import load
from bot.errors import ContentError

#: Network logs and the audit are kept at least this long (L19).
LOGS_AT_LEAST_DAYS = 183


class Rule(BaseModel):
    """One class: how long, and what the law says to a wish for deletion."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    years: Annotated[int, Field(gt=0)] | None = None
    days: Annotated[int, Field(ge=0)] | None = None
    by_purpose: bool = False
    always: bool = False
    note: str
    law: Texts | None = None

    @model_validator(mode="after")
    def one_length(self) -> "Rule":
        given = [self.years is not None, self.days is not None, self.by_purpose, self.always]
        if sum(given) != 1:
            raise ValueError("exactly one of years, days, by_purpose and always is expected")
        return self

    def cutoff(self, now: datetime) -> datetime | None:
        """What is older than this has had its time; None when age alone does not end it."""
        if self.years is not None:
            return _years(now, -self.years)
        return now - timedelta(days=self.days) if self.days is not None else None

    def until(self, since: datetime) -> datetime | None:
        """When something that began then has had its time."""
        if self.years is not None:
            return _years(since, self.years)
        return since + timedelta(days=self.days) if self.days is not None else None


def load_rules(path: Path) -> dict[str, Rule]:
    """All classes by name.

    Raises:
        ContentError: a class is wrong, or the audit would end too early; names it.
    """
    found = {}
    for key, raw in load(path).items():
        try:
            found[key] = Rule.model_validate(raw)
        except ValidationError as exc:
            raise ContentError(f"{path}: {key}: {exc.errors()[0]['msg']}") from None
    audit = found.get("audit")
    if audit is None or not (audit.always or audit.years or (audit.days or 0) >= LOGS_AT_LEAST_DAYS):
        raise ContentError(f"{path}: audit: kept at least {LOGS_AT_LEAST_DAYS} days")
    return found


def _years(at: datetime, years: int) -> datetime:
    """The same day of the bank's calendar in another year; 29 February becomes the 28th."""
    local = at.astimezone(BANK_ZONE)
    try:
        moved = local.replace(year=local.year + years)
    except ValueError:
        moved = local.replace(year=local.year + years, day=28)
    return moved.astimezone(at.tzinfo)
