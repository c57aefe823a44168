"""What an agent is shown: the line, and one conversation. Every look at one is audited (R21)."""

from datetime import datetime
from typing import Any

from bot.conversation import store as conversations
from bot.desk.customer import customer_view
from bot.errors import NotFound
from bot.handoff import queue, store
from bot.handoff.service import WRAP_UPS, may_see
from bot.handoff.states import State
from bot.records import audit
from bot.staff.service import Agent


async def line_view(services: Any, agent: Agent) -> dict[str, Any]:
    """Who waits for somebody like this agent, and the agent's own chats."""
    now = services.clock.now()
    async with services.database.read() as connection:
        line = await store.line(connection)
        rows = {waiting.id: row for waiting, row in line}
        order = queue.in_order([waiting for waiting, _row in line])
        waiting = [
            {
                "conversation_id": one.conversation_id,
                "position": position,
                "reason": rows[one.id].reason,
                "skill": one.skill,
                "language": one.language,
                "priority": one.priority,
                "queued_at": _rfc3339(one.queued_at),
                "waited_s": max(0, round((now - one.queued_at).total_seconds())),
                "summary": rows[one.id].summary,
            }
            for position, one in enumerate(order, 1)
            if queue.may_serve(one, agent.skills, agent.languages)
        ]
        mine = [
            await _held(connection, row) for row in await store.mine(connection, agent.id)
        ]
        online = await services.staff.online(connection)
    return {
        "waiting": waiting,
        "mine": mine,
        "oldest_wait_s": max((one["waited_s"] for one in waiting), default=0),
        "agents_online": online,
        "slots_per_agent": queue.SLOTS_PER_AGENT,
        # Clocks on the page run by this one: a wrong clock of a desk must not hide a long wait.
        "now": _rfc3339(now),
        "skills": _titled(services, "skill", queue.SKILLS),
        "wrap_ups": _titled(services, "wrap_up", WRAP_UPS),
    }


async def conversation_view(
    services: Any, agent: Agent, conversation_id: str, after: int
) -> dict[str, Any]:
    """One conversation, for the agent who holds it or may take it.

    Raises:
        NotFound: there is none, or it is not for this agent's eyes (I34).
    """
    database = services.database
    # A look that can not be audited is refused; what only goes on from there writes nothing.
    async with database.read() if after else database.write() as connection:
        conversation = await conversations.find(connection, conversation_id)
        row = await store.live(connection, conversation_id)
        if row is None or not may_see(row, agent):
            raise NotFound()
        if row.state == State.ASSIGNED and row.agent_id != agent.id:
            raise NotFound()
        if not after:
            await audit.record(
                connection, at=services.clock.now(), actor=f"staff:{agent.number}",
                action="conversation_read", subject=conversation_id,
            )
        customer = await customer_view(
            services, connection, conversation_id, agent, holds=row.state == State.ASSIGNED
        )
        found = await conversations.messages_after(connection, conversation_id, after)
        written = await store.notes_of(connection, conversation_id)
        writers = {
            agent_id: await services.staff.by_id(connection, agent_id)
            for agent_id in {note.agent_id for note in written}
        }
    return {
        "conversation": {
            "id": conversation.id,
            "owner": conversation.owner.value,
            "version": row.version,
            "language": conversation.language,
            "created_at": _rfc3339(conversation.created_at),
            "handoff": {
                "reason": row.reason,
                "skill": row.skill,
                "priority": row.priority,
                "summary": row.summary,
                "slots": row.slots,
                "queued_at": _rfc3339(row.queued_at),
                "assigned_at": _rfc3339(row.assigned_at),
            },
        },
        "customer": customer,
        "messages": [message.public() for message in found],
        "notes": [
            {"at": _rfc3339(note.at), "author": _signature(writers[note.agent_id]), "text": note.text}
            for note in written
        ],
        "last_seq": conversation.last_seq,
    }


async def _held(connection: Any, row: Any) -> dict[str, Any]:
    conversation = await conversations.find(connection, row.conversation_id)
    last = await conversations.messages_after(
        connection, conversation.id, max(0, conversation.last_seq - 1)
    )
    return {
        "conversation_id": conversation.id,
        "title": row.summary[:40],
        "skill": row.skill,
        "language": conversation.language,
        "last_text": last[-1].text[:80] if last else "",
        "last_at": _rfc3339(last[-1].at) if last else None,
        "last_author": last[-1].author if last else None,
        "last_seq": conversation.last_seq,
        "assigned_at": _rfc3339(row.assigned_at),
    }


def _titled(services: Any, kind: str, codes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Codes with their titles in both languages, as `data/words/desk.yml` has them."""
    return [
        {
            "code": code,
            "title": {lang: services.say(f"{kind}_{code}", lang) for lang in ("zh", "en")},
        }
        for code in codes
    ]


def _signature(writer: Agent | None) -> str:
    """How colleagues know each other: name and number."""
    return f"{writer.name} {writer.number}" if writer else ""


def _rfc3339(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
