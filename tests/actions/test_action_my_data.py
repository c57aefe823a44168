"""What a customer decides about their data takes effect in the same turn, in the rooms themselves."""

from typing import Any

import pytest

import actions.talk
from actions.my_data import ActionMyData
from bot.errors import Forbidden
from bot.wiring import Rooms
from tests.support.people_records import NAME, PHONE, give
from tests.support.record import opened

CARD = {"card_id": "none", "customer_id": None, "claim": "0000", "signed": False}


@pytest.fixture
def ours(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> Rooms:
    monkeypatch.setattr(actions.talk, "rooms", lambda: rooms)
    return rooms


@pytest.fixture
async def talk(ours: Rooms) -> str:
    """A conversation with two consents and a contact card."""
    talk = await opened(ours)
    await give(ours, talk, "callback")
    await give(ours, talk, "feedback", phone=PHONE)
    return talk


@pytest.fixture
def decide(dispatcher: Any, tracker: Any, talk: str):
    """Carry out a wish as the form leaves it; returns what was said."""

    async def run(wish: str, **slots: Any) -> dict[str, Any]:
        slots = {"conversation_id": talk, "my_data_wish": wish, **slots}
        await ActionMyData().run(dispatcher, tracker([("好", "social_affirm")], **slots), {})
        return dispatcher.messages[-1]

    return run


async def fields(ours: Rooms, talk: str) -> list[str]:
    return [one.field for one in await ours.contacts.card(talk)]


async def test_all_consents_taken_back_leave_an_empty_card(decide, ours, talk) -> None:
    assert (await decide("withdraw", my_data_consent="all"))["response"] == "utter_my_data_withdrawn"
    assert await fields(ours, talk) == []
    assert set((await ours.consents.all_standing(talk)).values()) == {"withdrawn"}


async def test_one_consent_taken_back_leaves_what_another_keeps(decide, ours, talk) -> None:
    await decide("withdraw", my_data_consent="callback")
    assert await fields(ours, talk) == ["phone"]
    assert await ours.consents.all_standing(talk) == {"callback": "withdrawn", "feedback": "given"}


async def test_what_is_shown_is_masked_and_each_field_is_said_once(decide, talk) -> None:
    listed = (await decide("show"))["listed"]
    assert "称呼 欧阳**" in listed
    assert listed.count("139****0987") == 1
    assert [secret for secret in (NAME, PHONE) if secret in listed] == []


@pytest.mark.parametrize("wish", ["copy", "delete"])
async def test_slots_that_say_verified_are_no_proof(decide, ours, talk, wish) -> None:
    """The record decides: a code that was never taken opens nothing (S10)."""
    said = await decide(
        wish, verify_card=CARD, verify_id="given", verify_code="used", my_data_confirmed="yes"
    )
    assert said["response"] == "utter_action_failed"
    assert await fields(ours, talk) == ["name", "phone"]
    with pytest.raises(Forbidden, match="export_not_open"):
        await ours.people_data.take_export(talk)


async def test_a_wish_that_is_not_complete_does_nothing(decide, ours, talk, dispatcher) -> None:
    with pytest.raises(IndexError):
        await decide("delete", verify_card=CARD, verify_id="given", verify_code="used")
    assert dispatcher.messages == []
    assert await fields(ours, talk) == ["name", "phone"]
