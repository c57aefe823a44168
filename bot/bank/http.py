"""The bank's port over HTTP, as `openapi.yml` beside this file describes it.

Time-outs: 1 s to connect, 3 s for one try of an act, 4 s for a verb in all; less than an action has. A read is
asked a second time when its connection broke; an act only after `outcome` has said that it did not
happen, with the same key. What is not the contract's reply is no reply: for a read the bank is
away, for an act the outcome is unknown (F09, F10). Three failures in a row open the breaker for 10 s.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from bot.bank.breaker import Breaker
from bot.bank.errors import REASONS, BankRefused, OutcomeUnknown
from bot.bank.port import REPORTS, Act, Card, Customer, LossKind, Receipt
from bot.bank.wire import (
    CardBody,
    CardsBody,
    CustomerBody,
    MatchBody,
    PingBody,
    ProblemBody,
    ReceiptBody,
)
from bot.clock import Clock
from bot.errors import UnavailableError

log = structlog.get_logger()

CONNECT_S = 1.0
#: One try of an act; what is left of the verb's time is for asking what came of it.
TRY_S = 3.0
TOTAL_S = 4.0
#: A reply is small; a larger one is not read to its end, in bytes.
MAX_BYTES = 64 * 1024
#: With these the contract promises that an act was not executed.
NOT_EXECUTED = (401, 403, 429, 503)
#: The request was certainly not sent.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True)
class Reply:
    """A whole reply of a size that can be one."""

    status: int
    content: bytes

    def read(self, shape: type[Body]) -> Body:
        """The body.

        Raises:
            UnavailableError: it does not have this shape.
        """
        try:
            return shape.model_validate_json(self.content)
        except ValidationError as exc:
            log.warning("bank_reply_wrong", status=self.status, shape=shape.__name__, fields=len(exc.errors()))
            raise UnavailableError("bank") from None  # the cause would carry a person's data


class HttpBank:
    """A real core bank."""

    def __init__(self, url: str, token: str, clock: Clock) -> None:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        timeout = httpx.Timeout(TOTAL_S, connect=CONNECT_S, pool=CONNECT_S)
        self._client = httpx.AsyncClient(base_url=url.rstrip("/"), headers=headers, timeout=timeout)
        self._clock = clock
        self.breaker = Breaker("bank", clock)

    async def customer(self, customer_id: str) -> Customer | None:
        body = await self._look("GET", f"/customers/{_part(customer_id)}", CustomerBody, "no_such_customer")
        return body.plain() if body else None

    async def cards(self, customer_id: str) -> list[Card]:
        path = f"/customers/{_part(customer_id)}/cards"
        body = await self._look("GET", path, CardsBody, "no_such_customer")
        return [card.plain() for card in body.cards] if body else []

    async def card(self, card_id: str) -> Card | None:
        body = await self._look("GET", f"/cards/{_part(card_id)}", CardBody, "no_such_card")
        return body.plain() if body else None

    async def find(
        self, *, last4: str | None = None, number: str | None = None, id_last6: str | None = None
    ) -> list[Card]:
        if last4 is None and number is None:
            return []
        asked = {"last4": last4, "number": number, "id_last6": id_last6}
        sent = {name: value for name, value in asked.items() if value is not None}
        body = await self._look("POST", "/cards/search", CardsBody, None, sent)
        return [card.plain() for card in body.cards] if body else []

    async def identity_matches(self, customer_id: str, id_last6: str) -> bool:
        path = f"/customers/{_part(customer_id)}/identity-check"
        body = await self._look("POST", path, MatchBody, None, {"id_last6": id_last6})
        return body is not None and body.matches

    async def report_lost(
        self, card_id: str, kind: LossKind, key: str, *,
        holder: str | None = None, not_after: datetime | None = None,
    ) -> Receipt:
        path = f"/cards/{_part(card_id)}/loss-reports"
        sent = {"kind": kind, "holder": holder}
        return await self._do(path, sent, card_id, REPORTS[kind], key, not_after)

    async def lift_loss(
        self, card_id: str, key: str, *,
        holder: str | None = None, not_after: datetime | None = None,
    ) -> Receipt:
        path = f"/cards/{_part(card_id)}/loss-reports/lift"
        return await self._do(path, {"holder": holder}, card_id, Act.LIFT_LOSS, key, not_after)

    async def outcome(self, key: str) -> Receipt | None:
        body = await self._look("GET", f"/acts/{_part(key)}", ReceiptBody, "no_such_act")
        if body and body.key != key:
            raise UnavailableError("bank")
        return body.plain() if body else None

    async def ping(self) -> None:
        await self._look("GET", "/ping", PingBody, None)

    async def close(self) -> None:
        await self._client.aclose()

    async def _look(
        self, method: str, path: str, shape: type[Body], missing: str | None,
        sent: dict[str, Any] | None = None,
    ) -> Body | None:
        """A read; None when the bank says itself that there is no such thing.

        A 404 of whatever stands before the bank must never pass for the bank's.
        """
        with self.breaker.call():
            async with _limit(TOTAL_S):
                reply = await self._ask_twice(method, path, sent)
            if reply.status == 404 and missing and _code(reply) == missing:
                return None
            if reply.status != 200:
                raise _away(reply)
            return reply.read(shape)

    async def _ask_twice(self, method: str, path: str, sent: dict[str, Any] | None) -> Reply:
        try:
            return await self._send(method, path, sent, {})
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            pass  # a kept connection that the bank has closed meanwhile, mostly
        except httpx.HTTPError as exc:
            raise UnavailableError("bank") from exc
        try:
            return await self._send(method, path, sent, {})
        except httpx.HTTPError as exc:
            raise UnavailableError("bank") from exc

    async def _do(
        self, path: str, sent: dict[str, Any], card_id: str, act: Act, key: str,
        not_after: datetime | None,
    ) -> Receipt:
        """An act, once; a second time only when the bank says that it has not happened."""
        until = not_after or self._clock.now() + timedelta(seconds=TOTAL_S)
        headers = {"Idempotency-Key": key, "Not-After": until.isoformat()}
        unknown = False
        try:
            async with asyncio.timeout(TOTAL_S):
                try:
                    return await self._try(path, sent, headers, card_id, act, key)
                except OutcomeUnknown:
                    unknown = True
                    if receipt := await self.outcome(key):
                        return _ours(receipt, card_id, act, key)
                return await self._try(path, sent, headers, card_id, act, key)
        except TimeoutError:
            raise OutcomeUnknown() from None
        except UnavailableError:
            if unknown:  # the first try may still bring it about, whatever the second has met
                raise OutcomeUnknown() from None
            raise

    async def _try(
        self, path: str, sent: dict[str, Any], headers: dict[str, str], card_id: str, act: Act,
        key: str,
    ) -> Receipt:
        with self.breaker.call():
            try:
                async with _limit(TRY_S):
                    reply = await self._send("POST", path, sent, headers)
            except _NOT_SENT as exc:
                raise UnavailableError("bank") from exc
            except (httpx.HTTPError, UnavailableError) as exc:
                raise OutcomeUnknown() from exc
            if reply.status in NOT_EXECUTED:
                raise _away(reply)
            if reply.status in (404, 409) and (refusal := _refusal(reply)):
                raise refusal
            if reply.status not in (200, 201):
                raise OutcomeUnknown()
            try:
                receipt = reply.read(ReceiptBody).plain()
            except UnavailableError:
                raise OutcomeUnknown() from None
            return _ours(receipt, card_id, act, key)

    async def _send(
        self, method: str, path: str, sent: dict[str, Any] | None, headers: dict[str, str]
    ) -> Reply:
        """The whole reply.

        Raises:
            httpx.HTTPError: there was none.
            UnavailableError: it is larger than any reply, or packed.
        """
        async with self._client.stream(method, path, json=sent, headers=headers) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise UnavailableError("bank")
            content = b""
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > MAX_BYTES:
                    log.warning("bank_reply_too_large", status=response.status_code)
                    raise UnavailableError("bank")
            return Reply(response.status_code, content)


@asynccontextmanager
async def _limit(seconds: float) -> AsyncIterator[None]:
    """No longer than this, however slowly the bytes drip."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise UnavailableError("bank") from None


def _ours(receipt: Receipt, card_id: str, act: Act, key: str) -> Receipt:
    """The receipt, if it is for what was asked; somebody else's proves nothing."""
    if (receipt.key, receipt.card_id, receipt.act) != (key, card_id, act):
        raise OutcomeUnknown()
    return receipt


def _code(reply: Reply) -> str | None:
    try:
        return ProblemBody.model_validate_json(reply.content).error.code
    except ValidationError:
        return None


def _refusal(reply: Reply) -> BankRefused | None:
    """The bank's own no, with what belongs to it; None if it is nobody's we know."""
    try:
        problem = ProblemBody.model_validate_json(reply.content).error
    except ValidationError:
        return None
    if problem.code not in REASONS:
        return None
    details: dict[str, Any] = {}
    if problem.since:
        details["since"] = problem.since
    if problem.state:
        details["state"] = problem.state.value
    return BankRefused(problem.code, **details)


def _away(reply: Reply) -> UnavailableError:
    log.warning("bank_said_no", status=reply.status)
    return UnavailableError("bank")


def _part(name: str) -> str:
    """One part of a path, whatever is in it."""
    return quote(name, safe="")
