"""Answers a turn: by the brain when it is there, by the front's own means when it is not (R32).

The brain says what, the content room says how. Without the brain the chat says so, searches
the answers itself, offers to take the request down, and offers a person.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog

from bot.chat.brain import Brain
from bot.conversation.ports import QueuePlace, Say
from bot.conversation.store import Draft
from bot.conversation.turns import Reply, Turn
from bot.conversation.words import queue_words
from bot.errors import FrontLineError, UnavailableError
from bot.language import detect

log = structlog.get_logger()

#: How many topics the front offers when it has to search by itself.
OFFERED = 3

#: hand_over(turn, reason) -> the place in the line
HandOver = Callable[[Turn, str], Awaitable[QueuePlace]]
#: form(key, language) -> the form's public object
FormOf = Callable[[str, str], dict[str, Any]]


class Rendered(Protocol):
    """One answer in words."""

    @property
    def text(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def topic(self) -> str | None: ...
    @property
    def version(self) -> str: ...
    @property
    def choices(self) -> list[dict[str, Any]]: ...


class Content(Protocol):
    """What the content room gives."""

    def render(self, utter: str, args: dict[str, Any], language: str) -> Rendered: ...

    def search(self, text: str, language: str, limit: int) -> list[tuple[str, float]]: ...

    def title(self, topic: str, language: str) -> str: ...


@dataclass
class Responder:
    """Makes the reply to a turn; the runner stores it."""

    brain: Brain
    content: Content
    say: Say
    hand_over: HandOver
    form: FormOf

    async def __call__(self, turn: Turn) -> Reply:
        """Never raises for a brain that is away: the customer always gets an answer."""
        if turn.conversation.epoch_turn_id == turn.id:
            return self._handed_over_before(turn)
        intent = (turn.choice or {}).get("intent", "")
        if intent.startswith("front/"):
            return await self._own_choice(turn, intent.removeprefix("front/"))
        try:
            return await self._by_brain(turn)
        except UnavailableError:
            return await self._alone(turn, intent)

    async def _by_brain(self, turn: Turn) -> Reply:
        conversation = turn.conversation
        answer = await self.brain.answer(
            sender=conversation.sender,
            turn_id=turn.id,
            text=turn.text,
            language=conversation.language,
            choice=turn.choice,
            metadata={"conversation_id": conversation.id, "epoch": turn.epoch, "channel": "web"},
        )
        drafts, awaits = [], None
        for message in answer.messages:
            args = message.get("args") or {}
            if topics := args.get("topics"):
                args = {**args, "topics": self._titles(topics, answer.language)}
            awaits = args.get("awaits") or awaits
            rendered = self.content.render(
                message.get("utter") or "", args, answer.language
            )
            own = [self._choice(raw, answer.language) for raw in message.get("choices") or []]
            text = rendered.text or message.get("text") or ""
            if args.get("also_asked") and rendered.topic:
                topic = self.content.title(rendered.topic, answer.language)
                text = f"{self.say('also_asked', answer.language, topic=topic)}\n{text}"
            draft = self._draft(turn, text, answer.language, rendered, own or rendered.choices)
            if form := args.get("form"):
                payload = {**draft.payload, "form": self.form(form, answer.language)}
                draft = replace(draft, kind="form", payload=payload)
            if download := args.get("download"):
                shown = {"name": download["name"], "title": download["title"][answer.language]}
                draft = replace(draft, payload={**draft.payload, "download": shown})
            drafts.append(draft)
        known = conversation.context.get("awaits")
        return Reply(
            drafts, answer.language, context={} if awaits == known else {"awaits": awaits},
            dialogue=answer.dialogue,
        )

    async def _alone(self, turn: Turn, intent: str) -> Reply:
        """The brain is away: say so, and do what can be done without it."""
        before = turn.conversation.language
        language = before if turn.choice else detect(turn.text, before)  # what was pressed or hidden tells none
        if intent == "service_human":
            return await self._own_choice(turn, "person")
        topic = intent.removeprefix("faq/") if intent.startswith("faq/") else None
        if topic:
            known = (turn.choice or {}).get("slots") or {}  # the button may say for which case
            case = {"background": {"known": known, "said": list(known)}}
            rendered = self.content.render(f"utter_faq/{topic}", case, language)
            return Reply([self._draft(turn, rendered.text, language, rendered, rendered.choices)],
                         language, "degraded")
        if turn.told:
            return Reply(outcome="degraded", replay=True)
        # What was pressed or captured says nothing that could be searched for.
        asks = turn.choice is None and turn.conversation.dialogue is None
        found = self.content.search(turn.text, language, OFFERED) if asks else []
        choices = [
            option(self.content.title(name, language), f"faq/{name}") for name, _score in found
        ]
        choices.append(option(self.say("choice_take_down", language), "front/take_down"))
        choices.append(option(self.say("choice_person", language), "front/person"))
        key = "degraded_with_topics" if found else "degraded"
        if turn.conversation.dialogue:
            key = "degraded_in_dialogue"
        draft = Draft(
            "bot", self.say(key, language), "choices", language, turn_id=turn.id,
            payload={"choices": choices},
        )
        return Reply([draft], language, "degraded", replay=True)

    async def _own_choice(self, turn: Turn, name: str) -> Reply:
        language = turn.conversation.language
        if name == "take_down":
            form = self.form("manual_request", language)
            draft = Draft(
                "bot", self.say("form_manual_request", language), "form", language,
                turn_id=turn.id, payload={"form": form},
            )
            return Reply([draft], outcome="degraded", context={"open_form": "manual_request"})
        try:
            place = await self.hand_over(turn, "asked_for_person")
        except FrontLineError as exc:
            log.error("hand_over_failed", reason=exc.reason)
            return Reply([self._plain(turn, self.say("handoff_failed", language), language)])
        return Reply([self._plain(turn, queue_words(self.say, place, language), language)])

    def _handed_over_before(self, turn: Turn) -> Reply:
        """A repeated turn whose hand-off was done already only says so."""
        language = turn.conversation.language
        return Reply([self._plain(turn, self.say("queue_joined", language), language)])

    def _choice(self, raw: dict[str, Any], language: str) -> dict[str, Any]:
        """A button of the brain's; one that names no title is called as its topic."""
        title = raw.get("title") or self._titles([raw["intent"].rpartition("/")[2]], language)
        shown = title[language] if isinstance(title, dict) else title
        return option(shown, raw["intent"], raw.get("slots"))

    def _titles(self, topics: list[str], language: str) -> str:
        return ("、" if language == "zh" else ", ").join(self.content.title(topic, language) for topic in topics)

    def _plain(self, turn: Turn, text: str, language: str) -> Draft:
        return Draft("bot", text, language=language, turn_id=turn.id)

    def _draft(
        self, turn: Turn, text: str, language: str, rendered: Rendered,
        choices: list[dict[str, Any]],
    ) -> Draft:
        payload: dict[str, Any] = {"content_version": rendered.version}
        if choices:
            payload["choices"] = choices
        kind = "choices" if choices and rendered.kind == "text" else rendered.kind
        return Draft("bot", text, kind, language, rendered.topic, turn_id=turn.id, payload=payload)


def option(title: str, intent: str, slots: dict[str, Any] | None = None) -> dict[str, Any]:
    """A choice as it is stored: the id is all that customers can send back."""
    return {"id": secrets.token_urlsafe(12), "title": title, "intent": intent, "slots": slots or {}}
