"""The customers' WebSocket: the same calls as over HTTP, and news as they happen.

The first frame says who is there and which number they have last; everything after it
comes by number, from the record or as it was committed, so a cut is healed by coming back (D04).
"""

import asyncio
from contextlib import suppress
from typing import Any

import orjson
import structlog
from sanic import Request
from sanic.server.websockets.impl import WebsocketImplProtocol

from bot.chat.routes.conversations import SayBody, receive
from bot.chat.view import public_state
from bot.conversation import turns
from bot.conversation.store import Conversation, Message
from bot.conversation.wakes import News
from bot.errors import BadRequest, FrontLineError, NotSignedIn
from bot.http.bodies import parse
from bot.http.errors import as_front_line_error, envelope
from bot.http.kinds import App
from bot.http.sockets import hang_up_on_broken_text

log = structlog.get_logger()

#: How long a client may take to say who it is, in seconds.
HELLO_S = 5.0
#: Our own ping, so that a half-open line is noticed by the page too, in seconds (F23).
PING_S = 20.0
#: Policy violation, as RFC 6455 numbers it.
REFUSED = 1008


def install(app: App) -> None:
    """Serve the socket on this app."""
    app.add_websocket_route(serve, "/chat/conversations/<conversation_id:str>/socket")


async def serve(request: Request, ws: WebsocketImplProtocol, conversation_id: str) -> None:
    """One customer's line, from hello to hang-up."""
    hang_up_on_broken_text(ws)
    client = Client(request.app.ctx.services, ws, conversation_id)
    try:
        await client.enter()
    except (FrontLineError, TimeoutError) as exc:
        await client.refuse(as_front_line_error(exc))
        await ws.close(REFUSED, "not admitted")
        return
    speaking = asyncio.create_task(client.speak())
    try:
        await client.listen()
    finally:
        client.leave()
        speaking.cancel()
        with suppress(asyncio.CancelledError):
            await speaking


class Client:
    """One connected page."""

    def __init__(self, services: Any, ws: WebsocketImplProtocol, conversation_id: str) -> None:
        self._services = services
        self._ws = ws
        self._id = conversation_id
        self._last_seq = 0
        self._language = "zh"
        self._signs: set[asyncio.Task[None]] = set()
        self.leave = lambda: None

    async def enter(self) -> None:
        """Wait for hello and check its token.

        Raises:
            NotSignedIn, Forbidden, BadRequest: who this is can not be told.
            TimeoutError: nothing came in time.
        """
        hello = _object(await asyncio.wait_for(self._ws.recv(), HELLO_S))
        if hello.get("type") != "hello" or not isinstance(hello.get("token"), str):
            raise NotSignedIn()
        conversation = await self._services.conversations.admit(self._id, hello["token"])
        self._language = conversation.language
        after = hello.get("after", 0)
        if isinstance(after, bool) or not isinstance(after, int) or after < 0:
            raise BadRequest("bad_number", field="after")
        self._last_seq = after if after <= conversation.last_seq else 0
        state = await public_state(self._services, conversation)
        await self._send({"type": "welcome", **state, "last_seq": conversation.last_seq})
        self.leave = self._services.presence.listen(self._id, self._on_typing)

    async def listen(self) -> None:
        """Take frames until the line is cut."""
        while True:
            raw = await self._ws.recv()
            if raw is None:
                return
            client_id = None
            try:
                frame = _object(raw)
                client_id = frame.get("client_id") if isinstance(frame.get("client_id"), str) else None
                await self._take(frame)
            except Exception as exc:
                error = as_front_line_error(exc)
                if error.reason == "internal":
                    log.error("frame_failed", kind=type(exc).__name__, exc_info=True)
                await self.refuse(error, client_id)

    async def speak(self) -> None:
        """Send what is new in the record, whenever there is something."""
        services = self._services
        async with services.wakes.listen(self._id) as waiter:
            state: dict[str, Any] = {}
            quiet_s = 0.0
            while True:
                with suppress(FrontLineError):
                    conversation, found = await self._look(waiter.news())
                    self._language = conversation.language
                    for message in found:
                        await self._send({"type": "message", "message": message.public()})
                        self._last_seq = message.seq
                    state = await self._tell_state(conversation, state)
                nap_s = PING_S if services.wakes.connected else 1.0
                if await waiter.wait(nap_s):
                    continue
                quiet_s += nap_s
                if quiet_s >= PING_S:
                    quiet_s = 0.0
                    await self._send({"type": "ping"})

    async def _look(self, news: News | None) -> tuple[Conversation, list[Message]]:
        """The conversation and what is new in it: the news, where nothing is missing before them, else the record."""
        if news and news.follow(self._last_seq):
            return news.conversation, news.messages
        found: tuple[Conversation, list[Message]] = await self._services.conversations.read(
            self._id, self._last_seq
        )
        return found

    async def refuse(self, error: FrontLineError, client_id: str | None = None) -> None:
        """Say what was wrong with the last frame."""
        body = envelope(error, self._language, self._services.say)
        await self._send(
            {"type": "error", **({"client_id": client_id} if client_id else {}), **body}
        )

    async def _take(self, frame: dict[str, Any]) -> None:
        services = self._services
        match frame.get("type"):
            case "message":
                limit = services.settings.messages_per_minute
                await services.limits.count("say", self._id, limit)
                body = SayBody.model_validate(frame)
                seq = await receive(services, self._id, body)
                await self._send({"type": "ack", "client_id": body.client_id, "seq": seq})
            case "typing":
                on = frame.get("on") is True
                await services.presence.typing(self._id, "customer", on)
                if on:
                    await self._wait_for_more()
            case "pong" | "seen":
                pass
            case _:
                raise BadRequest("bad_frame", field="type")

    async def _wait_for_more(self) -> None:
        """The customer is typing on: the bot does not interrupt (R04)."""
        conversations = self._services.conversations
        async with conversations.database.write() as connection:
            await turns.postpone(
                connection, self._id, now=conversations.clock.now(), quiet_s=conversations.quiet_s
            )

    async def _tell_state(self, conversation: Conversation, known: dict[str, Any]) -> dict[str, Any]:
        state = await public_state(self._services, conversation)
        if state != known:
            await self._send({"type": "state", **state})
        return state

    def _on_typing(self, author: str, on: bool) -> None:
        if author != "customer":
            sign = asyncio.create_task(self._send({"type": "typing", "author": author, "on": on}))
            self._signs.add(sign)
            sign.add_done_callback(self._signs.discard)

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._ws.send(orjson.dumps(frame).decode())


def _object(raw: Any) -> dict[str, Any]:
    """A frame as an object.

    Raises:
        BadRequest: it is binary, no JSON, or no object (I11).
    """
    if not isinstance(raw, str):
        raise BadRequest("bad_frame")
    frame = parse(raw)
    if not isinstance(frame, dict):
        raise BadRequest("bad_frame")
    return frame
