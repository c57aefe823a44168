"""A customer who waits longer than usual for an answer is told so, once (R03, F08)."""

import asyncio

import pytest

from bot.conversation import runner
from bot.conversation.runner import TurnRunner
from bot.conversation.store import Draft
from bot.conversation.turns import Reply, Turn
from bot.wiring import Rooms
from tests.support.record import due, opened, say, texts


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PATIENCE_S", 0.01)


async def asked(rooms: Rooms, answer) -> str:
    """A conversation whose one turn is answered by this."""
    talk = await opened(rooms)
    await say(rooms, talk, "转账多久到账")
    rooms.clock.advance(2)
    ours = TurnRunner(rooms.database, rooms.clock, rooms.wakes, answer, lambda: True, rooms.catalogue.say)
    (turn_id,) = await due(rooms)
    assert await ours.take(turn_id, talk)
    return talk


async def until_told(rooms: Rooms, talk: str) -> None:
    """Wait, as a slow brain would, until the customer has read a word about it."""
    async with rooms.wakes.listen(talk) as waiter:
        while not await texts(rooms, talk, "system"):
            await waiter.wait(0.02)


async def test_a_slow_answer_is_announced_before_it_comes(rooms: Rooms, impatient: None) -> None:
    async def slow(turn: Turn) -> Reply:
        await until_told(rooms, turn.conversation.id)
        return Reply([Draft("bot", "两小时内", turn_id=turn.id)])

    talk = await asked(rooms, slow)
    assert await texts(rooms, talk, "system") == [rooms.catalogue.say("notice_please_wait", "zh")]
    assert (await texts(rooms, talk, "bot"))[-1] == "两小时内"


async def test_a_quick_answer_needs_no_word_of_patience(rooms: Rooms) -> None:
    async def quick(turn: Turn) -> Reply:
        return Reply([Draft("bot", "两小时内", turn_id=turn.id)])

    talk = await asked(rooms, quick)
    assert await texts(rooms, talk, "system") == []


async def test_a_conversation_that_has_gone_to_a_person_meanwhile_is_not_interrupted(
    rooms: Rooms, impatient: None
) -> None:
    async def handed_over(turn: Turn) -> Reply:
        await rooms.conversations.end(turn.conversation.id)
        await asyncio.sleep(0.1)
        return Reply([Draft("bot", "晚了", turn_id=turn.id)])

    talk = await asked(rooms, handed_over)
    assert rooms.catalogue.say("notice_please_wait", "zh") not in await texts(rooms, talk, "system")
    assert "晚了" not in await texts(rooms, talk, "bot")
