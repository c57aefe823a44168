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


class RoomAction(Action, ABC):
    """An action that calls a room; `perform` may raise, `run` never does."""

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
        dispatcher.messages.clear()
        dispatcher.utter_message(response="utter_action_failed", choices=[PERSON])
        return []
