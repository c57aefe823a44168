"""One end of a WebSocket, as the tests read it: frames by type, in the order they came."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.people import PATIENCE_S, Customer, Desk

Frame = dict[str, Any]


class Line:
    """An open socket; every frame that came is kept."""

    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws
        self.frames: list[Frame] = []

    async def send(self, **frame: Any) -> None:
        await self.ws.send(orjson.dumps(frame).decode())

    async def say(self, text: str, client_id: str | None = None) -> str:
        """Send a message; returns its client id."""
        client_id = client_id or str(uuid.uuid4())
        await self.send(type="message", client_id=client_id, text=text)
        return client_id

    async def next(self) -> Frame:
        """The next frame."""
        frame: Frame = orjson.loads(await asyncio.wait_for(self.ws.recv(), PATIENCE_S))
        self.frames.append(frame)
        return frame

    async def until(self, kind: str, holds: Callable[[Frame], bool] = lambda _: True) -> Frame:
        """The next frame of this type for which it holds."""
        while True:
            frame = await self.next()
            if frame["type"] == kind and holds(frame):
                return frame

    async def until_seq(self, seq: int) -> None:
        """Read on until this message has come."""
        await self.until("message", lambda frame: frame["message"]["seq"] >= seq)

    @property
    def messages(self) -> list[Frame]:
        """The messages that came."""
        return [frame["message"] for frame in self.frames if frame["type"] == "message"]

    async def closed(self) -> int | None:
        """The code with which the other side has hung up."""
        try:
            while True:
                await self.next()
        except ConnectionClosed:
            return self.ws.close_code


def address(customer: Customer) -> str:
    """Where this conversation's socket is."""
    return _at(customer.http.base_url) + f"{customer.path}/socket"


@asynccontextmanager
async def dialled(customer: Customer, query: str = "", **options: Any) -> AsyncIterator[Line]:
    """The customer's socket before hello."""
    async with connect(address(customer) + query, **options) as ws:
        yield Line(ws)


@asynccontextmanager
async def line_of(customer: Customer, after: int = 0) -> AsyncIterator[Line]:
    """The customer's socket after hello and welcome."""
    async with dialled(customer) as line:
        await line.send(type="hello", token=customer.token, after=after)
        await line.until("welcome")
        yield line


@asynccontextmanager
async def desk_line_of(desk: Desk) -> AsyncIterator[Line]:
    """The agent's socket, signed in by the cookie."""
    cookie = "; ".join(f"{name}={value}" for name, value in desk.http.cookies.items())
    url = _at(desk.http.base_url) + "/desk/socket"
    async with connect(url, additional_headers={"cookie": cookie}) as ws:
        yield Line(ws)


def _at(base: httpx.URL) -> str:
    return str(base).replace("http", "ws", 1).rstrip("/")
