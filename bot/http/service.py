"""What both web services share when they are made: size limits, headers, errors, health, API page."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import prometheus_client
from sanic import HTTPResponse, Request, Sanic, json, raw
from sanic.config import Config

from bot.http import errors, headers
from bot.http.errors import Say
from bot.http.kinds import App

#: Largest body of a call, in bytes; larger ones are refused before they are read (I02, P18).
MAX_BODY = 64 * 1024
#: Largest frame on a socket, in bytes; larger ones close it with 1009 (I10).
MAX_FRAME = 16 * 1024

Health = Callable[[], Awaitable[dict[str, bool]]]


def create(name: str, *, production: bool, say: Say, health: Health) -> App:
    """A Sanic app with our manners; `health` says what is there, `record` decides readiness."""
    config = Config(
        {
            "REQUEST_MAX_SIZE": MAX_BODY,
            "WEBSOCKET_MAX_SIZE": MAX_FRAME,
            "WEBSOCKET_PING_INTERVAL": 20,
            "WEBSOCKET_PING_TIMEOUT": 25,
            "KEEP_ALIVE_TIMEOUT": 60,
            "GRACEFUL_SHUTDOWN_TIMEOUT": 3.0,
            "FALLBACK_ERROR_FORMAT": "json",
            "ACCESS_LOG": False,
            "OAS_UI_REDOC": False,
            # The usual page loads its scripts from elsewhere, which our policy forbids.
            "OAS_UI_SWAGGER": True,
            "OAS_UI_DEFAULT": "swagger",
            "OAS_PATH_TO_SWAGGER_HTML": str(Path(__file__).with_name("docs.html")),
            "OAS_URI_TO_JSON": "/openapi.json",
            "OAS_URL_PREFIX": "/docs",
        }
    )
    app: App = Sanic(
        name, config=config, configure_logging=False, dumps=orjson.dumps, loads=orjson.loads
    )
    headers.install(app, production=production)
    errors.install(app, say)
    _add_health(app, health)
    return app


def _add_health(app: App, health: Health) -> None:
    @app.get("/health/live")
    async def live(_: Request) -> HTTPResponse:
        """The process runs."""
        return json({"live": True})

    @app.get("/health/ready")
    async def ready(_: Request) -> HTTPResponse:
        """The record can be written; the rest is told, and lived without."""
        parts = await health()
        return json({"ready": parts["record"], **parts}, status=200 if parts["record"] else 503)

    @app.get("/metrics")
    async def metrics(_: Request) -> HTTPResponse:
        """Prometheus text."""
        return raw(
            prometheus_client.generate_latest(), content_type=prometheus_client.CONTENT_TYPE_LATEST
        )
