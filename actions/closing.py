"""How a service ends: result, number, what next, "is it as you expected?", "anything else?" (R13)."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PERSON, RoomAction
from actions.talk import Talk
from bot.bank import words
from bot.bank.cases import Case
from bot.bank.states import State

RESULT_CHOICES = [
    {"title": {"zh": "符合", "en": "Yes, it is"}, "intent": "result_good"},
    {"title": {"zh": "还有问题", "en": "There's a problem"}, "intent": "result_bad"},
]
COMPLAIN = {"title": {"zh": "我要投诉", "en": "Make a complaint"}, "intent": "service_complaint"}


class ActionResultBad(RoomAction):
    """Listens when a result is not what was expected (R05, R13)."""

    def name(self) -> str:
        return "action_result_bad"

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        Talk(dispatcher, tracker).say("utter_result_bad", choices=[PERSON, COMPLAIN])
        return []


class ActionNothingOpen(RoomAction):
    """A button or a code of something that is over by now; said, or nobody would answer (I25)."""

    def name(self) -> str:
        return "action_nothing_open"

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        Talk(dispatcher, tracker).say("utter_nothing_open", choices=[PERSON])
        return []


def told_case(talk: Talk, case: Case, more: list[dict[str, Any]] | None = None) -> None:
    """Say what became of an act at the bank; never more than is known (D12, F10)."""
    told = words.told(talk.rooms.catalogue.say, case, talk.language)
    done = case.state is State.DONE
    talk.say("utter_case_told", words=told, choices=[] if done else [PERSON])
    if done:
        talk.say("utter_as_expected", choices=[*RESULT_CHOICES, *(more or [])])
