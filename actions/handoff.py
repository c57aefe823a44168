"""Passes the conversation to a person: reason, skill, language, priority and a summary go with it."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import RoomAction
from actions.rooms import rooms
from bot.conversation.words import queue_words
from bot.handoff import queue

#: Topics whose customers should not wait behind others.
URGENT = frozenset({"service_report_lost", "card_dispute", "ebank_fraud", "card_lost_info"})
UPSET = frozenset({"social_upset", "service_complaint"})
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
        topics = needs(tracker)
        place = await ours.handoffs.request(
            tracker.get_slot("conversation_id"),
            turn_id=tracker.get_slot("turn_id"),
            reason=reason_of(topics),
            skill=skill_of(topics),
            language=language,
            priority=priority_of(topics),
            summary=summary_of(tracker, topics, ours.catalogue.title, language),
            slots={},
        )
        words = queue_words(ours.catalogue.say, place, language)
        dispatcher.utter_message(response="utter_handoff_queued", words=words)
        return []


def needs(tracker: Tracker) -> list[str]:
    """The topics the customer came with, oldest first, each once; the wish for a person is none."""
    found: list[str] = []
    for event in tracker.events:
        if event.get("event") != "user":
            continue
        data = event.get("parse_data") or {}
        ranking = data.get("intent_ranking") or []
        intent = (data.get("intent") or {}).get("name") or ""
        label = ranking[0]["name"] if intent == "faq" and ranking else intent
        topic = label.rpartition("/")[2]
        if topic and topic not in found and not topic.startswith(("social_greet", "service_human")):
            found.append(topic)
    return found[-NEEDS:]


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


def summary_of(tracker: Tracker, topics: list[str], title: Any, language: str) -> str:
    """What the agent reads first: the needs by name, and the customer's last words (masked already)."""
    named = [title(topic, language) for topic in topics if topic != "out_of_scope"]
    said = [
        event["text"]
        for event in tracker.events
        if event.get("event") == "user" and event.get("text") and not event["text"].startswith("service_")
    ]
    last = next((text for text in reversed(said[:-1] or said)), "")
    parts = ["、".join(named) if language == "zh" else ", ".join(named), last[:200]]
    return " · ".join(part for part in parts if part)
