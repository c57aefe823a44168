"""What both web services' sockets share."""

from collections.abc import Sequence

from sanic.server.websockets.impl import WebsocketImplProtocol
from websockets.protocol import Event

#: The text of a frame is no UTF-8, as RFC 6455 numbers it.
NO_TEXT = 1007


def hang_up_on_broken_text(ws: WebsocketImplProtocol) -> None:
    """End the line when a frame's text is no UTF-8 (I11); the web server alone falls silent."""
    process = ws.process_events

    async def process_or_hang_up(frames: Sequence[Event]) -> None:
        try:
            await process(frames)
        except UnicodeDecodeError:
            ws.fail_connection(NO_TEXT, "not UTF-8")

    ws.process_events = process_or_hang_up  # type: ignore[method-assign, assignment]
