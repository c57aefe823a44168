"""A core bank's service on loopback, as `bot/bank/openapi.yml` describes it, with faults on demand."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from bot.bank.errors import BankRefused
from bot.bank.port import Bank
from bot.errors import UnavailableError

TOKEN = "token-of-the-contract-tests"
MISSING = {"no_such_customer", "no_such_card", "no_such_act"}

#: Replies that are none: status line, type and body.
WRONG = {
    "error_500": (500, "application/json", b'{"error": {"code": "internal"}}'),
    "html": (200, "text/html", b"<html><body>Please sign in</body></html>"),
    "html_404": (404, "text/html", b"<html><body>Not found</body></html>"),
    "empty": (200, "application/json", b"{}"),
    "wrong_schema": (200, "application/json", b'{"cards": "none", "key": 7, "matches": "yes"}'),
    "no_json": (201, "application/json", b'{"key": "'),
    "redirect": (302, "text/html", b""),
    "bad_gateway": (502, "text/html", b"<html>502</html>"),
    "ten_megabytes": (200, "application/json", b'{"cards": [' + b" " * 10_000_000 + b"]}"),
}
#: A reply with which the bank promises that nothing was executed.
NOT_EXECUTED = {"error_503": 503, "error_401": 401, "error_429": 429}


@dataclass
class Seen:
    """One request, as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class BankServer:
    """`faults` has one for each of the next requests, then all goes well.

    A name of `WRONG` or `NOT_EXECUTED`; `hang` never answers; `cut_before` and `cut_after` close the
    connection before or after executing; `hang_after` executes and never answers; `drip` answers byte
    by byte. With `after:NAME` the request is executed and then answered with that fault.
    """

    bank: Bank
    faults: list[str] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, any number of requests."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while request := await _read(reader):
                self.seen.append(request)
                fault = self.faults.pop(0) if self.faults else "ok"
                if not await self._answer(request, fault, writer):
                    break
        writer.close()

    async def _answer(self, request: Seen, fault: str, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        if fault in ("hang", "cut_before"):
            if fault == "hang":
                await asyncio.sleep(3600)
            return False
        if fault in NOT_EXECUTED:
            await _write(writer, NOT_EXECUTED[fault], "application/json", b'{"error": {"code": "unavailable"}}')
            return True
        if fault in WRONG:
            await _write(writer, *WRONG[fault])
            return True
        status, body = await self.reply(request)
        if fault in ("hang_after", "cut_after"):
            if fault == "hang_after":
                await asyncio.sleep(3600)
            return False
        if fault.startswith("after:"):
            await _write(writer, *WRONG[fault.removeprefix("after:")])
            return True
        await _write(writer, status, "application/json", body, drip=fault == "drip")
        return True

    async def reply(self, request: Seen) -> tuple[int, bytes]:
        """Status and body of a request that meets no fault."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, _problem("not_signed_in")
        try:
            status, body = await self._route(request)
        except BankRefused as exc:
            status = 404 if exc.reason in MISSING else 409
            return status, _problem(exc.reason, **exc.details)
        except UnavailableError:
            return 503, _problem("unavailable")
        return status, orjson.dumps(body)

    async def _route(self, request: Seen) -> tuple[int, dict[str, Any]]:
        sent = orjson.loads(request.body) if request.body else {}
        for method, pattern, verb in _ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match and method == request.method:
                found: tuple[int, dict[str, Any]] = await verb(self, sent, request.headers, *match.groups())
                return found
        raise BankRefused("no_such_path")

    async def _ping(self, _sent: Any, _headers: Any) -> tuple[int, dict[str, Any]]:
        await self.bank.ping()
        return 200, {"status": "ok"}

    async def _customer(self, _sent: Any, _headers: Any, id_: str) -> tuple[int, dict[str, Any]]:
        return 200, vars(_there(await self.bank.customer(id_), "no_such_customer"))

    async def _cards(self, _sent: Any, _headers: Any, id_: str) -> tuple[int, dict[str, Any]]:
        _there(await self.bank.customer(id_), "no_such_customer")
        return 200, {"cards": [vars(card) for card in await self.bank.cards(id_)]}

    async def _check(self, sent: Any, _headers: Any, id_: str) -> tuple[int, dict[str, Any]]:
        return 200, {"matches": await self.bank.identity_matches(id_, sent["id_last6"])}

    async def _find(self, sent: Any, _headers: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"cards": [vars(card) for card in await self.bank.find(**sent)]}

    async def _card(self, _sent: Any, _headers: Any, id_: str) -> tuple[int, dict[str, Any]]:
        return 200, vars(_there(await self.bank.card(id_), "no_such_card"))

    async def _report(self, sent: Any, headers: Any, id_: str) -> tuple[int, dict[str, Any]]:
        receipt = await self.bank.report_lost(id_, sent["kind"], **_more(sent, headers))
        return 201, receipt.public()

    async def _lift(self, sent: Any, headers: Any, id_: str) -> tuple[int, dict[str, Any]]:
        return 201, (await self.bank.lift_loss(id_, **_more(sent, headers))).public()

    async def _outcome(self, _sent: Any, _headers: Any, key: str) -> tuple[int, dict[str, Any]]:
        return 200, _there(await self.bank.outcome(key), "no_such_act").public()


_ROUTES: list[tuple[str, str, Any]] = [
    ("GET", r"/v1/ping", BankServer._ping),
    ("GET", r"/v1/customers/([^/]+)", BankServer._customer),
    ("GET", r"/v1/customers/([^/]+)/cards", BankServer._cards),
    ("POST", r"/v1/customers/([^/]+)/identity-check", BankServer._check),
    ("POST", r"/v1/cards/search", BankServer._find),
    ("GET", r"/v1/cards/([^/]+)", BankServer._card),
    ("POST", r"/v1/cards/([^/]+)/loss-reports", BankServer._report),
    ("POST", r"/v1/cards/([^/]+)/loss-reports/lift", BankServer._lift),
    ("GET", r"/v1/acts/([^/]+)", BankServer._outcome),
]


@asynccontextmanager
async def serving(bank: Bank) -> AsyncIterator[BankServer]:
    """A server on a free port of loopback."""
    ours = BankServer(bank)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with suppress(asyncio.CancelledError):  # the end of the test, while it hangs
            await ours.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    ours.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield ours
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _there(found: Any, code: str) -> Any:
    if found is None:
        raise BankRefused(code)
    return found


def _more(sent: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    not_after = datetime.fromisoformat(headers["not-after"])
    return {"key": headers["idempotency-key"], "holder": sent["holder"], "not_after": not_after}


def _problem(code: str, **details: Any) -> bytes:
    return orjson.dumps({"error": {"code": code, **details}})


async def _read(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode().split("\r\n")
    method, path, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Seen(method, path, headers, body)


async def _write(
    writer: asyncio.StreamWriter, status: int, kind: str, body: bytes, *, drip: bool = False
) -> None:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    whole = head.encode() + body
    if not drip:
        writer.write(whole)
    for byte in whole if drip else b"":
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)
    await writer.drain()
