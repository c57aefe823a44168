"""Reads a JSON body into its shape; what is not JSON or of the wrong type is refused by name (I03, I04)."""

from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict
from sanic import Request

from bot.errors import BadRequest

Shape = TypeVar("Shape", bound=BaseModel)


class StrictBody(BaseModel):
    """A body of the desk: unknown fields are errors, so nothing can be slipped in (I35)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CustomerBody(BaseModel):
    """A body of a customer: unknown fields such as `sender` or `metadata` are dropped (I05, I08)."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


def parse(raw: bytes | str) -> Any:
    """JSON of a body or a frame.

    Raises:
        BadRequest: it is not JSON.
    """
    try:
        return orjson.loads(raw)
    except (orjson.JSONDecodeError, UnicodeError):
        raise BadRequest("bad_json") from None


def read(request: Request, shape: type[Shape]) -> Shape:
    """The body of this request in its shape; an empty one counts as `{}`.

    Raises:
        BadRequest: it is not a JSON object.
        ValidationError: it is not of this shape.
    """
    data = parse(request.body) if request.body else {}
    if not isinstance(data, dict):
        raise BadRequest("bad_json")
    return shape.model_validate(data)
