"""What has to happen by the clock. Each job's `run_once` may be repeated or run twice at once."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select

from bot.clock import Clock
from bot.conversation import store
from bot.conversation.service import Conversations
from bot.conversation.states import Owner, Step
from bot.conversation.store import Draft
from bot.conversation.wakes import Wakes
from bot.database import Database
from bot.handoff.service import Handoffs
from bot.staff.service import PRESENT

log = structlog.get_logger()

#: A bot conversation without a word of the customer for so long is closed.
IDLE = timedelta(hours=24)
#: How many are closed in one go.
BATCH = 200


@dataclass
class WorkerServices:
    """What the jobs need; wiring makes it."""

    clock: Clock
    database: Database
    handoffs: Handoffs
    conversations: Conversations
    wakes: Wakes


async def requeue_vanished(services: WorkerServices) -> int:
    """Chats of agents whose page is gone go back to the head of the line (D11, F27)."""
    return await services.handoffs.requeue_vanished(PRESENT)


async def close_idle(services: WorkerServices) -> int:
    """End conversations that the customer has left."""
    now = services.clock.now()
    table = store.conversations
    query = (
        select(table.c.id)
        .where(table.c.owner == Owner.BOT.value, table.c.created_at < now - IDLE)
        .where(table.c.last_customer_at.is_(None) | (table.c.last_customer_at < now - IDLE))
        .limit(BATCH)
    )
    async with services.database.read() as connection:
        idle = list((await connection.execute(query)).scalars())
    for conversation_id in idle:
        async with services.database.write() as connection:
            conversation = await store.lock(connection, conversation_id)
            if conversation.owner is not Owner.BOT:
                continue
            text = services.conversations.say("notice_idle_closed", conversation.language)
            notice = Draft("system", text, "notice", conversation.language)
            conversation, _ = await store.append(connection, conversation, notice, now=now)
            await store.take_step(connection, conversation, Step.CLOSED, now=now)
        await services.wakes.publish(conversation_id)
    return len(idle)


#: Each job and the seconds between its runs.
JOBS = ((requeue_vanished, 10.0), (close_idle, 300.0))
