"""Handles one turn on a loaded Rasa agent, once: a repeated turn id gets the first result again.

Redis: `qiantai:turn:{turn_id}` holds the result for ten minutes; it is written together with the turn's events, and
with them the lock is freed.
"""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List, Optional, Text, Tuple

import orjson
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.events import ActionExecuted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from bot.brain import further
from bot.brain.actions import ActionServer, watch_turn
from bot.brain.background import Background, Heard
from bot.brain.lighter import messages_fill_slots
from bot.brain.nlu.requests import Request
from bot.brain.nlu.topics import OUT_OF_SCOPE
from bot.brain.rules import RulesRunner
from bot.brain.trackers import StaleTracker, connect, tracker_key
from bot.brain.understanding import Understanding, chosen, outside_view
from bot.language import detect

#: A turn that meets a Redis which is just restarting is tried again after these pauses, in seconds;
#: nothing of it has been kept.
TRY_AGAIN_S = (0.1, 0.2, 0.4, 0.8, 0.8)


class TurnFailed(Exception):
    """The turn has no usable answer; the gateway answers by its own means."""


class ActionsAway(TurnFailed):
    """An action of the turn failed; the brain itself is well."""


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

    def __init__(self, agent: Agent, actions: ActionServer) -> None:
        self._agent = agent
        self.actions = actions
        self._processor = agent.processor
        self._store, self._locks = agent.tracker_store, agent.lock_store
        self._redis = connect()
        graph = agent.processor.graph_runner
        self.understanding = Understanding(graph)
        agent.processor.graph_runner = RulesRunner.instead_of(graph, agent.domain)
        self.background = Background(agent.domain)
        self.topics = set(agent.domain.intents)

    async def handle(self, turn: Dict[Text, Any]) -> Dict[Text, Any]:
        """The answer to this turn.

        Raises:
            ActionsAway: an action failed (P05); nothing of the turn has been kept.
            TurnFailed: nothing was said (P06).
            RedisError: Redis stays away.
        """
        for pause_s in TRY_AGAIN_S:
            try:
                return await self._once(turn)
            except (RedisConnectionError, StaleTracker):
                await asyncio.sleep(pause_s)
        return await self._once(turn)

    async def can_remember(self) -> bool:
        """Whether Redis is there; without it no turn can be handled."""
        try:
            await self._redis.ping()
        except (RedisError, OSError):
            return False
        return True

    async def _once(self, turn: Dict[Text, Any]) -> Dict[Text, Any]:
        sender, key = turn["sender"], f"qiantai:turn:{turn['turn_id']}"
        async with self._locks.hold(sender, ("GET", key), ("LLEN", tracker_key(sender))) as held:
            known, length = held.read
            if known:
                return orjson.loads(known)
            self._store.expect(sender, length)
            try:
                result, tracker = await self._run(turn)
                await self._store.end_turn(tracker, key, orjson.dumps(result), held)
            except Exception:
                self._store.forget(sender)
                raise
            return result

    async def _run(self, turn: Dict[Text, Any]) -> Tuple[Dict[Text, Any], DialogueStateTracker]:
        collector = Collector()
        choice, previous = turn.get("choice"), turn["language"]
        # A leading slash is a command to Rasa; parse data given, none is ever unpacked (P07).
        text = turn["text"].replace("/", "／", 1) if turn["text"].startswith("/") else turn["text"]
        language = previous if choice else detect(text, previous)
        tracker = await self._processor.fetch_tracker_and_update_session(turn["sender"], collector)
        first, *others = self._requests(text, choice, tracker)
        heard = self._heard(first, tracker, choice)
        requests = [Request(first.text, heard.parsed), *others]
        before, failures = len(tracker.events), watch_turn()
        tracker.update_with_events(self._slots(turn, language, requests, choice, tracker), self._agent.domain)
        tracker = await self._act(heard, turn["turn_id"], collector, tracker)
        acted = [e.action_name for e in list(tracker.events)[before:] if isinstance(e, ActionExecuted)]
        if failures:
            raise ActionsAway(failures[0])
        if not collector.messages or acted == ["action_listen"]:
            raise TurnFailed("nothing was said")
        tracker = await self._serve_further(requests, turn["turn_id"], collector, tracker)
        if failures:
            raise ActionsAway(failures[0])
        view = outside_view(text, language, requests)
        result = {
            "turn_id": turn["turn_id"],
            "language": language,
            "topic": view["topic"],
            "confidence": view["confidence"],
            "candidates": view["candidates"],
            "also": view["also"],
            "messages": collector.messages,
            "dialogue": tracker.active_loop_name,
            "model": self._agent.model_id,
        }
        return result, tracker

    def _requests(
        self, text: Text, choice: Optional[Dict[Text, Any]], tracker: DialogueStateTracker
    ) -> List[Request]:
        """What is asked for; in a dialogue a message answers its question, and is never cut."""
        if choice:
            return [Request(text, chosen(choice["intent"]))]
        if tracker.active_loop_name:
            return [Request(text, self.understanding.parse(text))]
        return self.understanding.requests(text)

    def _heard(
        self, request: Request, tracker: DialogueStateTracker, choice: Optional[Dict[Text, Any]] = None
    ) -> Heard:
        """The request with the case that its words name; a typed answer to a question of ours is that topic again."""
        return self.background.hear({**request.parsed, "text": request.text}, tracker, choice)

    async def _act(
        self, heard: Heard, message_id: Text, collector: Collector, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """Take what was heard into the dialogue and let the rules act on it."""
        named = [SlotSet(kind, case) for kind, case in heard.slots.items()]
        tracker.update_with_events(named, self._agent.domain)
        before = len(collector.messages)
        message = UserMessage(
            heard.parsed["text"] or heard.parsed["intent_ranking"][0]["name"],
            collector,
            tracker.sender_id,
            parse_data=heard.parsed,
            input_channel="web",
            message_id=message_id,
        )
        await self._processor._handle_message_with_tracker(message, tracker)
        if messages_fill_slots(self._agent.domain):
            tracker = await self._processor.run_action_extract_slots(collector, tracker)
        await self._processor._run_prediction_loop(collector, tracker)
        remember = self.background.note(collector.messages[before:], tracker, heard)
        tracker.update_with_events(remember, self._agent.domain)
        return tracker

    async def _serve_further(
        self, requests: List[Request], turn_id: Text, collector: Collector, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """What was asked for beside the first, now or before a dialogue: answered, noted or offered."""
        remembered = tracker.get_slot(further.SLOT) or []
        said = collector.messages
        left = further.still_open(remembered, requests[0].parsed, said)
        if tracker.active_loop_name:
            if left and requests[1:]:
                further.note(left, said)
        else:
            for request in requests[1:]:
                if request.label in left and further.is_answer(request.label):
                    before = len(said)
                    tracker = await self._act(self._heard(request, tracker), f"{turn_id}:{before}", collector, tracker)
                    further.mark_answer(said, before)
                    left.remove(request.label)
            if left:
                further.offer(left, said)
            left = []
        if left != remembered:
            tracker.update_with_events([SlotSet(further.SLOT, left)], self._agent.domain)
        return tracker

    def _slots(
        self,
        turn: Dict[Text, Any],
        language: Text,
        requests: List[Request],
        choice: Optional[Dict[Text, Any]],
        tracker: DialogueStateTracker,
    ) -> List[SlotSet]:
        """What is new of what the dialogue may know of this turn; an understood message forgets earlier misses."""
        slots = {
            "language": language,
            "conversation_id": (turn.get("metadata") or {}).get("conversation_id"),
            "turn_id": turn["turn_id"],
            **((choice or {}).get("slots") or {}),
        }
        if requests[0].parsed["intent"]["name"] != OUT_OF_SCOPE:
            slots["misses"] = 0
        if requests[1:]:
            slots[further.SLOT] = further.kept(requests)
        return [SlotSet(name, value) for name, value in slots.items() if value != tracker.get_slot(name)]
