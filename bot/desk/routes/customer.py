"""The customer's personal fields, one at a time and for a purpose."""

from sanic import Blueprint, HTTPResponse, Request, json
from sanic_ext import openapi

from bot.desk.customer import reveal_field
from bot.desk.routes.session import staff_call
from bot.http.bodies import StrictBody, read
from bot.staff.service import Agent

routes = Blueprint("desk_customer", url_prefix="/desk/conversations")


class RevealBody(StrictBody):
    field: str
    #: no purpose is refused by name and written down, so it may be missing here
    purpose: str | None = None


@routes.post("/<conversation_id:str>/reveal")
@openapi.summary("Show one masked field in full; say what for")
@staff_call(changes=True)
async def reveal(request: Request, agent: Agent, conversation_id: str) -> HTTPResponse:
    body = read(request, RevealBody)
    services = request.app.ctx.services
    value = await reveal_field(services, agent, conversation_id, body.field, body.purpose)
    return json({"field": body.field, "value": value})
