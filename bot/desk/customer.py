"""The customer's data at the desk: masked for whoever may read the chat, in full for who holds it and says why."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import store as conversations
from bot.desk.ticket_view import worker_of
from bot.errors import ContentError, NotFound, RefusedError, UnavailableError
from bot.handoff import store
from bot.handoff.states import State
from bot.records.reveal import PURPOSES, Shown
from bot.staff.service import Agent

LANGUAGES = ("zh", "en")


async def customer_view(
    services: Any, connection: AsyncConnection, conversation_id: str, agent: Agent, *, holds: bool
) -> dict[str, Any]:
    """The masked fields of the contact card and the tickets, and what one may be shown in full for.

    A lost key hides the fields and not the chat: `readable` is false then.
    """
    try:
        shown: list[Shown] = await services.reveals.fields(
            connection, conversation_id, worker_of(agent)
        )
        readable = True
    except UnavailableError:
        shown, readable = [], False
    return {
        "readable": readable,
        "fields": [
            {
                "name": one.id,
                "label": {lang: _label(services, one, lang) for lang in LANGUAGES},
                "masked": one.masked,
                "revealable": holds and one.hidden,
            }
            for one in shown
        ],
        "purposes": [
            {"code": code, "title": {lang: services.say(f"reveal_{code}", lang) for lang in LANGUAGES}}
            for code in PURPOSES
        ],
    }


async def reveal_field(
    services: Any, agent: Agent, conversation_id: str, field: str, purpose: str | None
) -> str:
    """One field in full, for the agent who holds the conversation; a refusal is written down too (I38).

    Raises:
        NotFound: not their conversation, or no such field (I34).
        BadRequest: no purpose of the list.
    """
    worker = worker_of(agent)
    async with services.database.write() as connection:
        await conversations.lock(connection, conversation_id)
        try:
            row = await store.live(connection, conversation_id)
            if row is None or row.state != State.ASSIGNED or row.agent_id != agent.id:
                raise NotFound()
            value: str = await services.reveals.reveal(connection, conversation_id, field, purpose, worker)
            return value
        except RefusedError as exc:
            refusal = exc
            await services.reveals.note_denial(connection, conversation_id, worker.actor, exc.reason)
    raise refusal


def _label(services: Any, shown: Shown, language: str) -> str:
    """What the field is called, with the ticket it belongs to; a field without words keeps its own name."""
    try:
        name = str(services.say(f"field_{shown.field}", language))
    except ContentError:
        name = shown.field.replace("_", " ")
    return f"{name} · {shown.reference}" if shown.reference else name
