"""What a refusal looks like: one shape, a code, words in the caller's language, no trace."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.support.people import Customer
from tests.support.product import Product
from tests.support.words import WORDS


def refused(
    reply: httpx.Response, status: int, code: str, language: str = "zh", **details: Any
) -> dict[str, Any]:
    """Assert that this is the refusal; returns the error object."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/json"
    return refusal(reply.json(), code, language, **details)


def refusal(
    body: dict[str, Any], code: str, language: str = "zh", **details: Any
) -> dict[str, Any]:
    """Assert that this body is the refusal; returns the error object."""
    error: dict[str, Any] = body["error"]
    known = {name: value for name, value in error.items() if name not in ("message", "id")}
    assert known == {"code": code, **details}
    assert error["message"] == WORDS.say(f"error_{code}", language, **details)
    assert error["id"].isalnum()
    return error


async def everything(customer: Customer) -> dict[str, Any]:
    """The conversation as it stands, without the waiting times."""
    reply = await customer.http.get(f"{customer.path}/messages")
    assert reply.status_code == 200, reply.text
    return {name: reply.json()[name] for name in ("messages", "owner", "last_seq")}


@asynccontextmanager
async def nothing_changes(customer: Customer) -> AsyncIterator[None]:
    """Assert that the conversation is the same afterwards."""
    before = await everything(customer)
    yield
    assert await everything(customer) == before


def rows(product: Product, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the record says, read beside the running product."""
    with sqlite3.connect(f"file:{product.var / 'qiantai.db'}?mode=ro", uri=True) as connection:
        return connection.execute(query, values).fetchall()
