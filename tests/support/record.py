"""Short words for the store tests: a customer's message, an agent, a conversation in the line."""

import uuid
from typing import Any

from sqlalchemy import Table, func, select

from bot.conversation import store, turns
from bot.conversation.service import Receipt, Said
from bot.conversation.store import Draft, Message
from bot.conversation.turns import Reply, Turn
from bot.staff.service import Agent
from bot.wiring import Rooms


async def opened(rooms: Rooms, language: str = "zh") -> str:
    """A new conversation; its greeting is message 1."""
    return (await rooms.conversations.open(language)).conversation.id


async def say(rooms: Rooms, talk: str, text: str, client_id: str = "") -> Receipt:
    return await rooms.conversations.receive(talk, Said(client_id or str(uuid.uuid4()), text=text))


async def said(rooms: Rooms, talk: str) -> list[Message]:
    """All messages."""
    return (await rooms.conversations.read(talk, 0))[1]


async def texts(rooms: Rooms, talk: str, author: str = "customer") -> list[str]:
    return [message.text for message in await said(rooms, talk) if message.author == author]


async def conversation(rooms: Rooms, talk: str) -> store.Conversation:
    return (await rooms.conversations.read(talk, 0))[0]


async def due(rooms: Rooms, *, brain_is_up: bool = True) -> list[str]:
    """The turns that somebody should take now."""
    async with rooms.database.read() as connection:
        now = rooms.clock.now()
        found = await turns.due_turns(connection, now=now, brain_is_up=brain_is_up)
    return [turn_id for turn_id, _talk in found]


async def claim(rooms: Rooms, talk: str, turn_id: str, holder: str = "one") -> Turn | None:
    async with rooms.database.write() as connection:
        return await turns.claim(
            connection, turn_id, talk, holder=holder, now=rooms.clock.now()
        )


async def claimed(rooms: Rooms, talk: str, holder: str = "one") -> Turn:
    """The turn of this conversation that is due, taken."""
    (turn_id,) = await due(rooms)
    turn = await claim(rooms, talk, turn_id, holder)
    assert turn
    return turn


async def finish(rooms: Rooms, turn: Turn, text: str, **more: Any) -> list[Message]:
    """Answer the turn with this text; what was stored of it."""
    reply = Reply([Draft("bot", text, turn_id=turn.id)], **more)
    async with rooms.database.write() as connection:
        return (await turns.finish(connection, turn, reply, now=rooms.clock.now())).said


async def queued(rooms: Rooms, language: str = "zh", **more: Any) -> str:
    """A new conversation that waits for a person."""
    talk = await opened(rooms, language)
    await ask_for_person(rooms, talk, **more)
    return talk


async def ask_for_person(rooms: Rooms, talk: str, **more: Any) -> str:
    """Put it into the line; returns the turn that asked."""
    turn_id = str(more.pop("turn_id", uuid.uuid4()))
    values = {"reason": "asked", "skill": "card", "priority": 0, "summary": "", "slots": {}, **more}
    await rooms.handoffs.request(talk, turn_id=turn_id, **values)
    return turn_id


def agent(number: int = 1, **more: Any) -> Agent:
    """Somebody who serves cards in both languages."""
    values = {
        "id": number, "user": f"u{number}", "number": str(8000 + number), "name": "王敏",
        "honorific": {"zh": "王女士", "en": "Ms Wang"}, "roles": ["agent"], "skills": ["card"],
        "languages": ["zh", "en"], "status": "online", **more,
    }
    return Agent(**values)


async def count(rooms: Rooms, table: Table) -> int:
    async with rooms.database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def rows(rooms: Rooms, table: Table) -> list[Any]:
    async with rooms.database.read() as connection:
        return list(await connection.execute(select(table)))


async def offer(rooms: Rooms, talk: str, **choices: str) -> None:
    """The bot offers these choices, id=title."""
    offered = [{"id": id_, "title": title, "intent": f"faq/{id_}"} for id_, title in choices.items()]
    async with rooms.database.write() as connection:
        locked = await store.lock(connection, talk)
        draft = Draft("bot", "?", "choices", payload={"choices": offered})
        await store.append(connection, locked, draft, now=rooms.clock.now(), epoch=locked.epoch)


