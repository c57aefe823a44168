"""What all our custom actions share: slots in, a room's verb, words out, and no way to fail silently.

Rasa loses the events of an action that raises, and goes on as if it had been done (P05). So a failure
ends here in words: what did not work, and the offer of a person.
"""

import asyncio
from abc import ABC, abstractmethod
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from bot.errors import FrontLineError

log = structlog.get_logger()

#: An action has this long; less than the turn budget of the chat, in seconds.
BUDGET_S = 5.0

#: The button that brings a person.
PERSON = {"title": {"zh": "转人工客服", "en": "Talk to a person"}, "intent": "service_human"}
#: The button for an answer that can not be had now: somebody calls, by a time that is told (R08).
CALLBACK = {"title": {"zh": "预约回电", "en": "Ask for a call back"}, "intent": "service_callback"}


class RoomAction(Action, ABC):
    """An action that calls a room; `perform` may raise, `run` never does."""

    #: Whether what was said before a failure holds all the same; else it is taken back.
    keeps_words = False

    @abstractmethod
    def name(self) -> str:
        """The action's name in the domain."""

    @abstractmethod
    async def perform(
        self, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[dict[str, Any]]:
        """Do it; returns Rasa's events."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        try:
            async with asyncio.timeout(BUDGET_S):
                return await self.perform(dispatcher, tracker)
        except (FrontLineError, TimeoutError) as exc:
            reason = exc.reason if isinstance(exc, FrontLineError) else "too_slow"
            log.warning("action_failed", action=self.name(), reason=reason)
        except Exception as exc:
            log.error("action_broke", action=self.name(), kind=type(exc).__name__, exc_info=True)
        if not self.keeps_words:
            dispatcher.messages.clear()
        dispatcher.utter_message(response="utter_action_failed", **self.ways_on(tracker))
        return self.failed(tracker)

    def ways_on(self, tracker: Tracker) -> dict[str, Any]:
        """What is offered after a failure."""
        return {"choices": [PERSON]}

    def failed(self, tracker: Tracker) -> list[dict[str, Any]]:
        """Rasa's events after a failure."""
        return []
