"""Two steps of not knowing: the three nearest topics first, then a person, or a call back. Never a guess (R05, R08)."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import CALLBACK, PERSON, RoomAction
from actions.rooms import rooms

#: How many topics are offered.
OFFERED = 3
NOT_OFFERED = frozenset({"out_of_scope", "service_human"})


class ActionFallback(RoomAction):
    """Offers what is nearest, or asks for words where there are none; after a second miss in a row a person."""

    def name(self) -> str:
        return "action_fallback"

    async def perform(
        self, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[dict[str, Any]]:
        misses = int(tracker.get_slot("misses") or 0) + 1
        text = tracker.latest_message.get("text")
        if misses >= 2:
            dispatcher.utter_message(response="utter_fallback_person", choices=[PERSON, CALLBACK])
        elif text and not any(map(str.isalnum, text)):
            dispatcher.utter_message(response="utter_fallback_wordless", choices=[PERSON])
        else:
            choices = [*nearest(tracker), PERSON]
            dispatcher.utter_message(response="utter_fallback_choices", choices=choices)
        return [SlotSet("misses", misses)]


def nearest(tracker: Tracker) -> list[dict[str, Any]]:
    """Buttons for the topics most like what was said."""
    cards = rooms().catalogue.content.cards
    ranking = tracker.latest_message.get("intent_ranking") or []
    labels = [one["name"] for one in ranking]
    found = []
    for label in labels:
        topic = label.rpartition("/")[2]
        card = cards.get(topic)
        if card and card.kind != "social" and topic not in NOT_OFFERED:
            found.append({"title": card.title.model_dump(), "intent": label})
    return found[:OFFERED]
