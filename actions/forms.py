"""What all service dialogues share: one question at a time, and manners when the customer says something else.

A dialogue is a form of Rasa's whose `validate_…` action does everything in one call: it reads the answer, asks
the next question, and keeps the form when something else was said. A question about a topic is answered and
the open question asked again; cancel, a person, an alarm or another service are served at once.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, cast

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.forms import REQUESTED_SLOT

from actions.base import PERSON, RoomAction
from actions.talk import PICK, SECRET, Talk, picked

Events = list[dict[str, Any]]

#: What a customer may want in the middle of a dialogue that ends it, by intent: the form to go on with.
OTHER_SERVICES = {
    "service_report_lost": "report_lost_form",
    "service_unfreeze": "unfreeze_form",
    "service_open_account_request": "appointment_form",
    "service_complaint": "complaint_form",
    "service_complaint_progress": "progress_form",
    "service_callback": "callback_form",
    "service_my_data": "my_data_form",
    "service_feedback": "feedback_form",
}
#: What is served at once, even where free words are asked for.
URGENT = "service_report_lost"
#: Comes back to the open question after a failure.
TRY_AGAIN = picked("again", "yes", zh="再试一次", en="Try again")
#: So sure must the brain be that an answer to a question is not one but a wish for something else.
SURE = 0.6
#: Another service is begun in the middle of one only when the brain is as sure as this.
VERY_SURE = 0.75
#: After so many answers in a row that fit nothing, a person is offered.
MISSES_TO_PERSON = 2
#: What the gateway keeps out of the chat while the question for a slot is open, by slot.
AWAITED = {"verify_card": "card", "contact": "contact"}


class Ended(Exception):
    """The dialogue is over: what was to be said has been said; `then` is what Rasa does next."""

    def __init__(self, then: str = "action_listen") -> None:
        self.then = then
        super().__init__(then)


class ServiceForm(RoomAction):
    """The `validate_…` action of one dialogue's form."""

    #: the form's name in the domain
    form: ClassVar[str]
    #: every slot of the form in the order of asking; `wanted` may leave some out
    slots: ClassVar[tuple[str, ...]]
    #: slots whose answer is free text: what sounds like a question is an answer there
    free: ClassVar[frozenset[str]] = frozenset()
    #: those of them at which a plain question is answered all the same, and an outburst heard
    hears_questions: ClassVar[frozenset[str]] = frozenset()

    def name(self) -> str:
        return f"validate_{self.form}"

    async def wanted(self, talk: Talk) -> list[str]:
        """The slots to fill as things stand."""
        return list(self.slots)

    async def cancelled(self, talk: Talk) -> None:
        """The customer has thought better of it: let go of what was begun."""

    @abstractmethod
    async def begin(self, talk: Talk) -> Events:
        """The dialogue opens: say what is needed (R12); returns slots known already."""

    # ---- one turn

    async def perform(self, dispatcher: Any, tracker: Any) -> Events:
        talk = Talk(dispatcher, tracker)
        asked = tracker.get_slot(REQUESTED_SLOT) if (tracker.active_loop or {}).get("name") == self.form else None
        try:
            if asked is None:
                return [*await self._opened(talk), *await self._ask_next(talk)]
            if not self._answers(talk, asked) and (aside := await self._aside(talk)) is not None:
                return [*aside, *await self._ask_again(talk, asked)]
            return [*await self._heard(talk, asked), *await self._ask_next(talk, answered=asked)]
        except Ended as end:
            return [*self._emptied(), SlotSet(REQUESTED_SLOT, None), FollowupAction(end.then)]

    def ways_on(self, tracker: Any) -> dict[str, Any]:
        """The open question can be tried again, and the gateway goes on listening for its answer."""
        asked = tracker.get_slot(REQUESTED_SLOT) or self.slots[0]
        return {"choices": [TRY_AGAIN, PERSON], "awaits": AWAITED.get(asked)}

    def failed(self, tracker: Any) -> Events:
        """After a failure the same question stays open; nothing was understood and nothing lost."""
        asked = tracker.get_slot(REQUESTED_SLOT)
        return [SlotSet(asked, None), SlotSet(REQUESTED_SLOT, asked)] if asked else []

    async def _opened(self, talk: Talk) -> Events:
        events: Events = [*self._emptied()]
        take(talk, events)
        begun = await self.begin(talk)
        take(talk, begun)
        return [*events, *begun]

    async def _heard(self, talk: Talk, asked: str) -> Events:
        """The answer to the open question; one that fits nothing is asked for again, then a person offered."""
        hear = cast("Callable[[Talk], Awaitable[Events | None]]", getattr(self, f"hear_{asked}"))
        events = await hear(talk)
        if events is None:
            misses = int(talk.slot("form_misses") or 0) + 1
            await self._again(talk, asked, [PERSON] if misses >= MISSES_TO_PERSON else [])
            events = [SlotSet(asked, None), SlotSet("form_misses", misses)]
        else:
            events = [*events, SlotSet("form_misses", 0)]
        if not any(event["name"] in self.slots for event in events):
            events.append(SlotSet(asked, talk.slot(asked)))  # Rasa takes a form that sets nothing for a refusal
        take(talk, events)
        return events

    async def _again(self, talk: Talk, asked: str, more: list[dict[str, Any]]) -> None:
        """Say that the answer fits nothing; a dialogue may do it its own way, `again_<slot>`."""
        again = getattr(self, f"again_{asked}", None)
        if again:
            await again(talk, more)
        else:
            talk.say(f"utter_again_{asked}", choices=more, awaits=AWAITED.get(asked))

    async def _ask_next(self, talk: Talk, answered: str | None = None) -> Events:
        """Ask for the first slot that is empty; with none left the form is done.

        When it is still the one that was just `answered`, what is wrong with the answer has been said already.
        A question that finds its answer known sets the slot, and the next one is asked.
        """
        missing = await self._missing(talk)
        if missing is None or missing == answered:
            return [SlotSet(REQUESTED_SLOT, missing)]
        events = await self._ask(talk, missing, f"ask_{missing}")
        take(talk, events)
        return [*events, *await self._ask_next(talk)] if talk.slot(missing) is not None else events

    async def _missing(self, talk: Talk) -> str | None:
        """The first slot that is empty."""
        return next((slot for slot in await self.wanted(talk) if talk.slot(slot) is None), None)

    async def _ask_again(self, talk: Talk, asked: str) -> Events:
        """Come back to the open question; a dialogue may have shorter words for that, `remind_<slot>`."""
        remind = f"remind_{asked}"
        return await self._ask(talk, asked, remind if hasattr(self, remind) else f"ask_{asked}")

    async def _ask(self, talk: Talk, slot: str, how: str) -> Events:
        ask = cast("Callable[[Talk], Awaitable[Events | None]]", getattr(self, how))
        events = await ask(talk) or []  # they may ask for another slot first
        return [SlotSet(REQUESTED_SLOT, slot), *events]

    # ---- what else may be said

    def _answers(self, talk: Talk, asked: str) -> bool:
        """Whether this is surely meant for the open question: pressed, captured, or free text that is asked for."""
        if talk.intent == SECRET or talk.answer(asked) is not None:
            return True
        reads = getattr(self, f"reads_{asked}", None)
        return bool(reads and reads(talk))

    async def _aside(self, talk: Talk) -> Events | None:
        """Serve what is no answer; None when it may be one after all.

        Raises:
            Ended: the customer wants to stop, a person, or something else first.
        """
        asked = str(talk.slot(REQUESTED_SLOT))
        told = asked in self.free and not talk.is_short
        if talk.means("cancel"):
            await self.cancelled(talk)
            talk.say("utter_cancelled")
            raise Ended
        if talk.means("person") or (talk.intent == "service_human" and not told):
            raise Ended("action_handoff")
        if talk.intent.startswith("alarm_"):
            raise Ended("action_alarm")
        if talk.intent == PICK:  # a button of an earlier question
            return self._same(asked)
        other = OTHER_SERVICES.get(talk.intent)
        urgent = talk.intent == URGENT and not told
        if other and other != self.form and talk.confidence >= VERY_SURE and (urgent or asked not in self.free):
            await self.cancelled(talk)
            talk.say("utter_other_first")
            raise Ended(other)
        if asked in self.free and not (asked in self.hears_questions and self._is_no_answer(talk)):
            return None
        if talk.intent == "faq" and talk.confidence >= SURE:
            talk.say(f"utter_faq/{talk.topic}")
            talk.say("utter_back_to_it")
            return self._same(asked)
        if talk.intent == "social_upset":
            talk.say("utter_social_upset", choices=[PERSON])
            return self._same(asked)
        return None

    def _is_no_answer(self, talk: Talk) -> bool:
        """Whether free words are a plain question or an outburst; a reproach tells what has happened."""
        if not talk.is_short or talk.confidence < VERY_SURE or talk.mentions("reproach"):
            return False
        return talk.intent == "social_upset" or talk.mentions("question")

    def _same(self, asked: str) -> Events:
        return [SlotSet(asked, None)]

    def _emptied(self) -> Events:
        return [SlotSet(slot, None) for slot in (*self.slots, "form_misses")]


def take(talk: Talk, events: Events) -> None:
    """Let the rest of the turn see what was set."""
    for event in events:
        if event["event"] == "slot":
            talk.tracker.slots[event["name"]] = event["value"]
