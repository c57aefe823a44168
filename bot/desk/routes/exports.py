"""Passing records on: asked for, decided by somebody else, fetched once (R20, L08)."""

from datetime import date
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json
from sanic_ext import openapi

from bot.conversation import cleaning
from bot.desk.export_view import export_view
from bot.desk.routes.session import staff_call
from bot.desk.ticket_view import worker_of
from bot.errors import BadRequest
from bot.http.bodies import StrictBody, read
from bot.records.exports import Exports, Wanted
from bot.staff.service import Agent

routes = Blueprint("exports", url_prefix="/desk/exports")


class RequestBody(StrictBody):
    """`references`, or both days."""

    kind: str
    recipient: str
    purpose: str
    note: str
    ground: str
    detail: str = "masked"
    references: list[str] | None = None
    first_day: str | None = None
    last_day: str | None = None


class ApproveBody(StrictBody):
    legal_ground: str | None = None


class RefuseBody(StrictBody):
    reason: str


@routes.get("")
@openapi.summary("The last requests: one's own, or all of them for supervisors and compliance")
@staff_call(changes=False)
async def listed(request: Request, agent: Agent) -> HTTPResponse:
    found = await _room(request).listed(worker_of(agent))
    return json({"exports": [export_view(one) for one in found]})


@routes.post("")
@openapi.summary("Ask that records be passed on: which, to whom, what for and on what ground")
@staff_call(changes=True)
async def ask(request: Request, agent: Agent) -> HTTPResponse:
    body = read(request, RequestBody)
    wanted = Wanted(
        body.kind, cleaning.clean(body.recipient, "recipient"), body.purpose,
        cleaning.clean(body.note, "note"), body.ground, body.detail,
        tuple(cleaning.clean(one, "references") for one in body.references or ()),
        day(body.first_day, "first_day"), day(body.last_day, "last_day"),
    )
    return json(export_view(await _room(request).request(worker_of(agent), wanted)))


@routes.post("/<reference:str>/approve")
@openapi.summary("Allow it; for compliance, and never for one's own request")
@staff_call(changes=True)
async def approve(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    law = read(request, ApproveBody).legal_ground
    ground = cleaning.clean(law, "legal_ground") if law and law.strip() else None
    return json(export_view(await _room(request).approve(reference, worker_of(agent), ground)))


@routes.post("/<reference:str>/refuse")
@openapi.summary("Say no, or take an approval back before anything has left")
@staff_call(changes=True)
async def refuse(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    reason = cleaning.clean(read(request, RefuseBody).reason, "reason")
    return json(export_view(await _room(request).refuse(reference, worker_of(agent), reason)))


@routes.post("/<reference:str>/fetch")
@openapi.summary("The document; for the one who asked, once, within 24 hours of the approval")
@staff_call(changes=True)
async def fetch(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    read(request, StrictBody)
    document = await _room(request).fetch(reference, worker_of(agent))
    return json(document, headers={"cache-control": "no-store"})


def day(text: str | None, field: str) -> date | None:
    """A day of the bank's calendar.

    Raises:
        BadRequest: it is none (`export_bad_day`).
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest("export_bad_day", field=field) from None


def _room(request: Request) -> Exports:
    services: Any = request.app.ctx.services
    room: Exports = services.exports
    return room
