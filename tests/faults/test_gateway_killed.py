"""F01, F02: the chat process is killed with -9 around a message; it is stored once and answered once."""

import asyncio
import random
import uuid
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.support.history import Wire, said_by, turns_of, until, until_turns, whole
from tests.support.people import Customer
from tests.support.product import Product
from tests.support.refusals import rows
from tests.support.sockets import Line, line_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PROCESSES = ("redis", "brain", "chat", "actions")

QUESTION = "信用卡年费多少钱"
#: Kills in one run of customers who write on.
KILLS = 4


def message(text: str = QUESTION) -> dict[str, str]:
    return {"client_id": str(uuid.uuid4()), "text": text}


def stored(product: Product, body: dict[str, str]) -> int:
    """How often this message is in the record."""
    return int(rows(product, "select count(*) from messages where client_id = ?", body["client_id"])[0][0])


def acks(line: Line) -> list[dict[str, Any]]:
    return [frame for frame in line.frames if frame["type"] == "ack"]


def restart(product: Product) -> None:
    product.start("chat")
    product.wait_until_ready()


async def test_F01_a_message_cut_on_the_wire_is_stored_once_when_it_is_sent_again(product, arrive):
    customer, body = await arrive(product), message()
    async with Wire(customer, **body) as wire:
        await wire.begin()
        product.kill("chat")
    assert stored(product, body) == 0
    restart(product)
    assert (await customer.send(**body)).status_code == 202
    await until_turns(product, customer, "done")
    messages = await whole(customer)
    assert said_by("customer", messages) == [QUESTION]
    assert len(said_by("bot", messages)) == 2  # the greeting and the answer


async def test_F02_a_message_that_was_stored_but_not_acknowledged_is_stored_and_answered_once(
    product, arrive
):
    customer, body = await arrive(product), message()
    async with Wire(customer, **body) as wire:
        await wire.begin()
        await wire.end()
        await until(lambda: stored(product, body))
        product.kill("chat")
    restart(product)
    reply = await customer.send(**body)
    assert (reply.status_code, reply.json()) == (202, {"seq": 2})
    await until_turns(product, customer, "done")
    messages = await whole(customer)
    assert said_by("customer", messages) == [QUESTION]
    assert [m.get("topic") for m in messages if m["author"] == "bot"] == [None, "card_annual_fee"]


async def test_F02_the_page_that_comes_back_gets_its_message_with_its_number(product, arrive):
    customer, body = await arrive(product), message()
    async with line_of(customer) as line:
        await line.send(type="message", **body)
        await until(lambda: stored(product, body))
        product.kill("chat")
    restart(product)
    async with line_of(customer, after=1) as line:
        await line.send(type="message", **body)
        while len(line.messages) < 2 or not acks(line):
            await line.next()
    assert acks(line) == [{"type": "ack", "client_id": body["client_id"], "seq": 2}]
    assert [m["seq"] for m in line.messages] == [2, 3]
    assert line.messages[0]["client_id"] == body["client_id"]


async def test_F02_a_chat_killed_while_the_brain_answers_answers_once(product, arrive):
    customer = await arrive(product)
    product.freeze("brain")
    await customer.send(text=QUESTION)
    await until_turns(product, customer, "running")
    product.kill("chat")
    product.thaw("brain")
    restart(product)
    await until_turns(product, customer, "done")
    messages = await whole(customer)
    assert [m.get("topic") for m in messages if m["author"] == "bot"] == [None, "card_annual_fee"]


@pytest.mark.parametrize("seed", [1, 2])
async def test_F01_F02_nothing_acknowledged_is_lost_or_doubled_by_kills_at_any_moment(
    product, arrive, seed
):
    moments = random.Random(seed)  # noqa: S311 - no secret
    stop = asyncio.Event()
    customers = [await arrive(product) for _ in range(3)]
    writing = [asyncio.create_task(write(customer, stop)) for customer in customers]
    for _ in range(KILLS):
        await asyncio.sleep(moments.uniform(0, 0.5))  # the fault itself: a moment that nobody chose
        product.kill("chat")
        product.start("chat")
        await asyncio.to_thread(product.wait_until_ready)
    stop.set()
    for customer, task in zip(customers, writing, strict=True):
        acked = await task
        await until(
            lambda of=customer: all(state == "done" for state, _ in turns_of(product, of)),
            why=lambda of=customer: turns_of(product, of),
        )
        messages = await whole(customer)
        assert {m["client_id"]: m["seq"] for m in messages if m["author"] == "customer"} == acked
        assert answers_per_turn(product, customer) == {1}


async def write(customer: Customer, stop: asyncio.Event) -> dict[str, int]:
    """Send messages one after another, each until it is acknowledged: client id -> number."""
    acked: dict[str, int] = {}
    while not stop.is_set():
        body: dict[str, Any] = message(f"{QUESTION}，第{len(acked)}次问")
        while body["client_id"] not in acked:
            with suppress(httpx.TransportError):
                reply = await customer.send(**body)
                assert reply.status_code == 202, reply.text
                acked[body["client_id"]] = reply.json()["seq"]
        with suppress(httpx.TransportError):
            await customer.read(1)
    return acked


def answers_per_turn(product: Product, customer: Customer) -> set[int]:
    """How many messages the bot has said to a turn; the same number for all is a set of one."""
    counts = rows(
        product,
        "select count(m.seq) from turns t left join messages m on m.turn_id = t.id and m.author = 'bot' "
        "where t.conversation_id = ? group by t.id",
        customer.id,
    )
    return {count for (count,) in counts}
