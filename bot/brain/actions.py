"""The brain's line to our action server: bounded in time and size, and what comes back is looked at (F06, F08, F09).

Rasa logs an action that failed and goes on as if it had been done (P05). Here the failure is kept for the turn,
which then ends as one: nothing of it is saved, and the customer is not told half of it.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any, List, Optional, Text

import aiohttp
import orjson
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

#: An action ends by itself after 5 s (actions.base); with no answer then its server hangs. In seconds.
ANSWER_S = 6.0
#: More than any answer of ours, in bytes.
MAX_BYTES = 1024 * 1024
#: Pause between looks whether the server is there, and how long one look waits, in seconds.
LOOK_S = 1.0

JSON = {"Content-Type": "application/json"}

_failures: ContextVar[Optional[List[Text]]] = ContextVar("failures", default=None)


class ActionFailed(RasaException):
    """The action server gave no answer that can be used; the text is a code without content."""


def watch_turn() -> List[Text]:
    """From now on this task's failed actions are collected in the list that is returned."""
    failures: List[Text] = []
    _failures.set(failures)
    return failures


class ActionServer(EndpointConfig):
    """Takes the place of Rasa's client."""

    __hash__ = object.__hash__  # Rasa's class has none, and what is made once for it is found by it (bot.brain.lighter)

    #: whether the server answered when it was last asked or looked at
    up = True
    _session: Optional[aiohttp.ClientSession] = None

    async def request(
        self, method: Text = "post", subpath: Optional[Text] = None,
        content_type: Optional[Text] = "application/json", compress: bool = False, **kwargs: Any,
    ) -> Any:
        """One action's events and responses.

        Raises:
            ActionFailed: away, too slow, an error, or not an answer of ours; or an action of this turn
                has failed before, and what follows would stand on nothing.
        """
        failures = _failures.get()
        if failures:
            raise ActionFailed(failures[0])
        try:
            # What its server wants in any case; the domain itself goes only to who asks for it (bot.brain.lighter).
            answer = await self._ask({"domain": {}, **kwargs["json"]})
            if problem := problem_with(answer):
                raise ActionFailed(problem)
        except (TimeoutError, aiohttp.ClientError, ValueError, ActionFailed) as exc:
            code = str(exc) if isinstance(exc, ActionFailed) else type(exc).__name__
            self.up = False
            if failures is not None:
                failures.append(code)
            raise ActionFailed(code) from None  # its text may hold what the server said
        return answer

    async def watch(self) -> None:
        """Look once a second whether the server is there, for ever."""
        while True:
            self.up = await self._is_there()
            await asyncio.sleep(LOOK_S)

    async def _ask(self, body: Any) -> Any:
        if self._session is None or self._session.closed:  # one for all calls: a new one is a new connection
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S))
        plain = orjson.dumps(body, default=str, option=orjson.OPT_NON_STR_KEYS)
        async with self._session.post(
            str(self.url), data=plain, headers=JSON, allow_redirects=False
        ) as reply:
            if reply.status != 200:
                raise ActionFailed(f"status {reply.status}")
            read = bytearray()
            async for chunk in reply.content.iter_any():
                read += chunk
                if len(read) > MAX_BYTES:
                    raise ActionFailed("too large")
        return orjson.loads(read)

    async def _is_there(self) -> bool:
        timeout = aiohttp.ClientTimeout(total=LOOK_S)
        health = str(self.url).replace("/webhook", "/health")
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(health) as reply:
                return reply.status == 200
        except (TimeoutError, aiohttp.ClientError):
            return False


def problem_with(answer: Any) -> Optional[Text]:
    """Why this is no answer of ours, or None. What is said is named by its utterance, never given as text."""
    if not isinstance(answer, dict):
        return "not an object"
    events, responses = answer.get("events"), answer.get("responses")
    if not isinstance(events, list) or not all(_has_text(one, "event") for one in events):
        return "events"
    if not isinstance(responses, list) or not all(_is_utterance(one) for one in responses):
        return "responses"
    return None


def _has_text(one: Any, name: Text) -> bool:
    return isinstance(one, dict) and isinstance(one.get(name), str) and bool(one[name])


def _is_utterance(one: Any) -> bool:
    return _has_text(one, "response") and not one.get("text")
