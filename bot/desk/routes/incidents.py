"""Incidents with personal data: opened, filled in, told, closed when all is known (L10)."""

from datetime import datetime
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json
from sanic_ext import openapi

from bot.conversation import cleaning
from bot.desk.routes.session import staff_call
from bot.desk.ticket_view import rfc3339, worker_of
from bot.errors import BadRequest
from bot.http.bodies import StrictBody, read
from bot.records.incident_states import FIELDS
from bot.records.incident_store import Incident
from bot.records.incidents import Incidents
from bot.staff.service import Agent

routes = Blueprint("incidents", url_prefix="/desk/incidents")


class OpenBody(StrictBody):
    summary: str


class FillBody(StrictBody):
    fields: dict[str, str]


class ToldBody(StrictBody):
    whom: str
    #: RFC 3339 with a zone; now, when left out
    at: str | None = None


@routes.get("")
@openapi.summary("The last incidents, open ones first; for supervisors and compliance")
@staff_call(changes=False)
async def listed(request: Request, agent: Agent) -> HTTPResponse:
    found = await _room(request).listed(worker_of(agent))
    return json({"incidents": [incident_view(one) for one in found]})


@routes.post("")
@openapi.summary("Say that something has happened to personal data; anybody of the staff may")
@staff_call(changes=True)
async def begin(request: Request, agent: Agent) -> HTTPResponse:
    summary = cleaning.clean(read(request, OpenBody).summary, "summary")
    return json(incident_view(await _room(request).open(worker_of(agent), summary)))


@routes.get("/<reference:str>")
@openapi.summary("One incident with its history; the look is audited")
@staff_call(changes=False)
async def show(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    incident, history = await _room(request).read(reference, worker_of(agent))
    happened = [
        {"at": rfc3339(one.at), "actor": one.actor, "event": one.event, "details": one.details} for one in history
    ]
    return json({"incident": incident_view(incident), "history": happened})


@routes.post("/<reference:str>/fill")
@openapi.summary("Write down one or more of the six fields")
@staff_call(changes=True)
async def fill(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    given = read(request, FillBody).fields
    values = {name: cleaning.clean(text, name) if name in FIELDS else text for name, text in given.items()}
    return json(incident_view(await _room(request).fill(reference, worker_of(agent), values)))


@routes.post("/<reference:str>/told")
@openapi.summary("Write down when the authority or the people were told")
@staff_call(changes=True)
async def told(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    body = read(request, ToldBody)
    at = moment(body.at) if body.at is not None else None
    return json(incident_view(await _room(request).told(reference, worker_of(agent), body.whom, at)))


@routes.post("/<reference:str>/close")
@openapi.summary("End it; refused while one of the six fields is empty")
@staff_call(changes=True)
async def close(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    read(request, StrictBody)
    return json(incident_view(await _room(request).close(reference, worker_of(agent))))


@routes.post("/<reference:str>/reopen")
@openapi.summary("Go on with one that was closed")
@staff_call(changes=True)
async def reopen(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    read(request, StrictBody)
    return json(incident_view(await _room(request).reopen(reference, worker_of(agent))))


def incident_view(incident: Incident) -> dict[str, Any]:
    """One incident, and which fields are still to be filled in."""
    return {
        "reference": incident.reference, "state": incident.state.value, "summary": incident.summary,
        "fields": {name: getattr(incident, name) for name in FIELDS}, "empty": incident.empty,
        "opened_at": rfc3339(incident.opened_at), "authority_told_at": rfc3339(incident.authority_told_at),
        "people_told_at": rfc3339(incident.people_told_at), "closed_at": rfc3339(incident.closed_at),
    }


def moment(text: str) -> datetime:
    """A time with its zone.

    Raises:
        BadRequest: it is none (`incident_when`).
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest("incident_when", field="at") from None
    if at.tzinfo is None:
        raise BadRequest("incident_when", field="at")
    return at


def _room(request: Request) -> Incidents:
    services: Any = request.app.ctx.services
    room: Incidents = services.incidents
    return room
