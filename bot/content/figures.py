"""The bank's rates, fees, limits, hours and numbers: kept in one file, named in texts, written for the reader."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.content.yaml import load
from bot.errors import ContentError

Unit = Literal[
    "percent", "yuan", "usd", "days", "working_days", "hours", "minutes", "seconds", "months",
    "years", "times", "people", "digits", "number", "phone", "time_range", "date", "text",
]

#: (Chinese, English one, English many); {n} is the number.
_COUNTED: dict[str, tuple[str, str, str]] = {
    "days": ("{n} 天", "{n} day", "{n} days"),
    "working_days": ("{n} 个工作日", "{n} working day", "{n} working days"),
    "hours": ("{n} 小时", "{n} hour", "{n} hours"),
    "minutes": ("{n} 分钟", "{n} minute", "{n} minutes"),
    "seconds": ("{n} 秒", "{n} second", "{n} seconds"),
    "months": ("{n} 个月", "{n} month", "{n} months"),
    "years": ("{n} 年", "{n} year", "{n} years"),
    "times": ("{n} 次", "{n} time", "{n} times"),
    "people": ("{n} 人", "{n} person", "{n} people"),
    "digits": ("{n} 位", "{n} digit", "{n} digits"),
}


class Texts(BaseModel):
    """The same thing in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def of(self, language: str) -> str:
        """The text in this language."""
        return self.en if language == "en" else self.zh


class Figure(BaseModel):
    """One number of the bank, with its unit and what it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Texts | str | int | float
    unit: Unit
    note: str

    def of(self, language: str) -> str:
        """As a reader of this language writes it: 5 万元, CNY 50,000; 5 天, 5 days."""
        if isinstance(self.value, Texts):
            return self.value.of(language)
        if self.unit in _COUNTED:
            zh, one, many = _COUNTED[self.unit]
            if language != "en":
                return zh.format(n=self.value)
            return (one if str(self.value) == "1" else many).format(n=self.value)
        if self.unit == "percent":
            return f"{self.value}%"
        if self.unit == "yuan":
            return _yuan(Decimal(str(self.value)), language)
        if self.unit == "usd":
            amount = f"{Decimal(str(self.value)):,f}"
            return f"USD {amount}" if language == "en" else f"{amount} 美元"
        return str(self.value)


def _yuan(amount: Decimal, language: str) -> str:
    if language == "en":
        return f"CNY {amount:,f}"
    if amount >= 10000 and amount % 1000 == 0:
        return f"{(amount / 10000).normalize():f} 万元"
    return f"{amount:f} 元"


def load_figures(path: Path) -> dict[str, Figure]:
    """All figures by key.

    Raises:
        ContentError: the file can not be read or a figure is wrong; names file and key.
    """
    figures = {}
    for key, raw in load(path).items():
        try:
            figures[key] = Figure.model_validate(raw)
        except ValidationError as exc:
            raise ContentError(f"{path}: {key}: {exc.errors()[0]['msg']}") from None
    return figures
