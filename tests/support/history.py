"""What must hold of a conversation, whatever has happened to the processes meanwhile."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from redis import Redis

from tests.support.people import Customer
from tests.support.product import Product
from tests.support.refusals import rows

#: Longer than a turn's lease: what a dead process held is taken over by then, in seconds.
TAKEN_OVER_S = 100.0


def numbers_have_no_gaps(messages: list[dict[str, Any]]) -> None:
    """The numbers are 1, 2, 3 … (D03)."""
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))


def said_by(author: str, messages: list[dict[str, Any]]) -> list[str]:
    """The texts of one author, in order."""
    return [message["text"] for message in messages if message["author"] == author]


async def whole(customer: Customer) -> list[dict[str, Any]]:
    """The conversation from its beginning; its numbers have no gaps."""
    reply = await customer.http.get(f"{customer.path}/messages")
    assert reply.status_code == 200, reply.text
    messages: list[dict[str, Any]] = reply.json()["messages"]
    numbers_have_no_gaps(messages)
    return messages


def turns_of(product: Product, customer: Customer) -> list[tuple[str, str]]:
    """(state, outcome) of each turn, in order."""
    return rows(
        product,
        "select state, outcome from turns where conversation_id = ? order by first_seq",
        customer.id,
    )


def all_answered(product: Product, customer: Customer) -> bool:
    """Whether each message is answered: by a turn that is done, or by the notice that all of it was hidden."""
    asked = rows(
        product,
        "select seq from messages where conversation_id = ? and author = 'customer'"
        " and json_extract(payload, '$.only_secret') is null",
        customer.id,
    )
    turns = rows(product, "select state, first_seq, last_seq from turns where conversation_id = ?", customer.id)
    done = [(first, last) for state, first, last in turns if state == "done"]
    return len(done) == len(turns) and all(any(first <= seq <= last for first, last in done) for (seq,) in asked)


async def until(
    holds: Callable[[], Any], patience_s: float = TAKEN_OVER_S, why: Callable[[], Any] | None = None
) -> None:
    """Look until it holds, and let others work meanwhile.

    Raises:
        AssertionError: it did not in time.
    """
    give_up_at = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < give_up_at, f"waited in vain: {why() if why else holds}"
        await asyncio.sleep(0.02)


async def until_turns(product: Product, customer: Customer, *states: str) -> None:
    """Wait until the conversation's turns are in these states, in order."""
    await until(
        lambda: tuple(state for state, _ in turns_of(product, customer)) == states,
        why=lambda: turns_of(product, customer),
    )


def heard_by_brain(product: Product, customer: Customer, session: int = 1) -> list[str]:
    """What the brain has been told in this session, one text a turn."""
    with Redis.from_url(product.redis_url) as redis:
        events = redis.lrange(f"qiantai:tracker:{customer.id}.{session}", 0, -1)
    found = [json.loads(event) for event in events]
    return [event["text"] for event in found if event["event"] == "user"]


class Wire:
    """A call by hand, which can be cut where no client would cut it."""

    def __init__(self, customer: Customer, **body: Any) -> None:
        content = json.dumps(body).encode()
        head = (
            f"POST {customer.path}/messages HTTP/1.1\r\nHost: chat\r\n"
            f"Authorization: Bearer {customer.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        self._parts = [head.encode() + content[:-5], content[-5:]]
        self._address = urlsplit(str(customer.http.base_url))

    async def __aenter__(self) -> "Wire":
        self._reader, self._writer = await asyncio.open_connection(
            self._address.hostname, self._address.port
        )
        return self

    async def begin(self) -> None:
        """Send all but the last few bytes."""
        self._writer.write(self._parts[0])
        await self._writer.drain()

    async def end(self) -> None:
        """Send the rest; the reply is never read."""
        self._writer.write(self._parts[1])
        await self._writer.drain()

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
