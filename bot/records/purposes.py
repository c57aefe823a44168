"""The registry of purposes: what may be collected, why, who sees it and for how long (R16)."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.content.figures import Texts
from bot.content.yaml import load
from bot.errors import ContentError


class Purpose(BaseModel):
    """One reason to keep a person's data; secrets (C3) can not be registered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: dict[str, Literal["C1", "C2"]]
    sensitive: bool = False
    seen_by: Texts
    retention_days: Annotated[int, Field(gt=0)]
    version: str
    text: Texts


def load_purposes(path: Path) -> dict[str, Purpose]:
    """All purposes by id.

    Raises:
        ContentError: a purpose is wrong; names it.
    """
    found = {}
    for key, raw in load(path).items():
        try:
            found[key] = Purpose.model_validate(raw)
        except ValidationError as exc:
            raise ContentError(f"{path}: {key}: {exc.errors()[0]['msg']}") from None
    return found
