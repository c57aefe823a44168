"""Asks the brain, and knows when not to: a client with a budget and a circuit breaker.

After two failures in a row the breaker opens: nobody waits for a dead brain. A probe each
second closes it again when the brain says it is ready (D13, F03, F04).
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import structlog

from bot.errors import UnavailableError

log = structlog.get_logger()

FAILURES_TO_OPEN = 2
PROBE_S = 1.0
PROBE_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class BrainAnswer:
    """What the brain says to one turn: keys and arguments, not texts (the front says how)."""

    language: str
    topic: str | None
    confidence: float
    messages: list[dict[str, Any]]
    model: str | None


class Brain:
    """The brain's HTTP door."""

    def __init__(self, url: str, token: str, *, budget_s: float) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=budget_s
        )
        self._failures = 0
        self.up = True

    async def answer(
        self, *, sender: str, turn_id: str, text: str, language: str,
        choice: dict[str, Any] | None, metadata: dict[str, Any],
    ) -> BrainAnswer:
        """The brain's words for this turn; asking again with the same turn id acts only once.

        Raises:
            UnavailableError: away, too slow, an error, or an empty answer (P06).
        """
        if not self.up:
            raise UnavailableError("brain")
        body = {
            "sender": sender, "turn_id": turn_id, "text": text, "language": language,
            "choice": choice, "metadata": metadata,
        }
        try:
            response = await self._client.post("/turn", json=body)
            response.raise_for_status()
            answer = _answer(response.json())
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as exc:
            self._failed(exc)
            raise UnavailableError("brain") from exc
        self._failures = 0
        return answer

    async def watch(self) -> None:
        """Probe while the breaker is open, for ever."""
        while True:
            await asyncio.sleep(PROBE_S)
            if not self.up and await self.is_ready():
                log.info("brain_is_back")
                self._failures = 0
                self.up = True

    async def is_ready(self) -> bool:
        """Whether the brain has really parsed something."""
        try:
            response = await self._client.get("/health/ready", timeout=PROBE_TIMEOUT_S)
        except httpx.HTTPError:
            return False
        return response.status_code == 200

    async def close(self) -> None:
        await self._client.aclose()

    def _failed(self, exc: Exception) -> None:
        self._failures += 1
        log.warning("brain_failed", kind=type(exc).__name__, in_a_row=self._failures)
        # A refused connection is sure; a slow or odd answer gets a second chance.
        if isinstance(exc, httpx.ConnectError) or self._failures >= FAILURES_TO_OPEN:
            self.up = False


def _answer(body: dict[str, Any]) -> BrainAnswer:
    if not body["messages"]:
        raise ValueError("empty answer")
    return BrainAnswer(
        body["language"], body.get("topic"), float(body.get("confidence") or 0),
        body["messages"], body.get("model"),
    )
