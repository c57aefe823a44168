"""F12, F13: Redis is killed, restarted, flushed or loses its disk; the record has everything that counts."""

import asyncio
import shutil
import uuid

import pytest
from redis import Redis

from tests.support.history import heard_by_brain, said_by, until, until_turns, whole
from tests.support.product import wait_until
from tests.support.refusals import refused, rows

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PROCESSES = ("redis", "brain", "chat", "desk", "actions")
LIMIT = 20
ENVIRON = {"QIANTAI_MESSAGES_PER_MINUTE": str(LIMIT)}

QUESTION, TOPIC = "信用卡年费多少钱", "card_annual_fee"
NONSENSE = "大象的鼻子为什么那么长"


def flush(product):
    with Redis.from_url(product.redis_url) as redis:
        redis.flushall()


def lose_disk(product):
    product.kill("redis")
    shutil.rmtree(product.var / "redis")
    (product.var / "redis").mkdir()
    product.start("redis")
    product.wait_until_ready()


EMPTIED = [pytest.param(flush, id="F13_flushall"), pytest.param(lose_disk, id="F13_empty_disk")]


def redis_is_seen(product):
    return product.health(product.chat_url).get("redis", False)


async def queue_up(product, arrive, count):
    """Customers who wait for a person, first come first."""
    waiting = []
    for _ in range(count):
        customer = await arrive(product)
        await customer.ask("转人工")
        await customer.until_owner("queue")
        waiting.append(customer)
    return waiting


async def line(desk):
    """The ids in the line, in order."""
    reply = await desk.get("/desk/queue")
    assert reply.status_code == 200, reply.text
    return [one["conversation_id"] for one in reply.json()["waiting"]]


@pytest.mark.parametrize("sync", ["everysec", "always"])
async def test_F12_a_restart_of_redis_under_a_question_is_not_noticed(product, arrive, sync):
    customer = await arrive(product)
    with Redis.from_url(product.redis_url) as redis:
        redis.config_set("appendfsync", sync)
    product.kill("redis")
    product.start("redis")
    heard = await customer.ask(QUESTION)
    assert [message.get("topic") for message in heard] == [TOPIC]


async def test_F12_lines_that_redis_has_cut_are_not_noticed(product, arrive):
    customer = await arrive(product)
    await customer.ask("你好")
    with Redis.from_url(product.redis_url) as redis:
        assert redis.client_kill_filter(_type="normal")
    heard = await customer.ask(QUESTION)
    assert [message.get("topic") for message in heard] == [TOPIC]


@pytest.mark.parametrize("sync", ["everysec", "always"])
async def test_F12_the_dialogue_goes_on_where_it_was(product, arrive, sync):
    customer = await arrive(product)
    with Redis.from_url(product.redis_url) as redis:
        redis.config_set("appendfsync", sync)
    await customer.ask(NONSENSE)
    product.kill("redis")
    product.start("redis")
    product.wait_until_ready()
    await customer.ask(NONSENSE)
    assert heard_by_brain(product, customer) == [NONSENSE] * 2


async def test_F12_a_message_is_taken_while_redis_is_away_and_answered_when_it_is_back(product, arrive):
    customer = await arrive(product)
    product.kill("redis")
    assert (await customer.send(text=QUESTION)).status_code == 202
    heard = await customer.hear()
    assert heard[-1]["choices"]  # the assistant is away: topics, form, person
    product.start("redis")
    await until_turns(product, customer, "done")
    messages = await whole(customer)
    assert [m["topic"] for m in messages if m.get("topic")] == [TOPIC]
    assert said_by("customer", messages) == [QUESTION]


async def test_F12_agent_and_customer_talk_while_redis_is_away(product, arrive, agent):
    [customer], desk = await queue_up(product, arrive, 1), await agent(product)
    await desk.claim(customer.id)
    product.kill("redis")
    assert (await customer.send(text="还在吗")).status_code == 202
    assert (await desk.say(customer.id, "在的")).status_code == 202
    messages = await whole(customer)
    assert said_by("customer", messages)[-1] == "还在吗"
    assert said_by("agent", messages)[-1] == "在的"


async def test_F12_a_waiting_reader_hears_of_an_agent_while_redis_is_away(product, arrive, agent):
    [customer], desk = await queue_up(product, arrive, 1), await agent(product)
    await desk.claim(customer.id)
    await customer.read()
    product.kill("redis")
    wait_until(lambda: not redis_is_seen(product))
    reading = asyncio.create_task(customer.until("agent"))
    await desk.say(customer.id, "在的")
    assert (await reading)["text"] == "在的"


async def test_F12_a_waiting_reader_is_woken_again_after_the_restart(product, arrive, agent):
    [customer], desk = await queue_up(product, arrive, 1), await agent(product)
    await desk.claim(customer.id)
    await customer.read()
    product.kill("redis")
    product.start("redis")
    product.wait_until_ready()
    reading = asyncio.create_task(customer.until("agent"))
    await desk.say(customer.id, "在的")
    assert (await reading)["text"] == "在的"


@pytest.mark.parametrize("empty", EMPTIED)
async def test_the_line_keeps_its_order(product, arrive, agent, empty):
    desk = await agent(product)
    waiting = [customer.id for customer in await queue_up(product, arrive, 3)]
    before = await line(desk)
    empty(product)
    assert await line(desk) == before
    assert [one for one in before if one in waiting] == waiting


@pytest.mark.parametrize("empty", EMPTIED)
async def test_an_agent_keeps_session_and_chat(product, arrive, agent, empty):
    [customer], desk = await queue_up(product, arrive, 1), await agent(product)
    await desk.claim(customer.id)
    empty(product)
    assert (await desk.say(customer.id, "我在")).status_code == 202
    rival = await agent(product, "Li Lei")
    refused(
        await rival.post(f"/desk/conversations/{customer.id}/claim"), 409, "already_taken",
        state="assigned",
    )


@pytest.mark.parametrize("empty", EMPTIED)
async def test_a_locked_account_stays_locked(product, agent, empty):
    desk = await agent(product)
    for _ in range(5):
        await desk.sign_in(password="wrong")
    empty(product)
    assert (await desk.sign_in()).status_code == 401


@pytest.mark.parametrize("empty", EMPTIED)
async def test_a_limit_is_not_forgotten(product, arrive, empty):
    customer = await arrive(product)
    client_id = str(uuid.uuid4())
    for _ in range(LIMIT):
        assert (await customer.send(client_id=client_id, text=QUESTION)).status_code == 202
    empty(product)
    reply = await customer.send(client_id=client_id, text=QUESTION)
    refused(reply, 429, "too_fast", retry_after_s=30)


@pytest.mark.parametrize("empty", EMPTIED)
async def test_the_bot_goes_on_answering(product, arrive, empty):
    customer = await arrive(product)
    await customer.ask("你好")
    empty(product)
    heard = await customer.ask(QUESTION)
    assert [message.get("topic") for message in heard] == [TOPIC]


async def test_F14_a_hung_redis_does_not_hold_a_message_up(product, arrive):
    customer = await arrive(product)
    product.freeze("redis")
    assert (await customer.send(text=QUESTION)).status_code == 202
    product.thaw("redis")
    await until(lambda: TOPIC in topics_of(product, customer))


def topics_of(product, customer):
    found = rows(product, "select topic from messages where conversation_id = ?", customer.id)
    return [topic for (topic,) in found]
