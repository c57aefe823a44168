"""Handles one turn on a loaded Rasa agent, once: a repeated turn id gets the first result again.

Redis: `qiantai:turn:{turn_id}` holds the result for ten minutes.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

import orjson
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.events import ActionExecuted, SlotSet

from bot.brain.nlu.out_of_scope import OUT_OF_SCOPE
from bot.brain.trackers import connect
from bot.brain.understanding import Understanding, chosen, outside_view
from bot.language import detect

#: How long a result is kept for a repeated turn, in seconds.
KEEP_RESULT_S = 600


class TurnFailed(Exception):
    """The turn has no usable answer; the gateway answers by its own means."""


class Collector(OutputChannel):
    """Gathers what the brain says in one turn."""

    def __init__(self) -> None:
        self.messages: List[Dict[Text, Any]] = []

    @classmethod
    def name(cls) -> Text:
        return "web"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        data = message.get("metadata") or {}
        self.messages.append(
            {
                "utter": data.get("utter"),
                "args": data.get("args") or {},
                "text": message.get("text") or "",
                "choices": data.get("choices") or [],
            }
        )


class Turns:
    """One a model."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._processor = agent.processor
        self._store = agent.tracker_store
        self._redis = connect()
        self.understanding = Understanding(agent.processor.graph_runner)
        self.topics = set(agent.domain.intents)

    async def handle(self, turn: Dict[Text, Any]) -> Dict[Text, Any]:
        """The answer to this turn.

        Raises:
            TurnFailed: an action failed, or nothing was said (P05, P06).
        """
        sender, turn_id = turn["sender"], turn["turn_id"]
        async with self._agent.lock_store.lock(sender):
            known = await self._redis.get(f"qiantai:turn:{turn_id}")
            if known:
                return orjson.loads(known)
            try:
                result = await self._run(turn)
            except Exception:
                self._store.forget(sender)
                raise
            await self._redis.set(f"qiantai:turn:{turn_id}", orjson.dumps(result), ex=KEEP_RESULT_S)
            return result

    async def _run(self, turn: Dict[Text, Any]) -> Dict[Text, Any]:
        processor, collector = self._processor, Collector()
        choice, previous = turn.get("choice"), turn["language"]
        # A leading slash is a command to Rasa; parse data given, none is ever unpacked (P07).
        text = turn["text"].replace("/", "／", 1) if turn["text"].startswith("/") else turn["text"]
        language = previous if choice else detect(text, previous)
        parsed = chosen(choice["intent"]) if choice else self.understanding.parse(text)
        parsed["text"] = text
        message = UserMessage(
            text or choice["intent"],
            collector,
            turn["sender"],
            parse_data=parsed,
            input_channel="web",
            message_id=turn["turn_id"],
        )
        tracker = await processor.fetch_tracker_and_update_session(turn["sender"], collector)
        before = len(tracker.events)
        tracker.update_with_events(self._slots(turn, language, parsed, choice), self._agent.domain)
        await processor._handle_message_with_tracker(message, tracker)
        tracker = await processor.run_action_extract_slots(collector, tracker)
        await processor._run_prediction_loop(collector, tracker)
        acted = [e.action_name for e in list(tracker.events)[before:] if isinstance(e, ActionExecuted)]
        if not collector.messages or acted == ["action_listen"]:
            raise TurnFailed("nothing was said")
        await self._store.save(tracker)
        view = outside_view(text, language, parsed)
        return {
            "turn_id": turn["turn_id"],
            "language": language,
            "topic": view["topic"],
            "confidence": view["confidence"],
            "candidates": view["candidates"],
            "messages": collector.messages,
            "model": self._agent.model_id,
        }

    def _slots(
        self,
        turn: Dict[Text, Any],
        language: Text,
        parsed: Dict[Text, Any],
        choice: Optional[Dict[Text, Any]],
    ) -> List[SlotSet]:
        """What the dialogue may know of this turn; an understood message forgets earlier misses."""
        slots = {
            "language": language,
            "conversation_id": (turn.get("metadata") or {}).get("conversation_id"),
            "turn_id": turn["turn_id"],
            **((choice or {}).get("slots") or {}),
        }
        if parsed["intent"]["name"] != OUT_OF_SCOPE:
            slots["misses"] = 0
        return [SlotSet(name, value) for name, value in slots.items()]
