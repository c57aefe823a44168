"""The desk's WebSocket: the line, the agent's chats and typing signs as they happen.

It also is the agent's presence: a page that is no longer heard gives its chats back to the
line (D11). The session is checked again with every pulse, so that a disabled or signed-out
agent is cut off within a second or two (F29).
"""

import asyncio
from contextlib import suppress
from typing import Any

import orjson
from sanic import Request
from sanic.server.websockets.impl import WebsocketImplProtocol

from bot.desk.routes.session import cookie_name, signed_in
from bot.desk.view import conversation_view, line_view
from bot.errors import BadRequest, FrontLineError, NotFound, NotSignedIn
from bot.http.bodies import parse
from bot.http.errors import as_front_line_error, envelope
from bot.http.kinds import App
from bot.http.sockets import hang_up_on_broken_text
from bot.staff.service import Agent

#: How often the session is looked at again, in seconds.
PULSE_S = 1.0
#: How often the page counts as heard, in seconds; `staff.service.PRESENT` is three of these.
SEEN_S = 20.0
REFUSED = 1008


def install(app: App) -> None:
    """Serve the socket on this app."""
    app.add_websocket_route(serve, "/desk/socket")


async def serve(request: Request, ws: WebsocketImplProtocol) -> None:
    """One agent's page, from sign-in to hang-up."""
    services = request.app.ctx.services
    try:
        session = await signed_in(request, changes=False)
    except NotSignedIn as exc:
        await ws.send(_frame({"type": "error", **envelope(exc, "zh", services.say)}))
        await ws.close(REFUSED, "not signed in")
        return
    hang_up_on_broken_text(ws)
    page = Page(services, ws, session.agent)
    token = request.cookies.get(cookie_name(services.settings.production))
    jobs = [
        asyncio.create_task(page.tell_line()),
        asyncio.create_task(page.pulse(token)),
    ]
    try:
        await page.listen()
    finally:
        page.leave()
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


class Page:
    """One open desk."""

    def __init__(self, services: Any, ws: WebsocketImplProtocol, agent: Agent) -> None:
        self._services = services
        self._ws = ws
        self._agent = agent
        self._watched: dict[str, asyncio.Task[None]] = {}

    async def listen(self) -> None:
        """Take frames until the line is cut."""
        while (raw := await self._ws.recv()) is not None:
            try:
                await self._take(parse(raw))
            except FrontLineError as exc:
                await self._send({"type": "error", **envelope(exc, "zh", self._services.say)})

    async def tell_line(self) -> None:
        """Send the line now and whenever it changes."""
        async with self._services.wakes.listen("queue") as waiter:
            while True:
                with suppress(FrontLineError):
                    line = await line_view(self._services, self._agent)
                    await self._send({"type": "queue", "queue": line})
                await waiter.wait(SEEN_S if self._services.wakes.connected else 1.0)

    async def pulse(self, token: str | None) -> None:
        """Be seen; hang up when the session is over."""
        beats = 0.0
        while True:
            try:
                await self._services.staff.session_of(token, active=False)
            except NotSignedIn as exc:
                await self._send({"type": "signed_out", "reason": exc.reason})
                await self._ws.close(REFUSED, "signed out")
                return
            except FrontLineError:
                pass
            if beats % SEEN_S == 0:
                with suppress(FrontLineError):
                    await self._services.staff.seen(self._agent)
            beats += PULSE_S
            await asyncio.sleep(PULSE_S)

    def leave(self) -> None:
        """Stop watching everything."""
        for task in self._watched.values():
            task.cancel()

    async def _take(self, frame: Any) -> None:
        if not isinstance(frame, dict):
            raise BadRequest("bad_frame")
        match frame.get("type"):
            case "watch":
                self._begin_to_watch(_conversation(frame), frame.get("after", 0))
            case "unwatch":
                if task := self._watched.pop(_conversation(frame), None):
                    task.cancel()
            case "typing":
                await self._type(_conversation(frame), frame.get("on") is True)
            case "pong":
                pass
            case _:
                raise BadRequest("bad_frame", field="type")

    def _begin_to_watch(self, conversation_id: str, after: Any) -> None:
        if isinstance(after, bool) or not isinstance(after, int) or after < 0:
            raise BadRequest("bad_number", field="after")
        if old := self._watched.pop(conversation_id, None):
            old.cancel()
        self._watched[conversation_id] = asyncio.create_task(self._watch(conversation_id, after))

    async def _type(self, conversation_id: str, on: bool) -> None:
        watching = self._watched.get(conversation_id)
        if watching is None or watching.done():
            raise NotFound()  # not this agent's to type in (I34)
        await self._services.presence.typing(conversation_id, "agent", on)

    async def _watch(self, conversation_id: str, after: int) -> None:
        """Send what is new in one conversation until it is no longer ours to see."""
        services = self._services
        heard = services.presence.listen(
            conversation_id, lambda author, on: self._typing(conversation_id, author, on)
        )
        try:
            async with services.wakes.listen(conversation_id) as waiter:
                while True:
                    try:
                        view = await conversation_view(
                            services, self._agent, conversation_id, after
                        )
                    except FrontLineError as exc:
                        error = as_front_line_error(exc)
                        if error.reason != "database":
                            gone = {"type": "conversation", "id": conversation_id, "state": "gone"}
                            await self._send(gone)
                            return
                        view = {"messages": [], "conversation": None}
                    for message in view["messages"]:
                        after = message["seq"]
                        await self._send(
                            {"type": "conversation", "id": conversation_id, "message": message}
                        )
                    await waiter.wait(SEEN_S if services.wakes.connected else 1.0)
        finally:
            heard()

    def _typing(self, conversation_id: str, author: str, on: bool) -> None:
        if author == "customer":
            sign = {"type": "typing", "conversation": conversation_id, "author": author, "on": on}
            task = asyncio.ensure_future(self._send(sign))
            task.add_done_callback(lambda done: done.exception())

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._ws.send(_frame(frame))


def _conversation(frame: dict[str, Any]) -> str:
    """The conversation that a frame is about.

    Raises:
        BadRequest: it names none.
    """
    conversation_id = frame.get("conversation")
    if not isinstance(conversation_id, str):
        raise BadRequest("bad_frame", field="conversation")
    return conversation_id


def _frame(content: dict[str, Any]) -> str:
    return orjson.dumps(content).decode()
