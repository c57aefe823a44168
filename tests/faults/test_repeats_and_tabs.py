"""F24, F26: everything arrives five times, or from two tabs at once; it counts once and in one order."""

import asyncio
import uuid

import pytest

from tests.support.history import heard_by_brain, said_by, turns_of, until, whole
from tests.support.sockets import line_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

QUESTION, TOPIC = "信用卡年费多少钱", "card_annual_fee"
TIMES = 5
EACH = 15


async def test_F24_a_message_sent_five_times_at_once_is_one_message_with_one_answer(live, arrive):
    customer, client_id = await arrive(live), str(uuid.uuid4())
    replies = await asyncio.gather(
        *(customer.send(client_id=client_id, text=QUESTION) for _ in range(TIMES))
    )
    assert {(reply.status_code, reply.json()["seq"]) for reply in replies} == {(202, 2)}
    await until(lambda: turns_of(live, customer) == [("done", "answered")])
    messages = await whole(customer)
    assert said_by("customer", messages) == [QUESTION]
    assert [m["topic"] for m in messages if m.get("topic")] == [TOPIC]


async def test_F24_a_message_repeated_after_its_answer_is_not_answered_again(live, arrive):
    customer, client_id = await arrive(live), str(uuid.uuid4())
    await customer.after(client_id=client_id, text=QUESTION)
    before = await whole(customer)
    assert [(await customer.send(client_id=client_id, text=QUESTION)).json()["seq"]
            for _ in range(TIMES)] == [2] * TIMES
    assert await whole(customer) == before
    assert turns_of(live, customer) == [("done", "answered")]


async def test_F24_a_message_repeated_on_the_socket_is_acknowledged_alike(live, arrive):
    customer, client_id = await arrive(live), str(uuid.uuid4())
    async with line_of(customer) as line:
        for _ in range(TIMES):
            await line.say(QUESTION, client_id)
        acks = [await line.until("ack") for _ in range(TIMES)]
    assert {ack["seq"] for ack in acks} == {2}
    assert said_by("customer", await whole(customer)) == [QUESTION]


async def test_F24_a_choice_pressed_five_times_at_once_asks_once(live, arrive):
    customer = await arrive(live)
    heard = await customer.ask(QUESTION)
    body = {"client_id": str(uuid.uuid4()), "choice": heard[-1]["choices"][0]["id"]}
    replies = await asyncio.gather(*(customer.send(**body) for _ in range(TIMES)))
    assert {(reply.status_code, reply.json()["seq"]) for reply in replies} == {(202, 4)}
    await until(lambda: turns_of(live, customer) == [("done", "answered")] * 2)


async def test_F24_an_agents_message_sent_five_times_at_once_is_one_message(live, arrive, agent):
    customer, desk = await arrive(live), await agent(live)
    await customer.ask("转人工")
    await customer.until_owner("queue")
    await desk.claim(customer.id)
    body = {"client_id": str(uuid.uuid4()), "text": "您好，我来看一下。"}
    path = f"/desk/conversations/{customer.id}/messages"
    replies = await asyncio.gather(*(desk.post(path, **body) for _ in range(TIMES)))
    assert {reply.status_code for reply in replies} == {202}
    assert len({reply.json()["seq"] for reply in replies}) == 1
    assert said_by("agent", await whole(customer)).count(body["text"]) == 1


async def test_F24_what_is_asked_for_again_is_the_same_again(live, arrive):
    customer = await arrive(live)
    await customer.ask(QUESTION)
    record = await whole(customer)
    for _ in range(TIMES):
        async with line_of(customer) as line:
            await line.until_seq(record[-1]["seq"])
            assert line.messages == record


async def test_F26_two_tabs_that_type_at_once_show_the_same_list(live, arrive):
    customer = await arrive(live)
    async with line_of(customer) as one, line_of(customer) as two:
        await asyncio.gather(type_away(one, "左"), type_away(two, "右"))
        await until(lambda: all(state == "done" for state, _ in turns_of(live, customer)))
        record = await whole(customer)
        for line in (one, two):
            while len(line.messages) < len(record):
                await line.next()
            assert line.messages == record
    assert len(said_by("customer", record)) == 2 * EACH


async def test_F26_what_two_tabs_say_reaches_the_brain_once_and_in_the_records_order(live, arrive):
    customer = await arrive(live)
    async with line_of(customer) as one, line_of(customer) as two:
        await asyncio.gather(type_away(one, "左"), type_away(two, "右"))
        await until(lambda: all(state == "done" for state, _ in turns_of(live, customer)))
    heard = "\n".join(heard_by_brain(live, customer)).split("\n")
    assert heard == said_by("customer", await whole(customer))


async def type_away(line, side):
    """Messages one after another, each when the one before is acknowledged."""
    for number in range(EACH):
        await line.say(f"年费问题{side}{number}")
        await line.until("ack")
