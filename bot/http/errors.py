"""Turns every exception into the one error object of the API, in the caller's language.

`{"error": {"code", "message", "field"?, "id", …details}}`: never a stack trace, never 200 (S21).
"""

import uuid
from collections.abc import Callable
from typing import Any

import structlog
from pydantic import ValidationError
from sanic import HTTPResponse, Request, json
from sanic.exceptions import SanicException

from bot.errors import BadRequest, FrontLineError, NotFound, TooLong
from bot.http.bodies import drop
from bot.http.kinds import App

log = structlog.get_logger()

#: say(key, language, **args) -> text
Say = Callable[..., str]

#: What the web server itself refuses, in our codes.
SERVER_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "wrong_method",
    408: "too_slow",
    413: "too_long",
    414: "too_long",
    415: "bad_request",
    417: "bad_request",
    431: "too_long",
    503: "unavailable",
}


def envelope(error: FrontLineError, language: str, say: Say) -> dict[str, Any]:
    """The error object; its id is in the log beside what happened."""
    shown: dict[str, Any] = {
        "code": error.reason,
        "message": say(f"error_{error.reason}", language, **error.details),
        "id": uuid.uuid4().hex[:12],
    }
    if error.field:
        shown["field"] = error.field
    return {"error": {**shown, **error.details}}


def caller_language(request: Request) -> str:
    """The conversation's language where it is known, else the browser's."""
    known = getattr(request.ctx, "language", None)
    if known:
        return str(known)
    wanted = request.headers.get("accept-language", "zh").strip().lower()
    return "en" if wanted.startswith("en") else "zh"


def as_front_line_error(exc: BaseException) -> FrontLineError:
    """Our own error for whatever was raised."""
    if isinstance(exc, FrontLineError):
        return exc
    if isinstance(exc, ValidationError):
        first = exc.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        return BadRequest(field=field)
    if isinstance(exc, UnicodeError | RecursionError):
        return BadRequest()
    if isinstance(exc, SanicException) and exc.status_code in SERVER_CODES:
        error = {404: NotFound, 413: TooLong}.get(exc.status_code, FrontLineError)(
            SERVER_CODES[exc.status_code]
        )
        error.status = exc.status_code  # type: ignore[misc]
        return error
    return FrontLineError()


def install(app: App, say: Say) -> None:
    """Answer every exception of this app with the error object."""

    @app.all_exceptions
    async def answer(request: Request, exc: Exception) -> HTTPResponse:
        error = as_front_line_error(exc)
        body = envelope(error, caller_language(request), say)
        if error.status >= 500:
            # The exception's text may hold a customer's words: only its kind goes to the log.
            log.error("request_failed", id=body["error"]["id"], kind=type(exc).__name__,
                      cause=type(exc.__cause__).__name__, path=request.path, exc_info=error.reason == "internal")
        headers = {}
        if error.status == TooLong.status:
            await drop(request)
        if "retry_after_s" in error.details:
            headers["retry-after"] = str(error.details["retry_after_s"])
        return json(body, status=error.status, headers=headers)
