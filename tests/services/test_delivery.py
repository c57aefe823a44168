"""Messages arrive by their numbers, whole and in order, over whichever line and after any cut."""

import asyncio
import uuid

import pytest

from tests.support.lines import wait_for_a_person
from tests.support.refusals import everything
from tests.support.sockets import desk_line_of, dialled, line_of


async def talk(customer, count: int) -> list[dict]:
    """Say so many things, each answered before the next; the whole conversation."""
    for number in range(count):
        await customer.ask(f"第 {number} 句")
    return (await everything(customer))["messages"]


def numbers(messages) -> list[int]:
    return [message["seq"] for message in messages]


async def test_socket_and_long_poll_deliver_the_same_messages(front, arrive):
    customer = await arrive(front)
    async with line_of(customer) as line:
        stored = await talk(customer, 3)
        await line.until_seq(stored[-1]["seq"])
        assert line.messages == stored
    assert customer.messages == stored
    assert numbers(stored) == list(range(1, len(stored) + 1))


@pytest.mark.parametrize("after", [0, 1, 3])
async def test_a_client_that_comes_back_gets_what_it_has_not_seen(front, arrive, after):
    customer = await arrive(front)
    stored = await talk(customer, 3)
    async with line_of(customer, after=after) as line:
        await line.until_seq(stored[-1]["seq"])
        assert line.messages == stored[after:]
    polled = await customer.http.get(f"{customer.path}/messages", params={"after": after})
    assert polled.json()["messages"] == stored[after:]


async def test_a_line_that_is_cut_again_and_again_leaves_no_gap_and_no_repeat(front, arrive):
    customer = await arrive(front)
    seen: list[dict] = []
    for round_number in range(5):
        async with line_of(customer, after=len(seen)) as line:
            await line.say(f"第 {round_number} 次")
            await line.until("message")
            line.ws.transport.abort()
            seen += line.messages
    await customer.until("bot")
    stored = (await everything(customer))["messages"]
    async with line_of(customer, after=len(seen)) as line:
        if len(seen) < len(stored):
            await line.until_seq(stored[-1]["seq"])
        assert seen + line.messages == stored


async def test_changing_from_socket_to_long_poll_loses_nothing(front, arrive):
    customer = await arrive(front)
    async with line_of(customer) as line:
        await line.say("你好")
        await line.until("message", lambda frame: frame["message"]["author"] == "bot"
                         and frame["message"]["seq"] > 1)
        customer.seen = line.messages[-1]["seq"]
        had = list(line.messages)
    await customer.send(text="还在吗")
    await customer.hear()
    since = [message for message in customer.messages if message["seq"] > had[-1]["seq"]]
    assert had + since == (await everything(customer))["messages"]


async def test_a_message_is_in_the_record_when_it_is_acknowledged(front, arrive):
    customer = await arrive(front)
    async with line_of(customer) as line:
        client_id = await line.say("请记下")
        ack = await line.until("ack")
        stored = (await everything(customer))["messages"]
    assert ack["client_id"] == client_id
    assert stored[ack["seq"] - 1]["text"] == "请记下"


async def test_the_acknowledgement_comes_before_the_answer(front, arrive):
    customer = await arrive(front)
    async with line_of(customer) as line:
        await line.say("你好")
        await line.until(
            "message", lambda f: f["message"]["author"] == "bot" and f["message"]["seq"] > 1
        )
        kinds = [
            (frame["type"], frame.get("message", {}).get("author"))
            for frame in line.frames
            if frame["type"] == "ack" or frame.get("message", {}).get("seq", 0) > 2
        ]
    assert kinds == [("ack", None), ("message", "bot")]


async def test_a_repeat_over_the_other_line_is_the_same_message(front, arrive):
    customer = await arrive(front)
    async with line_of(customer) as line:
        client_id = await line.say("转账限额")
        seq = (await line.until("ack"))["seq"]
    reply = await customer.send(client_id=client_id, text="转账限额")
    assert (reply.status_code, reply.json()) == (202, {"seq": seq})


async def test_a_repeat_on_the_socket_is_acknowledged_with_the_first_number(front, arrive):
    customer = await arrive(front)
    async with line_of(customer) as line:
        client_id = await line.say("转账限额")
        first = await line.until("ack")
        await line.say("转账限额", client_id)
        assert await line.until("ack") == first


async def test_two_open_pages_show_the_same_list(front, arrive):
    customer = await arrive(front)
    async with line_of(customer) as one, line_of(customer) as other:
        await asyncio.gather(*(page.say(f"{n}") for n in range(5) for page in (one, other)))
        await customer.until("bot")
        stored = (await everything(customer))["messages"]
        await asyncio.gather(*(page.until_seq(stored[-1]["seq"]) for page in (one, other)))
        assert one.messages == other.messages == stored


async def test_a_long_poll_waits_until_there_is_something(front, arrive):
    customer = await arrive(front)
    waiting = asyncio.create_task(customer.read(wait_s=20))
    reply = await customer.send(text="你好")
    assert numbers(await waiting) == [reply.json()["seq"]]


async def test_messages_in_quick_succession_are_answered_together(front, arrive):
    customer = await arrive(front)
    async with line_of(customer) as line:
        for text in ("你好", "我想问", "信用卡的事"):
            await line.say(text)
        await customer.hear()
    stored = (await everything(customer))["messages"]
    assert [m["author"] for m in stored[1:]] == ["customer"] * 3 + ["bot"]


async def test_words_while_the_customer_types_on_join_the_same_turn(front, arrive):
    customer = await arrive(front)
    async with line_of(customer) as line:
        await line.say("我想")
        await line.until("ack")
        await line.send(type="typing", on=True)
        await line.say("挂失")
        await customer.hear()
    stored = (await everything(customer))["messages"]
    assert [m["author"] for m in stored[1:]] == ["customer", "customer", "bot"]


async def test_the_welcome_says_where_things_stand(front, arrive):
    customer = await arrive(front)
    async with dialled(customer) as line:
        await line.send(type="hello", token=customer.token)
        assert await line.next() == {"type": "welcome", "owner": "bot", "last_seq": 1}


async def test_the_place_in_the_line_comes_with_both(front, arrive):
    customer = await arrive(front)
    async with line_of(customer) as line:
        await wait_for_a_person(customer)
        state = await line.until("state", lambda frame: frame["owner"] == "queue")
        assert state["queue"]["position"] == customer.state["queue"]["position"] >= 1


@pytest.fixture
async def held(front, arrive, agent):
    """A customer whose chat an agent holds: (customer, desk)."""
    customer, desk = await arrive(front), await agent(front)
    await wait_for_a_person(customer)
    await desk.claim(customer.id)
    await customer.until_owner("agent")
    return customer, desk


async def test_the_customer_sees_that_the_agent_types(held):
    customer, desk = held
    async with line_of(customer) as page, desk_line_of(desk) as board:
        await board.send(type="watch", conversation=customer.id, after=0)
        await page.until("state")
        for on in (True, False):
            await board.send(type="typing", conversation=customer.id, on=on)
            assert await page.until("typing") == {"type": "typing", "author": "agent", "on": on}


async def test_the_agent_sees_that_the_customer_types(held):
    customer, desk = held
    async with line_of(customer) as page, desk_line_of(desk) as board:
        await board.send(type="watch", conversation=customer.id, after=0)
        await board.until("conversation")
        for on in (True, False):
            await page.send(type="typing", on=on)
            sign = await board.until("typing")
            assert sign == {
                "type": "typing", "conversation": customer.id, "author": "customer", "on": on,
            }


async def test_the_agents_page_and_the_customers_show_the_same_list(held):
    customer, desk = held
    async with line_of(customer) as page, desk_line_of(desk) as board:
        await board.send(type="watch", conversation=customer.id, after=0)
        await page.say("我的卡丢了")
        reply = await desk.say(customer.id, "我来帮您")
        assert reply.status_code == 202
        stored = (await everything(customer))["messages"]
        await page.until_seq(stored[-1]["seq"])
        got: list[dict] = []
        while len(got) < len(stored):
            got.append((await board.until("conversation"))["message"])
        assert page.messages == got == stored


async def test_an_agents_page_that_comes_back_goes_on_where_it_was(held):
    customer, desk = held
    before = (await everything(customer))["messages"]
    await customer.send(client_id=str(uuid.uuid4()), text="在吗")
    async with desk_line_of(desk) as board:
        await board.send(type="watch", conversation=customer.id, after=before[-1]["seq"])
        frame = await board.until("conversation")
        assert frame["message"]["seq"] == before[-1]["seq"] + 1


async def test_a_desk_that_may_not_see_a_chat_is_told_that_it_is_gone(held, front, agent):
    customer, _desk = held
    stranger = await agent(front)
    async with desk_line_of(stranger) as board:
        await board.send(type="watch", conversation=customer.id, after=0)
        frame = await board.until("conversation")
        assert frame == {"type": "conversation", "id": customer.id, "state": "gone"}


async def test_signing_out_hangs_up_the_agents_socket(front, agent):
    desk = await agent(front)
    async with desk_line_of(desk) as board:
        await board.until("queue")
        assert (await desk.post("/desk/logout")).status_code == 200
        await board.until("signed_out")
        assert await board.closed() == 1008
