"""The runner of a process answers one conversation's turns one after another, without waiting for the sweep."""

import asyncio

import pytest

from bot.clock import FakeClock
from bot.conversation.runner import TurnRunner
from bot.conversation.service import Said
from bot.conversation.store import Draft
from bot.conversation.turns import LEASE_S, Reply, Turn
from bot.wiring import Rooms
from tests.support.record import ask_for_person, offer, opened, say, texts


class Echo:
    """Answers each turn with its own words; `meanwhile` happens while it thinks about the first."""

    def __init__(self) -> None:
        self.meanwhile = None
        self.heard: list[str] = []
        self.first = asyncio.Event()

    async def __call__(self, turn: Turn) -> Reply:
        self.heard.append(turn.text)
        self.first.set()
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            await meanwhile()
        return Reply([Draft("bot", turn.text, turn_id=turn.id)])


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def runner(rooms: Rooms, echo: Echo) -> TurnRunner:
    rooms.conversations.quiet_s = 0
    return TurnRunner(rooms.database, rooms.clock, rooms.wakes, echo, lambda: True, rooms.catalogue.say)


async def said_and_expected(rooms: Rooms, runner: TurnRunner, talk: str, text: str) -> None:
    receipt = await say(rooms, talk, text)
    assert receipt.turn_due_at
    runner.expect(talk, receipt.turn_due_at)


async def until_answered(rooms: Rooms, talk: str, *words: str) -> None:
    async with asyncio.timeout(20), rooms.wakes.listen(talk) as waiter:
        while (await texts(rooms, talk, "bot"))[1:] != list(words):
            await waiter.wait(0.1)


@pytest.mark.parametrize("is_here", [True, False], ids=["in this process", "in another one"])
async def test_what_is_stored_while_a_turn_is_answered_is_answered_next(
    rooms: Rooms, runner: TurnRunner, echo: Echo, is_here: bool
) -> None:
    talk = await opened(rooms)
    echo.meanwhile = lambda: said_and_expected(rooms, runner, talk, "利率") if is_here else say(rooms, talk, "利率")
    await said_and_expected(rooms, runner, talk, "年费")
    await until_answered(rooms, talk, "年费", "利率")


async def test_what_is_said_at_the_moment_of_the_answer_is_answered_too(
    rooms: Rooms, runner: TurnRunner, echo: Echo
) -> None:
    talk = await opened(rooms)
    words = [str(number) for number in range(8)]
    for number, word in enumerate(words):
        await said_and_expected(rooms, runner, talk, word)
        await until_answered(rooms, talk, *words[: number + 1])


async def test_a_turn_that_was_dropped_keeps_no_later_one_waiting(
    rooms: Rooms, runner: TurnRunner, echo: Echo
) -> None:
    rooms.conversations.quiet_s = 1
    talk = await opened(rooms)
    await say(rooms, talk, "等等")
    await ask_for_person(rooms, talk)
    await rooms.handoffs.leave(talk)  # nobody answers any more what was said before
    await offer(rooms, talk, fee="年费")
    receipt = await rooms.conversations.receive(talk, Said("c1", choice="fee"))
    assert receipt.turn_due_at
    runner.expect(talk, receipt.turn_due_at)
    async with asyncio.timeout(20):
        await echo.first.wait()
    assert echo.heard == ["年费"]


async def test_what_is_due_at_once_is_claimed_where_it_is_stored(
    rooms: Rooms, runner: TurnRunner, echo: Echo
) -> None:
    rooms.conversations.holder = runner.holder
    talk = await opened(rooms)
    receipt = await say(rooms, talk, "年费")
    assert receipt.turn
    await runner.sweep()
    assert echo.heard == []  # it is held already
    runner.answer(receipt.turn)
    await until_answered(rooms, talk, "年费")


async def test_what_comes_while_a_claimed_turn_is_answered_is_answered_next(
    rooms: Rooms, runner: TurnRunner, echo: Echo
) -> None:
    rooms.conversations.holder = runner.holder
    talk = await opened(rooms)

    async def meanwhile() -> None:
        receipt = await say(rooms, talk, "利率")
        assert receipt.turn is None  # one turn at a time
        assert receipt.turn_due_at
        runner.expect(talk, receipt.turn_due_at)

    echo.meanwhile = meanwhile
    first = (await say(rooms, talk, "年费")).turn
    assert first
    runner.answer(first)
    await until_answered(rooms, talk, "年费", "利率")


async def test_words_that_may_go_on_are_not_claimed(rooms: Rooms, runner: TurnRunner) -> None:
    rooms.conversations.holder, rooms.conversations.quiet_s = runner.holder, 1
    assert (await say(rooms, await opened(rooms), "年费")).turn is None


async def test_a_button_is_claimed_at_once(rooms: Rooms, runner: TurnRunner, echo: Echo) -> None:
    rooms.conversations.holder, rooms.conversations.quiet_s = runner.holder, 1
    talk = await opened(rooms)
    await offer(rooms, talk, fee="年费")
    receipt = await rooms.conversations.receive(talk, Said("c1", choice="fee"))
    assert receipt.turn
    assert receipt.turn.choice


async def test_a_claimed_turn_whose_process_died_is_taken_over(
    rooms: Rooms, runner: TurnRunner, echo: Echo, clock: FakeClock
) -> None:
    rooms.conversations.holder = "another:1"
    talk = await opened(rooms)
    await say(rooms, talk, "年费")
    clock.advance(LEASE_S + 0.1)
    await runner.sweep()
    assert (await texts(rooms, talk, "bot"))[1:] == ["年费"]
