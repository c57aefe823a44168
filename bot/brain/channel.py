"""The brain's one door: the chat service asks here, over loopback, with a token.

POST /turn, POST /understand, GET /health/live, GET /health/ready. Never an empty 200 (P06).
"""

from __future__ import annotations

import hmac
import logging
import os
from typing import Any, Awaitable, Callable, Dict, Optional, Text

import orjson
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.brain.turns import ActionsAway, Turns

log = logging.getLogger("qiantai.brain")


class TurnChannel(InputChannel):
    """Named in credentials.yml."""

    @classmethod
    def name(cls) -> Text:
        return "turns"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> InputChannel:
        return cls()

    def url_prefix(self) -> Text:
        return ""

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes; `app.ctx.turns` is there as soon as a model is loaded."""
        routes = Blueprint("turns")

        @routes.get("/health/live")
        async def live(_: Request) -> HTTPResponse:
            return response.json({"live": True})

        @routes.get("/health/ready")
        async def ready(request: Request) -> HTTPResponse:
            problem = getattr(request.app.ctx, "problem", "starting")
            if problem:
                return _error(503, "not_ready", problem)
            turns = request.app.ctx.turns
            if not await turns.can_remember():
                return _error(503, "not_ready", "Redis is away")
            return response.json({"ready": True, "model": turns._agent.model_id, "actions": turns.actions.up})

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            turns = _turns(request)
            if isinstance(turns, HTTPResponse):
                return turns
            body = request.json
            problem = _wrong_field(body, turns)
            if problem:
                return _error(400, "bad_request", problem)
            try:
                return response.json(await turns.handle(body), dumps=orjson.dumps)
            except ActionsAway as exc:
                log.error("action failed: %s", exc)
                return _error(503, "actions_away", "an action failed")
            except Exception as exc:
                # The text of an exception may hold the customer's words; its kind does not.
                log.error("turn failed: %s", type(exc).__name__)
                return _error(503, "turn_failed", type(exc).__name__)

        return routes


def _turns(request: Request) -> Any:
    """The loaded model's turns, or why there are none."""
    token = os.environ["QIANTAI_INSIDE_TOKEN"]
    if not hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {token}"):
        return _error(401, "not_signed_in", "token")
    if getattr(request.app.ctx, "problem", "starting"):
        return _error(503, "not_ready", "no model is loaded")
    return request.app.ctx.turns


def _wrong_field(body: Any, turns: Turns) -> Optional[Text]:
    """The first field that is not as the contract says."""
    if not isinstance(body, dict):
        return "body"
    for name in ("sender", "turn_id", "text"):
        if not isinstance(body.get(name), str):
            return name
    if body.get("language") not in ("zh", "en"):
        return "language"
    choice = body.get("choice")
    if choice is None:
        return None if body["text"].strip() else "text"
    if not isinstance(choice, dict) or not isinstance(choice.get("intent"), str):
        return "choice"
    return None if choice["intent"].partition("/")[0] in turns.topics else "choice"


def _error(status: int, code: Text, what: Text) -> HTTPResponse:
    return response.json({"error": {"code": code, "message": what}}, status=status)


