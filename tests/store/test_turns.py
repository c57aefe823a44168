"""Turns: joined, claimed by one, taken over when the holder dies, dropped when they come too late."""

import asyncio

import pytest

from bot.clock import FakeClock
from bot.conversation import store, turns
from bot.conversation.service import Said
from bot.conversation.turns import LEASE_S, LONGEST_QUIET_S, MAX_ATTEMPTS, REPLAY_WITHIN_S
from bot.wiring import Rooms
from tests.support.record import (
    agent,
    ask_for_person,
    claim,
    claimed,
    conversation,
    due,
    finish,
    offer,
    opened,
    queued,
    rows,
    say,
    texts,
)


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    return await opened(rooms)


async def states(rooms: Rooms) -> list[str]:
    found = await rows(rooms, store.turns)
    return [row.state for row in sorted(found, key=lambda row: row.first_seq)]


# ---- joining


async def test_messages_in_quick_succession_are_one_turn(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    for text in ("我想问", "信用卡", "年费多少"):
        await say(rooms, talk, text)
        clock.advance(0.5)
    clock.advance(0.4)
    assert (await claimed(rooms, talk)).text == "我想问\n信用卡\n年费多少"


async def test_nobody_is_asked_before_the_customer_has_been_quiet(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "我想问")
    clock.advance(0.7)
    await say(rooms, talk, "年费")
    clock.advance(0.7)
    assert await due(rooms) == []
    clock.advance(0.1)
    assert len(await due(rooms)) == 1


async def test_somebody_who_never_stops_is_answered_all_the_same(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    for _ in range(int(LONGEST_QUIET_S / 0.5)):
        await say(rooms, talk, "还有")
        clock.advance(0.5)
    assert len(await due(rooms)) == 1


async def test_a_message_after_the_pause_is_a_turn_of_its_own(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "年费")
    clock.advance(1)
    await finish(rooms, await claimed(rooms, talk), "80 元")
    await say(rooms, talk, "利率")
    clock.advance(1)
    assert (await claimed(rooms, talk)).text == "利率"


async def test_a_choice_is_a_turn_at_once_and_does_not_join(
    rooms: Rooms, talk: str
) -> None:
    await offer(rooms, talk, fee="年费")
    await say(rooms, talk, "等等")
    await rooms.conversations.receive(talk, Said("c1", choice="fee"))
    first, second = await due(rooms)
    assert await claim(rooms, talk, second) is None
    turn = await claim(rooms, talk, first)
    assert turn
    assert turn.text == "等等"
    await finish(rooms, turn, "好的")
    then = await claim(rooms, talk, second)
    assert then
    assert then.choice == {"intent": "faq/fee", "slots": {}}


# ---- one holder


async def test_of_many_one_takes_the_turn(rooms: Rooms, clock: FakeClock, talk: str) -> None:
    await say(rooms, talk, "年费")
    clock.advance(1)
    (turn_id,) = await due(rooms)
    taken = await asyncio.gather(*(claim(rooms, talk, turn_id, f"p{n}") for n in range(10)))
    assert sum(turn is not None for turn in taken) == 1


async def test_a_turn_waits_for_the_one_before_it(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "年费")
    clock.advance(1)
    first = await claimed(rooms, talk)
    await say(rooms, talk, "利率")
    clock.advance(1)
    (second,) = await due(rooms)
    assert await claim(rooms, talk, second, "two") is None
    await finish(rooms, first, "80 元")
    assert await claim(rooms, talk, second, "two")


async def test_a_lease_that_runs_is_nobody_elses(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "年费")
    clock.advance(1)
    turn = await claimed(rooms, talk)
    clock.advance(LEASE_S)
    assert await due(rooms) == []
    assert await claim(rooms, talk, turn.id, "two") is None


async def test_a_dead_holders_turn_is_taken_over(rooms: Rooms, clock: FakeClock, talk: str) -> None:
    await say(rooms, talk, "年费")
    clock.advance(1)
    await claimed(rooms, talk, "dead")
    clock.advance(LEASE_S + 0.1)
    second = await claimed(rooms, talk, "heir")
    assert (second.text, second.attempts) == ("年费", 2)
    assert [message.text for message in await finish(rooms, second, "80 元")] == ["80 元"]


async def test_a_holder_that_only_slept_finds_its_fence_outdated(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "年费")
    clock.advance(1)
    asleep = await claimed(rooms, talk, "asleep")
    clock.advance(LEASE_S + 0.1)
    heir = await claimed(rooms, talk, "heir")
    assert await finish(rooms, asleep, "too late") == []
    await finish(rooms, heir, "80 元")
    assert await finish(rooms, asleep, "later still") == []
    assert (await texts(rooms, talk, "bot"))[1:] == ["80 元"]


async def test_a_turn_that_kills_every_holder_is_given_up(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "年费")
    clock.advance(1)
    for _ in range(MAX_ATTEMPTS):
        turn = await claimed(rooms, talk)
        clock.advance(LEASE_S + 0.1)
    assert await claim(rooms, talk, turn.id) is None
    assert await states(rooms) == ["failed"]


# ---- too late


async def test_a_reply_after_the_end_is_dropped(rooms: Rooms, clock: FakeClock, talk: str) -> None:
    await say(rooms, talk, "年费")
    clock.advance(1)
    turn = await claimed(rooms, talk)
    await rooms.conversations.end(talk)
    assert await finish(rooms, turn, "80 元") == []
    assert await states(rooms) == ["dropped"]


async def test_a_reply_is_dropped_when_somebody_else_asked_for_a_person(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "年费")
    clock.advance(1)
    turn = await claimed(rooms, talk)
    await ask_for_person(rooms, talk)
    assert await finish(rooms, turn, "80 元") == []
    assert len(await texts(rooms, talk, "bot")) == 1


async def test_the_turn_that_asked_for_a_person_may_finish_its_sentence(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "转人工")
    clock.advance(1)
    turn = await claimed(rooms, talk)
    await ask_for_person(rooms, talk, turn_id=turn.id)
    assert [message.text for message in await finish(rooms, turn, "正在转接")] == ["正在转接"]


async def test_not_even_that_turn_speaks_once_a_person_is_there(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "转人工")
    clock.advance(1)
    turn = await claimed(rooms, talk)
    await ask_for_person(rooms, talk, turn_id=turn.id)
    await rooms.handoffs.claim(agent(), talk)
    assert await finish(rooms, turn, "正在转接") == []


async def test_a_turn_from_before_the_handoff_is_not_asked_after_it(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "年费")
    await ask_for_person(rooms, talk)
    clock.advance(1)
    (turn_id,) = await due(rooms)
    assert await claim(rooms, talk, turn_id) is None
    assert await states(rooms) == ["dropped"]


async def test_a_turn_from_before_a_whole_handoff_is_not_asked_when_the_bot_is_back(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "年费")
    await ask_for_person(rooms, talk)
    await rooms.handoffs.leave(talk)
    clock.advance(1)
    (turn_id,) = await due(rooms)
    assert await claim(rooms, talk, turn_id) is None


async def test_while_people_have_it_the_bot_is_not_asked(rooms: Rooms) -> None:
    waiting = await queued(rooms)
    assert (await say(rooms, waiting, "还在吗")).turn_due_at is None
    await rooms.handoffs.claim(agent(), waiting)
    assert (await say(rooms, waiting, "您好")).turn_due_at is None
    assert await states(rooms) == []


# ---- when the brain was away


async def parked(rooms: Rooms, clock: FakeClock, talk: str) -> str:
    """A turn that got an apology and is to be asked again."""
    await say(rooms, talk, "年费")
    clock.advance(1)
    turn = await claimed(rooms, talk)
    await finish(rooms, turn, "抱歉", replay=True, outcome="degraded")
    return turn.id


async def test_a_parked_turn_waits_until_the_brain_is_back(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    turn_id = await parked(rooms, clock, talk)
    assert await due(rooms, brain_is_up=False) == []
    assert await due(rooms) == [turn_id]
    again = await claim(rooms, talk, turn_id)
    assert again
    assert again.text == "年费"


async def test_a_parked_turn_is_forgotten_when_the_customer_went_on(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    turn_id = await parked(rooms, clock, talk)
    await say(rooms, talk, "算了")
    clock.advance(1)
    assert await claim(rooms, talk, turn_id) is None
    assert (await claimed(rooms, talk)).text == "算了"


async def test_a_parked_turn_is_not_answered_minutes_later(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    turn_id = await parked(rooms, clock, talk)
    clock.advance(REPLAY_WITHIN_S)
    assert await claim(rooms, talk, turn_id) is None
    assert await due(rooms) == []


# ---- what a reply brings along


async def test_a_reply_sets_the_language_and_remembers_what_it_needs(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "annual fee")
    clock.advance(1)
    turn = await claimed(rooms, talk)
    await finish(rooms, turn, "CNY 80", language="en", context={"open_form": "x"})
    after = await conversation(rooms, talk)
    assert (after.language, after.context["open_form"]) == ("en", "x")


async def test_typing_on_puts_the_turn_off_but_not_for_ever(
    rooms: Rooms, clock: FakeClock, talk: str
) -> None:
    await say(rooms, talk, "我想问")
    clock.advance(0.7)
    async with rooms.database.write() as connection:
        await turns.postpone(connection, talk, now=clock.now(), quiet_s=0.8)
    clock.advance(1.5)
    assert await due(rooms) == []
    for _ in range(5):
        async with rooms.database.write() as connection:
            await turns.postpone(connection, talk, now=clock.now(), quiet_s=0.8)
        clock.advance(1)
    assert len(await due(rooms)) == 1
