"""Tickets: the list with its clocks, one with its history, and the work on it."""

from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json
from sanic_ext import openapi

from bot.conversation import cleaning
from bot.desk.routes.session import staff_call
from bot.desk.ticket_view import file_view, list_view, row_view, worker_of
from bot.errors import BadRequest, Forbidden
from bot.http.bodies import StrictBody, read
from bot.records.ticket_store import Ticket
from bot.records.ticket_work import TicketWork
from bot.records.ticket_worker import Worker
from bot.staff.service import Agent

routes = Blueprint("tickets", url_prefix="/desk/tickets")

#: Who works on tickets; editors and compliance read what they need elsewhere.
ROLES = frozenset({"agent", "supervisor"})


class TextBody(StrictBody):
    text: str


class CauseBody(StrictBody):
    root_cause: str
    responsible: str
    measure: str


class ExtendBody(StrictBody):
    reason: str


class AssignBody(StrictBody):
    number: str


class RevealBody(StrictBody):
    field: str
    purpose: str


@routes.get("")
@openapi.summary("Tickets that are yours or wait for somebody like you, first due first")
@staff_call(changes=False, query=("state", "mine"))
async def listed(request: Request, agent: Agent) -> HTTPResponse:
    work, worker = _work(request, agent)
    mine = request.args.get("mine", "false")
    if mine not in ("true", "false"):
        raise BadRequest("bad_flag", field="mine")
    found = await work.listed(worker, request.args.get("state"), mine=mine == "true")
    return json(list_view(request.app.ctx.services, found))


@routes.get("/<reference:str>")
@openapi.summary("One ticket with its history; name and phone are masked")
@staff_call(changes=False)
async def show(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    return json(file_view(request.app.ctx.services, await work.read(reference, worker)))


@routes.post("/<reference:str>/take")
@openapi.summary("Work on this one; exactly one colleague wins")
@staff_call(changes=True)
async def take(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    read(request, StrictBody)
    return _row(request, await work.take(reference, worker))


@routes.post("/<reference:str>/assign")
@openapi.summary("Give it to a colleague; for supervisors")
@staff_call(changes=True)
async def assign(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    number = read(request, AssignBody).number
    if not await request.app.ctx.services.staff.works_here(number):
        raise BadRequest("no_such_number", field="number")
    return _row(request, await work.assign(reference, worker, number))


@routes.post("/<reference:str>/note")
@openapi.summary("Write down what was found or done; only staff see it")
@staff_call(changes=True)
async def note(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    text = cleaning.clean(read(request, TextBody).text)
    return _row(request, await work.note(reference, worker, text))


@routes.post("/<reference:str>/answer")
@openapi.summary("Say the promised reply to the customer, in their chat")
@staff_call(changes=True)
async def answer(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    text = cleaning.clean(read(request, TextBody).text)
    return _row(request, await work.answer(reference, worker, text))


@routes.post("/<reference:str>/cause")
@openapi.summary("Root cause, responsible side and measure of a complaint")
@staff_call(changes=True)
async def cause(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    body = read(request, CauseBody)
    root_cause, measure = cleaning.clean(body.root_cause, "root_cause"), cleaning.clean(body.measure, "measure")
    return _row(
        request, await work.set_cause(reference, worker, root_cause, body.responsible, measure)
    )


@routes.post("/<reference:str>/extend")
@openapi.summary("Approve more time for a complaint; for a supervisor who does not work on it")
@staff_call(changes=True)
async def extend(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    reason = cleaning.clean(read(request, ExtendBody).reason, "reason")
    return _row(request, await work.extend(reference, worker, reason))


@routes.post("/<reference:str>/close")
@openapi.summary("End it; a complaint wants its cause and an answer first")
@staff_call(changes=True)
async def close(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    read(request, StrictBody)
    return _row(request, await work.close(reference, worker))


@routes.post("/<reference:str>/reopen")
@openapi.summary("Begin again with a new clock")
@staff_call(changes=True)
async def reopen(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    read(request, StrictBody)
    return _row(request, await work.reopen(reference, worker))


@routes.post("/<reference:str>/confirm")
@openapi.summary("The branch expects this customer")
@staff_call(changes=True)
async def confirm(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    read(request, StrictBody)
    return _row(request, await work.confirm_appointment(reference, worker))


@routes.post("/<reference:str>/keep")
@openapi.summary("The customer of this appointment has come")
@staff_call(changes=True)
async def keep(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    read(request, StrictBody)
    return _row(request, await work.keep_appointment(reference, worker))


@routes.post("/<reference:str>/reveal")
@openapi.summary("One hidden field in full, with a purpose; audited")
@staff_call(changes=True)
async def reveal(request: Request, agent: Agent, reference: str) -> HTTPResponse:
    work, worker = _work(request, agent)
    body = read(request, RevealBody)
    value = await work.reveal(reference, worker, body.field, body.purpose)
    return json({"field": body.field, "value": value})


def _work(request: Request, agent: Agent) -> tuple[TicketWork, Worker]:
    """The room, and the caller as it knows them.

    Raises:
        Forbidden: tickets are not this role's work.
    """
    if not ROLES & set(agent.roles):
        raise Forbidden()
    services: Any = request.app.ctx.services
    return services.ticket_work, worker_of(agent)


def _row(request: Request, ticket: Ticket) -> HTTPResponse:
    """The ticket after the step."""
    services: Any = request.app.ctx.services
    return json(row_view(services, ticket, services.clock.now()))
