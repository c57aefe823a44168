"""Which pages may talk to us from a browser: our own, and those the bank has named (S11, S12, I19)."""

from urllib.parse import urlsplit

from sanic import HTTPResponse, Request, empty

from bot.errors import Forbidden
from bot.http.kinds import App

ALLOWED_HEADERS = "authorization, content-type, accept-language"


def may_talk(request: Request, allowed: tuple[str, ...]) -> bool:
    """Whether the call's Origin is ours or named; a call without one is no browser's page."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    return origin in allowed or _host(origin) == request.host != ""


def _host(origin: str) -> str:
    """Host and port of an origin; empty for `null` and what is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def install(app: App, allowed: tuple[str, ...]) -> None:
    """Refuse other origins' calls and sockets, and answer the named ones' preflights."""

    @app.on_request
    async def check(request: Request) -> HTTPResponse | None:
        if not may_talk(request, allowed):
            raise Forbidden("wrong_origin")
        if request.method == "OPTIONS" and "origin" in request.headers:
            return empty()
        return None

    @app.on_response
    async def permit(request: Request, response: HTTPResponse) -> None:
        origin = request.headers.get("origin")
        if origin in allowed:
            response.headers["access-control-allow-origin"] = str(origin)
            response.headers["access-control-allow-headers"] = ALLOWED_HEADERS
            response.headers["access-control-allow-methods"] = "GET, POST"
            response.headers["vary"] = "origin"
