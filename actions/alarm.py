"""Danger, threats and frauds that are going on: the help text, and a person before everybody else (I17)."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.base import RoomAction
from actions.rooms import rooms
from bot.conversation.words import queue_words
from bot.handoff import queue

#: Intent of the alarm → why the person is needed.
REASONS = {"alarm_self_harm": "distress", "alarm_threat": "threat", "alarm_fraud": "fraud"}


class ActionAlarm(RoomAction):
    """Says what helps at once; whether or not a person can be had, that is said."""

    keeps_words = True

    def name(self) -> str:
        return "action_alarm"

    async def perform(
        self, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[dict[str, Any]]:
        intent = tracker.latest_message["intent"]["name"]
        dispatcher.utter_message(response=f"utter_{intent}")
        ours, language = rooms(), tracker.get_slot("language") or "zh"
        place = await ours.handoffs.request(
            tracker.get_slot("conversation_id"),
            turn_id=tracker.get_slot("turn_id"),
            reason=REASONS[intent],
            skill="general",
            language=language,
            priority=queue.PRIORITY_URGENT,
            summary=(tracker.latest_message.get("text") or "")[:200],
            slots={},
        )
        words = queue_words(ours.catalogue.say, place, language)
        dispatcher.utter_message(response="utter_handoff_queued", words=words)
        return [FollowupAction("action_listen")]  # also when a dialogue was broken off for it
