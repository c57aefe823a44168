"""Asks the brain, and knows when not to: a client with a budget and a circuit breaker.

After two failures in a row, of turns or of the probes once a second, the breaker opens: nobody
waits for a dead brain. It closes when the brain says that it is ready (D13, F03, F04). A turn that failed
because the action server is away does not count: the brain is well, and goes on answering questions (F06).
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
import structlog

from bot.errors import UnavailableError

log = structlog.get_logger()

FAILURES_TO_OPEN = 2
PROBE_S = 1.0
PROBE_TIMEOUT_S = 2.0
#: An idle connection is kept for so many seconds: less than the brain keeps it, which hangs up after five.
IDLE_S = 4.0


@dataclass(frozen=True)
class BrainAnswer:
    """What the brain says to one turn: keys and arguments, not texts (the front says how)."""

    language: str
    topic: str | None
    confidence: float
    messages: list[dict[str, Any]]
    model: str | None
    #: the form that is open after this turn
    dialogue: str | None = None


class Brain:
    """The brain's HTTP door."""

    def __init__(self, url: str, token: str, *, budget_s: float) -> None:
        self._url, self._budget_s = url, budget_s
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._opened: aiohttp.ClientSession | None = None
        self._failures = self._missed_probes = 0
        self._looked = False
        #: Nobody is asked before a probe has found it ready.
        self.up = False
        #: Whether it can act too; when not, what failed waits for that.
        self.acts = False

    async def answer(
        self, *, sender: str, turn_id: str, text: str, language: str,
        choice: dict[str, Any] | None, metadata: dict[str, Any],
    ) -> BrainAnswer:
        """The brain's words for this turn; asking again with the same turn id acts only once.

        Raises:
            UnavailableError: away, too slow, an error, or an empty answer (P06); `actions`: it is
                there, but could not do what the turn needs.
        """
        if not self._looked:
            await self._look()
        if not self.up:
            raise UnavailableError("brain")
        body = {
            "sender": sender, "turn_id": turn_id, "text": text, "language": language,
            "choice": choice, "metadata": metadata,
        }
        try:
            async with self._session().post("/turn", data=orjson.dumps(body)) as response:
                said = await response.read()
                if _is_for_actions(response.status, said):
                    self._failures, self.acts = 0, False
                    log.warning("actions_are_away")
                    raise UnavailableError("actions")
                response.raise_for_status()
            answer = _answer(orjson.loads(said))
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as exc:
            self._failed(exc)
            raise UnavailableError("brain") from exc
        self._failures = 0
        return answer

    async def watch(self) -> None:
        """Probe once a second, for ever."""
        while True:
            await self._look()
            await asyncio.sleep(PROBE_S)

    async def is_ready(self) -> bool:
        """Whether the brain has really parsed something; whether it can act is noted."""
        try:
            timeout = aiohttp.ClientTimeout(total=PROBE_TIMEOUT_S)
            async with self._session().get("/health/ready", timeout=timeout) as response:
                ready = response.status == 200
                said = await response.read()
            self.acts = ready and orjson.loads(said).get("actions") is True
        except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError):
            return False
        return ready

    async def close(self) -> None:
        if self._opened:
            await self._opened.close()

    def _session(self) -> aiohttp.ClientSession:
        """The one session, whose connections stay open; it can be made inside the loop only."""
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                self._url, connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_S),
                headers=self._headers, cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._budget_s),
            )
        return self._opened

    async def _look(self) -> None:
        if await self.is_ready():
            self._missed_probes = 0
            if not self.up:
                log.info("brain_is_ready")
                self._failures = 0
                self.up = True
        else:
            self._missed_probes += 1
            if self.up and self._missed_probes >= FAILURES_TO_OPEN:
                log.warning("brain_is_away")
                self.up = False
        self._looked = True

    def _failed(self, exc: Exception) -> None:
        self._failures += 1
        log.warning("brain_failed", kind=type(exc).__name__, in_a_row=self._failures)
        # A refused connection is sure; a slow or odd answer gets a second chance.
        if isinstance(exc, aiohttp.ClientConnectorError) or self._failures >= FAILURES_TO_OPEN:
            self.up = False


def _is_for_actions(status: int, said: bytes) -> bool:
    """Whether the turn failed for want of the action server."""
    return status == 503 and bool(orjson.loads(said)["error"]["code"] == "actions_away")


def _answer(body: dict[str, Any]) -> BrainAnswer:
    if not body["messages"]:
        raise ValueError("empty answer")
    return BrainAnswer(
        body["language"], body.get("topic"), float(body.get("confidence") or 0),
        body["messages"], body.get("model"), body.get("dialogue"),
    )
