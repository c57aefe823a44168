"""Complaints of many people about the same matter; for supervisors (L18)."""

from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json
from sanic_ext import openapi

from bot.desk.routes.session import staff_call
from bot.desk.ticket_view import group_view, worker_of
from bot.http.bodies import StrictBody, read
from bot.staff.service import Agent

routes = Blueprint("complaint_groups", url_prefix="/desk/complaint-groups")


class JoinBody(StrictBody):
    reference: str
    group: str | None = None


class RepresentBody(StrictBody):
    reference: str
    represents: bool


@routes.get("/<group:str>")
@openapi.summary("The complaints of one matter, with who speaks for all")
@staff_call(changes=False)
async def show(request: Request, agent: Agent, group: str) -> HTTPResponse:
    services: Any = request.app.ctx.services
    found = await services.complaint_groups.show(group, worker_of(agent))
    return json(group_view(services, found))


@routes.post("/join")
@openapi.summary("Put a complaint to others about the same matter; without a group it begins one")
@staff_call(changes=True)
async def join(request: Request, agent: Agent) -> HTTPResponse:
    services: Any = request.app.ctx.services
    body = read(request, JoinBody)
    found = await services.complaint_groups.join(body.reference, worker_of(agent), body.group)
    return json(group_view(services, found))


@routes.post("/represent")
@openapi.summary("Write down that a customer speaks for their group, or no longer does; five at most")
@staff_call(changes=True)
async def represent(request: Request, agent: Agent) -> HTTPResponse:
    services: Any = request.app.ctx.services
    body = read(request, RepresentBody)
    found = await services.complaint_groups.represent(body.reference, worker_of(agent), body.represents)
    return json(group_view(services, found))
