"""Passes the conversation to a person: reason, skill, language, priority and a summary go with it."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.base import CALLBACK, RoomAction
from actions.forms import OTHER_SERVICES
from actions.rooms import rooms
from bot.content.catalogue import Catalogue
from bot.conversation.words import queue_words
from bot.handoff import queue

#: Topics whose customers should not wait behind others.
URGENT = frozenset({"service_report_lost", "card_dispute", "ebank_fraud", "card_lost_info"})
UPSET = frozenset({"social_upset", "service_complaint"})
#: The topic of each dialogue, by its form.
_SERVICES = {form: intent for intent, form in OTHER_SERVICES.items()}
#: How many of the customer's last needs the summary names.
NEEDS = 5


class ActionHandoff(RoomAction):
    """Puts the conversation into the line; a repeated turn finds it there."""

    def name(self) -> str:
        return "action_handoff"

    async def perform(
        self, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[dict[str, Any]]:
        ours = rooms()
        language = tracker.get_slot("language") or "zh"
        topics = [topic for topic in needs(tracker) if topic in ours.catalogue.content.cards]
        place = await ours.handoffs.request(
            tracker.get_slot("conversation_id"),
            turn_id=tracker.get_slot("turn_id"),
            reason=reason_of(topics),
            skill=skill_of(topics),
            language=language,
            priority=priority_of(topics),
            summary=summary_of(tracker, topics, ours.catalogue, language),
            slots={},
        )
        words = queue_words(ours.catalogue.say, place, language)
        choices = [] if place.agents_online else [CALLBACK]  # pressing it leaves the line (R08)
        dispatcher.utter_message(response="utter_handoff_queued", words=words, choices=choices)
        return [FollowupAction("action_listen")]  # also when a dialogue was broken off for it

    def failed(self, tracker: Tracker) -> list[dict[str, Any]]:
        """No rule leads on from a dialogue that was broken off for a person."""
        return [FollowupAction("action_listen")]


def needs(tracker: Tracker) -> list[str]:
    """The topics the customer came with, oldest first, each once; the wish for a person is none.

    What is said inside a dialogue answers its questions: the dialogue itself is the need.
    """
    found: list[str] = []
    dialogue = None
    for event in tracker.events:
        topic = ""
        if event.get("event") == "active_loop":
            dialogue = event.get("name")
            topic = _SERVICES.get(dialogue or "", "")
        elif event.get("event") == "user" and (label := _label(event)):
            topic = label if dialogue is None or label == "social_upset" or _is_alarm(event) else ""
        if topic and topic not in found and not topic.startswith(("social_greet", "service_human")):
            found.append(topic)
    return found[-NEEDS:]


def _label(event: dict[str, Any]) -> str:
    """The catalogue's id of what a message was understood as."""
    data = event.get("parse_data") or {}
    ranking = data.get("intent_ranking") or []
    intent = (data.get("intent") or {}).get("name") or ""
    # An alarm's ranking names the topic that it counts as.
    label = ranking[0]["name"] if intent.startswith(("faq", "alarm_")) and ranking else intent
    return str(label.rpartition("/")[2])


def _is_alarm(event: dict[str, Any]) -> bool:
    return str(((event.get("parse_data") or {}).get("intent") or {}).get("name")).startswith("alarm_")


def skill_of(topics: list[str]) -> str:
    """The group that knows the last topic; complaints have their own."""
    for topic in reversed(topics):
        area = topic.partition("_")[0]
        if topic.startswith("service_complaint"):
            return "complaint"
        if topic in ("service_report_lost", "service_unfreeze"):
            return "card"
        if area in ("savings", "loan", "card", "ebank"):
            return area
    return "general"


def priority_of(topics: list[str]) -> int:
    """A lost card or stolen money first, then those we have upset (R05)."""
    recent = set(topics[-2:])
    if recent & URGENT:
        return queue.PRIORITY_URGENT
    return queue.PRIORITY_HIGH if recent & UPSET else queue.PRIORITY_NORMAL


def reason_of(topics: list[str]) -> str:
    """Why a person is needed, as a code."""
    last = topics[-1] if topics else ""
    if last in UPSET:
        return "upset"
    return "not_understood" if last == "out_of_scope" else "asked_for_person"


def summary_of(tracker: Tracker, topics: list[str], catalogue: Catalogue, language: str) -> str:
    """What the agent reads first: the needs by name, for which card or loan, and the last words (masked already)."""
    needed = [catalogue.title(topic, language) for topic in topics if topic != "out_of_scope"]
    cases = [
        kind.choices[case].title.of(language)
        for name, kind in catalogue.content.backgrounds.kinds.items()
        if (case := tracker.get_slot(name)) in kind.choices
    ]
    said = [
        event["text"]
        for event in tracker.events
        if event.get("event") == "user" and event.get("text") and not event["text"].startswith("service_")
    ]
    last = next((text for text in reversed(said[:-1] or said)), "")
    comma = "、" if language == "zh" else ", "
    parts = [comma.join(needed), comma.join(cases), last[:200]]
    return " · ".join(part for part in parts if part)
