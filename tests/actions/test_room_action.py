"""Whatever a room does, an action ends in words: an apology and the offer of a person."""

import asyncio

import pytest
from rasa_sdk.events import SlotSet

from actions import base
from actions.base import PERSON, RoomAction
from bot.errors import Conflict, UnavailableError
from bot.settings import Settings


class Doing(RoomAction):
    """An action that does what the test says."""

    def __init__(self, what):
        self._what = what

    def name(self):
        return "action_of_the_tests"

    async def perform(self, dispatcher, tracker):
        dispatcher.utter_message(text="half a sentence")
        return await self._what()


def raising(error):
    async def what():
        raise error

    return what


@pytest.mark.parametrize(
    "error",
    [UnavailableError("database"), Conflict("wrong_state"), TimeoutError(), ValueError("broken")],
    ids=lambda error: type(error).__name__,
)
async def test_a_room_that_fails_is_told_with_an_apology_and_a_person(dispatcher, tracker, error):
    events = await Doing(raising(error)).run(dispatcher, tracker(), {})
    [said] = dispatcher.messages
    assert (said["response"], said["choices"]) == ("utter_action_failed", [PERSON])
    assert events == []


async def test_a_room_that_hangs_is_given_up_within_the_budget(dispatcher, tracker, monkeypatch):
    monkeypatch.setattr(base, "BUDGET_S", 0.01)
    await Doing(asyncio.Event().wait).run(dispatcher, tracker(), {})
    assert [said["response"] for said in dispatcher.messages] == ["utter_action_failed"]


async def test_a_room_that_works_is_heard_and_its_events_are_kept(dispatcher, tracker):
    async def works():
        return [SlotSet("misses", 0)]

    events = await Doing(works).run(dispatcher, tracker(), {})
    assert events == [SlotSet("misses", 0)]
    assert [said["text"] for said in dispatcher.messages] == ["half a sentence"]


async def test_an_action_that_is_cancelled_says_nothing(dispatcher, tracker):
    running = asyncio.create_task(Doing(asyncio.Event().wait).run(dispatcher, tracker(), {}))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "utter_action_failed" not in [said["response"] for said in dispatcher.messages]


def test_the_budget_of_an_action_is_shorter_than_that_of_its_turn():
    assert Settings().turn_budget_s > base.BUDGET_S
