"""What has to happen by the clock. Each job's `run_once` may be repeated or run twice at once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select

from bot.bank.acts import Acts
from bot.clock import Clock
from bot.conversation import store
from bot.conversation.service import Conversations
from bot.conversation.states import Owner, Step
from bot.conversation.store import Draft
from bot.conversation.wakes import Wakes
from bot.database import Database
from bot.handoff.service import Handoffs
from bot.identity.verification import Verification
from bot.records import ticket_alarms as alarms
from bot.records.retention import Retention
from bot.staff.service import PRESENT

log = structlog.get_logger()

#: A bot conversation without a word of the customer for so long is closed.
IDLE = timedelta(hours=24)
#: A dialogue that waits for the customer longer than this ends, and what was verified is forgotten.
SILENCE = timedelta(minutes=10)
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
    verification: Verification
    acts: Acts
    retention: Retention
    #: lets go of all connections
    close: Callable[[], Awaitable[None]]


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


async def end_silent_dialogues(services: WorkerServices) -> int:
    """Stop dialogues in which the customer has fallen silent (I29); the brain starts afresh."""
    now = services.clock.now()
    table = store.conversations
    query = (
        select(table.c.id)
        .where(table.c.dialogue.is_not(None), table.c.last_customer_at < now - SILENCE)
        .limit(BATCH)
    )
    async with services.database.read() as connection:
        silent = list((await connection.execute(query)).scalars())
    ended = 0
    for conversation_id in silent:
        async with services.database.write() as connection:
            conversation = await store.lock(connection, conversation_id)
            spoke = conversation.last_customer_at
            if conversation.dialogue is None or spoke is None or spoke >= now - SILENCE:
                continue
            await services.verification.forget_in(connection, conversation_id)
            if conversation.owner is Owner.BOT:
                text = services.conversations.say("notice_dialogue_ended", conversation.language)
                notice = Draft("system", text, "notice", conversation.language)
                conversation, _ = await store.append(connection, conversation, notice, now=now)
            await store.begin_session(connection, conversation)
            ended += 1
        await services.wakes.publish(conversation_id)
    return ended


async def settle_acts(services: WorkerServices) -> int:
    """Acts at the bank whose outcome is open come to their end (D12, F10)."""
    return await services.acts.settle()


async def sweep_verifications(services: WorkerServices) -> int:
    """End verifications that have fallen silent, and drop counts that nobody needs any more."""
    return await services.verification.sweep()


async def ticket_alarms(services: WorkerServices) -> int:
    """Tickets that reach a mark of their time raise its alarm, each once (L16, D10)."""
    raised = await alarms.raise_due(services.database, services.clock)
    if raised:
        await services.wakes.publish("queue")
    return raised


async def retain(services: WorkerServices) -> int:
    """Once a day of the bank, end what has had its time (R22)."""
    return await services.retention.run_once()


#: Each job and the seconds between its runs.
JOBS = (
    (settle_acts, 5.0),
    (requeue_vanished, 10.0),
    (end_silent_dialogues, 20.0),
    (ticket_alarms, 30.0),
    (sweep_verifications, 60.0),
    (close_idle, 300.0),
    (retain, 600.0),
)
