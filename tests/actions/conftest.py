"""Rasa's own tracker and dispatcher, as the brain sends them to an action."""

from collections.abc import Callable
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

import actions.alarm
import actions.fallback
import actions.handoff
import actions.talk
from bot.wiring import Rooms


@pytest.fixture
def dispatcher() -> CollectingDispatcher:
    return CollectingDispatcher()


@pytest.fixture
def served(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> Rooms:
    """The rooms that the actions call: this test's, on its own record."""
    for module in (actions.alarm, actions.fallback, actions.handoff, actions.talk):
        monkeypatch.setattr(module, "rooms", lambda: rooms)
    return rooms


@pytest.fixture
def tracker() -> Callable[..., Tracker]:
    """`tracker([("年费", "faq/card_annual_fee")], misses=1)`: what was said and understood, and slots."""

    def make(said: list[tuple[str, str]] | None = None, ranking: list[str] | None = None, **slots: Any):
        events = [user_event(text, label) for text, label in said or []]
        latest = dict(events[-1]["parse_data"]) if events else {}
        if ranking is not None:
            latest["intent_ranking"] = [{"name": name, "confidence": 0.1} for name in ranking]
        slots = {"language": "zh", "turn_id": "turn-1", "conversation_id": "none", **slots}
        return Tracker("customer.1", slots, latest, events, False, None, {}, "action_listen")

    return make


def user_event(text: str, label: str) -> dict[str, Any]:
    """A message as the brain's tracker has it."""
    return {
        "event": "user",
        "text": text,
        "parse_data": {
            "text": text,
            "intent": {"name": label.partition("/")[0], "confidence": 0.9},
            "intent_ranking": [{"name": label, "confidence": 0.9}],
        },
    }
