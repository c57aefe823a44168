"""The line, and work on one conversation."""

import uuid

from sanic import Blueprint, HTTPResponse, Request, json
from sanic_ext import openapi

from bot.conversation import cleaning
from bot.desk.routes.session import staff_call
from bot.desk.view import conversation_view, line_view
from bot.errors import BadRequest
from bot.http.bodies import StrictBody, read
from bot.staff.service import Agent

queue_routes = Blueprint("queue", url_prefix="/desk/queue")
routes = Blueprint("desk_conversations", url_prefix="/desk/conversations")


class MessageBody(StrictBody):
    client_id: str
    text: str


class NoteBody(StrictBody):
    text: str


class TransferBody(StrictBody):
    skill: str
    note: str


class ReturnBody(StrictBody):
    wrap_up: str


class CloseBody(StrictBody):
    wrap_up: str
    resolved: bool


@queue_routes.get("")
@openapi.summary("Who waits, and the chats you hold")
@staff_call(changes=False)
async def line(request: Request, agent: Agent) -> HTTPResponse:
    return json(await line_view(request.app.ctx.services, agent))


@queue_routes.post("/next")
@openapi.summary("Take the first one in the line that you may serve")
@staff_call(changes=True)
async def take_next(request: Request, agent: Agent) -> HTTPResponse:
    read(request, StrictBody)
    return json({"conversation_id": await request.app.ctx.services.handoffs.claim_next(agent)})


@routes.post("/<conversation_id:str>/claim")
@openapi.summary("Take this one; exactly one colleague wins")
@staff_call(changes=True)
async def claim(request: Request, agent: Agent, conversation_id: str) -> HTTPResponse:
    read(request, StrictBody)
    version = await request.app.ctx.services.handoffs.claim(agent, conversation_id)
    return json({"conversation_id": conversation_id, "version": version})


@routes.get("/<conversation_id:str>")
@openapi.summary("The whole conversation with summary and notes")
@staff_call(changes=False, query=("after",))
async def show(request: Request, agent: Agent, conversation_id: str) -> HTTPResponse:
    after = request.args.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) <= 9):
        raise BadRequest("bad_number", field="after")
    return json(await conversation_view(request.app.ctx.services, agent, conversation_id, int(after)))


@routes.post("/<conversation_id:str>/messages")
@openapi.summary("Say something to the customer")
@staff_call(changes=True)
async def say(request: Request, agent: Agent, conversation_id: str) -> HTTPResponse:
    body = read(request, MessageBody)
    try:
        client_id = str(uuid.UUID(body.client_id))
    except ValueError:
        raise BadRequest("bad_client_id", field="client_id") from None
    text = cleaning.clean(body.text)
    seq = await request.app.ctx.services.handoffs.say_as_agent(
        agent, conversation_id, client_id, text
    )
    return json({"seq": seq}, status=202)


@routes.post("/<conversation_id:str>/notes")
@openapi.summary("A note that only staff see")
@staff_call(changes=True)
async def note(request: Request, agent: Agent, conversation_id: str) -> HTTPResponse:
    text = cleaning.clean(read(request, NoteBody).text)
    await request.app.ctx.services.handoffs.add_note(agent, conversation_id, text)
    return json({}, status=201)


@routes.post("/<conversation_id:str>/transfer")
@openapi.summary("Back into the line for colleagues with another skill")
@staff_call(changes=True)
async def transfer(request: Request, agent: Agent, conversation_id: str) -> HTTPResponse:
    body = read(request, TransferBody)
    text = cleaning.clean(body.note)
    await request.app.ctx.services.handoffs.transfer(agent, conversation_id, body.skill, text)
    return json({})


@routes.post("/<conversation_id:str>/return-to-bot")
@openapi.summary("Hand the conversation back to the assistant")
@staff_call(changes=True)
async def return_to_bot(request: Request, agent: Agent, conversation_id: str) -> HTTPResponse:
    body = read(request, ReturnBody)
    await request.app.ctx.services.handoffs.return_to_bot(agent, conversation_id, body.wrap_up)
    return json({"owner": "bot"})


@routes.post("/<conversation_id:str>/close")
@openapi.summary("End the conversation with a wrap-up code")
@staff_call(changes=True)
async def close(request: Request, agent: Agent, conversation_id: str) -> HTTPResponse:
    body = read(request, CloseBody)
    await request.app.ctx.services.handoffs.close(
        agent, conversation_id, body.wrap_up, resolved=body.resolved
    )
    return json({"owner": "closed"})

