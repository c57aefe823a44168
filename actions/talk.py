"""One turn of a dialogue, as an action sees it: what was said, what can be answered, and the rooms."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.rooms import rooms
from bot.conversation import store
from bot.conversation.store import Conversation
from bot.wiring import Rooms

#: Intents of what was pressed or captured instead of typed; the brain is told them, it does not guess them.
PICK, SECRET = "pick", "secret"
#: A message of no more signs than this (a Chinese sign counts as one, a word of letters as two) is a short one.
SHORT = 16


def picked(slot: str, value: Any, **title: str) -> dict[str, Any]:
    """A button that answers the question for `slot`; `title` in zh and en."""
    return {"title": title, "intent": PICK, "slots": {"picked": {"slot": slot, "value": value}}}


@dataclass(frozen=True)
class Talk:
    """What every dialogue needs of the turn."""

    dispatcher: CollectingDispatcher
    tracker: Tracker

    @property
    def rooms(self) -> Rooms:
        """This process's rooms."""
        return rooms()

    @property
    def conversation_id(self) -> str:
        return str(self.tracker.get_slot("conversation_id"))

    @property
    def turn_id(self) -> str:
        """The same when a turn is repeated: what has an effect passes it on."""
        return str(self.tracker.get_slot("turn_id"))

    @property
    def language(self) -> str:
        return self.tracker.get_slot("language") or "zh"

    @property
    def intent(self) -> str:
        return (self.tracker.latest_message.get("intent") or {}).get("name") or ""

    @property
    def confidence(self) -> float:
        """How sure the brain is of the intent, 0 to 1."""
        return float((self.tracker.latest_message.get("intent") or {}).get("confidence") or 0.0)

    @property
    def topic(self) -> str:
        """The catalogue's id of what was understood."""
        ranking = self.tracker.latest_message.get("intent_ranking") or []
        label = ranking[0]["name"] if ranking and self.intent == "faq" else self.intent
        return str(label.rpartition("/")[2])

    @property
    def typed(self) -> str:
        """The customer's own words; empty when a button was pressed or a secret captured."""
        return "" if self.intent in (PICK, SECRET) else self.tracker.latest_message.get("text") or ""

    @property
    def plain(self) -> str:
        """The words in one form: half-width, lower case, single spaces."""
        return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", self.typed).lower()).strip()

    @property
    def is_short(self) -> bool:
        """Whether this is a phrase, and no account of what has happened."""
        return len(re.findall(r"[\u4e00-\u9fff]", self.plain)) + 2 * len(re.findall(r"[a-z0-9']+", self.plain)) <= SHORT

    def means(self, meaning: str) -> bool:
        """Whether the whole message says this (data/replies.yml)."""
        return self.rooms.catalogue.content.replies.means(meaning, self.plain)

    def mentions(self, meaning: str) -> bool:
        """Whether this is said somewhere in the message (data/replies.yml)."""
        return self.rooms.catalogue.content.replies.mentions(meaning, self.plain)

    def answer(self, slot: str) -> str | None:
        """The value of the button pressed for `slot`, or a typed "yes" or "no"."""
        if (value := self.pressed(slot)) is not None:
            return str(value)
        return next((one for one in ("no", "yes") if self.means(one)), None)

    def slot(self, name: str) -> Any:
        return self.tracker.get_slot(name)

    def pressed(self, slot: str) -> Any:
        """The value of the button that answered `slot`, or None."""
        choice = self.slot("picked") if self.intent == PICK else None
        return choice["value"] if choice and choice["slot"] == slot else None

    def secret(self, kind: str) -> str | None:
        """The token under which the gateway keeps what was captured, if it is of this kind."""
        if self.intent != SECRET or self.slot("secret_kind") != kind:
            return None
        return str(self.slot("secret_token"))

    def say(self, utter: str, *, choices: list[dict[str, Any]] | None = None, **args: Any) -> None:
        """Say this utterance of the domain; `args` fill it, `form` shows a form with it."""
        self.dispatcher.utter_message(response=utter, choices=choices or [], **args)

    async def conversation(self) -> Conversation:
        """The conversation's row."""
        async with self.rooms.database.read() as connection:
            return await store.find(connection, self.conversation_id)
