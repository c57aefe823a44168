"""The registry of purposes: what may be collected, what for, why, who sees it and for how long (R16, L01)."""

from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.content.figures import Texts
from bot.content.yaml import load
from bot.errors import ContentError


class Purpose(BaseModel):
    """One reason to keep a person's data; secrets (C3) can not be registered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: what is kept, each with its class
    fields: dict[str, Literal["C1", "C2"]]
    #: card, account or identity data: asked for by themselves, never bundled (L02)
    sensitive: bool = False
    #: what happens with it
    use: Texts
    #: why it is needed, and what can not be done without it
    why: Texts
    seen_by: Texts
    retention_days: Annotated[int, Field(gt=0)]
    #: the retention class under which the law makes us keep it when consent is withdrawn (L06)
    kept_by_law: str | None = None
    version: Annotated[str, Field(min_length=1, max_length=16)]
    #: what the customer is asked; every word of it belongs to the version
    text: Texts


def load_purposes(path: Path) -> dict[str, Purpose]:
    """All purposes by id.

    Raises:
        ContentError: a purpose is wrong, or two do not go together; names it.
    """
    found = {}
    for key, raw in load(path).items():
        try:
            found[key] = Purpose.model_validate(raw)
        except ValidationError as exc:
            raise ContentError(f"{path}: {key}: {exc.errors()[0]['msg']}") from None
    for (key, one), (other_key, other) in combinations(found.items(), 2):
        for field in sorted(one.fields.keys() & other.fields.keys()):
            if one.sensitive or other.sensitive:
                raise ContentError(f"{path}: {key}: {field} is sensitive and asked under {other_key} too")
            if one.fields[field] != other.fields[field]:
                raise ContentError(f"{path}: {key}: {field} is of another class under {other_key}")
    return found
