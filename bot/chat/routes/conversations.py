"""The customers' calls: open, say, read, leave the line, end, rate, take their data home."""

import asyncio
import uuid
from typing import Any, Literal

import orjson
from pydantic import model_validator
from sanic import Blueprint, HTTPResponse, Request, json
from sanic_ext import openapi

from bot.chat.view import public_state
from bot.conversation.service import Said
from bot.conversation.store import Conversation
from bot.errors import BadRequest
from bot.http.bodies import CustomerBody, read

routes = Blueprint("conversations", url_prefix="/chat/conversations")

#: The longest a reader may wait for news, in seconds.
LONGEST_WAIT_S = 25


class OpenBody(CustomerBody):
    language: Literal["zh", "en"] | None = None
    customer_token: str | None = None


class SayBody(CustomerBody):
    client_id: str
    text: str | None = None
    choice: str | None = None
    fields: dict[str, Any] | None = None

    @model_validator(mode="after")
    def exactly_one(self) -> "SayBody":
        given = [name for name in ("text", "choice", "fields") if getattr(self, name) is not None]
        if len(given) != 1:
            raise BadRequest("say_one_thing", field="text")
        return self


class RatingBody(CustomerBody):
    score: int
    comment: str | None = None


@routes.post("")
@openapi.summary("Begin a conversation; the greeting is already in it")
async def open_conversation(request: Request) -> HTTPResponse:
    services = request.app.ctx.services
    limit = services.settings.conversations_per_minute
    await services.limits.count("open", request.remote_addr or request.ip, limit)
    body = read(request, OpenBody)
    language = body.language or (
        "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"
    )
    request.ctx.language = language
    customer_id = None
    if body.customer_token is not None:
        customer_id = await services.customer_tokens.check(body.customer_token)
    opened = await services.conversations.open(language, customer_id)
    return json(
        {
            "conversation_id": opened.conversation.id,
            "token": opened.token,
            "messages": [message.public() for message in opened.messages],
            "last_seq": opened.conversation.last_seq,
        },
        status=201,
    )


@routes.post("/<conversation_id:str>/messages")
@openapi.summary("Say something: a text, a choice or the fields of a form")
async def say(request: Request, conversation_id: str) -> HTTPResponse:
    services = request.app.ctx.services
    conversation = await admit(request, conversation_id)
    body = read(request, SayBody)
    limit = services.settings.messages_per_minute
    await services.limits.count("say", conversation.id, limit)
    seq = await receive(services, conversation.id, body)
    return json({"seq": seq}, status=202)


@routes.get("/<conversation_id:str>/messages")
@openapi.summary("The messages after a number; waits for news when asked to")
async def messages(request: Request, conversation_id: str) -> HTTPResponse:
    services = request.app.ctx.services
    conversation = await admit(request, conversation_id)
    after = whole_number(request, "after")
    wait_s = min(whole_number(request, "wait"), LONGEST_WAIT_S)
    if after > conversation.last_seq:
        after = 0  # the reader knows more than the record: give it everything (I20)
    async with services.wakes.listen(conversation_id) as waiter:
        conversation, found = await services.conversations.read(conversation_id, after)
        if not found and wait_s:
            before = (conversation.owner, conversation.epoch)
            while wait_s > 0 and not found and (conversation.owner, conversation.epoch) == before:
                # While Redis is away nobody wakes us: look once a second.
                nap_s = wait_s if services.wakes.connected else min(1, wait_s)
                woken = await waiter.wait(nap_s)
                wait_s = wait_s if woken else wait_s - nap_s
                conversation, found = await services.conversations.read(conversation_id, after)
    return json(
        {
            "messages": [message.public() for message in found],
            **await public_state(services, conversation),
            "last_seq": conversation.last_seq,
        }
    )


@routes.post("/<conversation_id:str>/leave-queue")
@openapi.summary("Leave the line to a person and go on with the assistant")
async def leave_queue(request: Request, conversation_id: str) -> HTTPResponse:
    services = request.app.ctx.services
    await admit(request, conversation_id)
    await services.line.leave(conversation_id)
    return json(await public_state(services, await admit(request, conversation_id)))


@routes.post("/<conversation_id:str>/end")
@openapi.summary("End the conversation")
async def end(request: Request, conversation_id: str) -> HTTPResponse:
    services = request.app.ctx.services
    await admit(request, conversation_id)
    await services.conversations.end(conversation_id)
    return json({"owner": "closed"})


@routes.post("/<conversation_id:str>/rating")
@openapi.summary("Rate the service, 1 to 5")
async def rating(request: Request, conversation_id: str) -> HTTPResponse:
    services = request.app.ctx.services
    await admit(request, conversation_id)
    body = read(request, RatingBody)
    await services.conversations.rate(conversation_id, body.score, body.comment)
    return json({"score": body.score})


@routes.get("/<conversation_id:str>/my-data")
@openapi.summary("The copy of the customer's data as a file: once, within minutes of being verified for it")
async def my_data(request: Request, conversation_id: str) -> HTTPResponse:
    services = request.app.ctx.services
    conversation = await admit(request, conversation_id)
    await services.limits.count("my_data", conversation.id, services.settings.messages_per_minute)
    document = await services.people_data.take_export(conversation.id)
    return HTTPResponse(
        orjson.dumps(document, option=orjson.OPT_INDENT_2),
        content_type="application/json",
        headers={
            "content-disposition": f'attachment; filename="my-data-{document["made_at"][:10]}.json"',
            "cache-control": "no-store",
        },
    )


async def admit(request: Request, conversation_id: str) -> Conversation:
    """The conversation of the call's bearer token; its language becomes the reply's."""
    conversation: Conversation = await request.app.ctx.services.conversations.admit(
        conversation_id, request.token
    )
    request.ctx.language = conversation.language
    return conversation


async def receive(services: Any, conversation_id: str, body: SayBody) -> int:
    """Store what was said and have its turn answered; returns its number."""
    try:
        client_id = str(uuid.UUID(body.client_id))
    except ValueError:
        raise BadRequest("bad_client_id", field="client_id") from None
    said = Said(client_id, body.text, body.choice, body.fields)
    # To its end, whether or not its sender is still there: the turn may be ours to answer.
    return await asyncio.shield(_receive(services, conversation_id, said))


async def _receive(services: Any, conversation_id: str, said: Said) -> int:
    receipt = await services.conversations.receive(conversation_id, said)
    if receipt.turn:
        services.runner.answer(receipt.turn)
    elif receipt.turn_due_at:
        services.runner.expect(conversation_id, receipt.turn_due_at)
    return int(receipt.seq)


def whole_number(request: Request, name: str) -> int:
    """A query parameter that counts something; 0 when absent (I20)."""
    value = request.args.get(name, "0")
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise BadRequest("bad_number", field=name)
    return int(value)
