"""Reads a JSON body into its shape; what is not JSON or of the wrong type is refused by name (I03, I04)."""

import asyncio
from contextlib import suppress
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict
from sanic import Request
from sanic.exceptions import SanicException

from bot.errors import BadRequest

Shape = TypeVar("Shape", bound=BaseModel)

#: How much of a body that is too large is let through our hands, in bytes, and for how long.
MAX_DROPPED = 4 * 1024 * 1024
DROPPING_S = 5.0


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
        raise BadRequest() from None


async def drop(request: Request) -> None:
    """Take the rest of a body that is too large, piece by piece, and forget it.

    A line that is cut while its sender still speaks is reset, and our answer with it.
    """
    stream: Any = request.stream
    if stream is None or not stream.request_body:
        return
    stream.request_max_size = MAX_DROPPED
    with suppress(SanicException, TimeoutError):
        async with asyncio.timeout(DROPPING_S):
            while await stream.read():
                pass


def read(request: Request, shape: type[Shape]) -> Shape:
    """The body of this request in its shape; an empty one counts as `{}`.

    Raises:
        BadRequest: it is not a JSON object.
        ValidationError: it is not of this shape.
    """
    data = parse(request.body) if request.body else {}
    if not isinstance(data, dict):
        raise BadRequest()
    return shape.model_validate(data)
