"""Joins the rooms: the one module that sees all of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.app import ChatServices
from bot.chat.brain import Brain
from bot.chat.limits import Limits
from bot.chat.line import Line
from bot.chat.responder import Responder
from bot.clock import Clock, SystemClock
from bot.content.catalogue import Catalogue
from bot.conversation.ports import QueuePlace
from bot.conversation.presence import Presence
from bot.conversation.runner import TurnRunner
from bot.conversation.service import Conversations
from bot.conversation.store import Draft
from bot.conversation.turns import Turn
from bot.conversation.wakes import Wakes
from bot.database import Database
from bot.desk.app import DeskServices
from bot.errors import FrontLineError
from bot.handoff import queue
from bot.handoff.service import Handoffs
from bot.identity.shield import shield
from bot.records import audit
from bot.records.cipher import cipher_of
from bot.records.purposes import load_purposes
from bot.records.requests import Requests
from bot.settings import Settings
from bot.staff.service import Staff
from bot.worker.jobs import WorkerServices

#: No call of ours waits long for Redis: it is never the record.
REDIS_TIMEOUT_S = 1.0


@dataclass
class Rooms:
    """What every process shares."""

    settings: Settings
    clock: Clock
    database: Database
    redis: Redis
    catalogue: Catalogue
    wakes: Wakes
    presence: Presence
    staff: Staff
    handoffs: Handoffs
    requests: Requests
    conversations: Conversations


def rooms(settings: Settings, clock: Clock | None = None) -> Rooms:
    """Every room, ready; nothing is connected before it is used."""
    clock = clock or SystemClock()
    database = Database(settings.database)
    redis = connect(settings)
    catalogue = Catalogue(settings.data)
    wakes = Wakes(redis)
    cipher = cipher_of(settings)
    staff = Staff(database, clock, cipher)
    handoffs = Handoffs(
        database, clock, wakes, catalogue.say, staff, lambda: str(catalogue.content.figures["general_service_hours"].value)
    )
    requests = Requests(
        clock, cipher, catalogue.say, load_purposes(settings.data / "purposes.yml")
    )

    async def note_attempt(connection: AsyncConnection, conversation_id: str, action: str) -> None:
        await audit.record(
            connection, at=clock.now(), actor=f"conversation:{conversation_id}", action=action,
            subject=conversation_id,
        )

    def greeting(language: str) -> Draft:
        return Draft("bot", catalogue.say("greeting", language), language=language)

    conversations = Conversations(
        database, clock, wakes, catalogue.say, shield, settings.quiet_s, greeting,
        {"manual_request": requests.submit}, note_attempt,
    )
    return Rooms(
        settings, clock, database, redis, catalogue, wakes, Presence(redis), staff, handoffs,
        requests, conversations,
    )


def chat_services(settings: Settings, clock: Clock | None = None) -> ChatServices:
    """What the chat process needs."""
    ours = rooms(settings, clock)
    brain = Brain(
        settings.brain_url, settings.inside_token.get_secret_value(),
        budget_s=settings.turn_budget_s,
    )

    async def hand_over(turn: Turn, reason: str) -> QueuePlace:
        return await ours.handoffs.request(
            turn.conversation.id, turn_id=turn.id, reason=reason, skill="general",
            priority=queue.PRIORITY_NORMAL, summary=turn.text, slots={},
        )

    responder = Responder(
        brain, ours.catalogue, ours.catalogue.say, hand_over,
        lambda _key, language: ours.requests.form(language),
    )
    runner = TurnRunner(ours.database, ours.clock, ours.wakes, responder, lambda: brain.up)
    return ChatServices(
        settings, ours.conversations, runner, ours.wakes, brain, Limits(settings.redis),
        ours.presence, Line(ours.handoffs.place, ours.handoffs.leave), ours.catalogue.say,
        health(ours, brain), ours.catalogue,
    )


def desk_services(settings: Settings, clock: Clock | None = None) -> DeskServices:
    """What the desk process needs."""
    ours = rooms(settings, clock)
    return DeskServices(
        settings, ours.clock, ours.database, ours.staff, ours.handoffs, ours.wakes, ours.presence,
        ours.catalogue.say, health(ours, None), ours.catalogue,
    )


def worker_services(settings: Settings, clock: Clock | None = None) -> WorkerServices:
    """What the worker process needs."""
    ours = rooms(settings, clock)
    return WorkerServices(ours.clock, ours.database, ours.handoffs, ours.conversations, ours.wakes)


def connect(settings: Settings) -> Redis:
    """A client that gives up soon: whoever waits on Redis keeps a customer waiting."""
    return Redis.from_url(
        settings.redis, socket_timeout=None, socket_connect_timeout=REDIS_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


def health(ours: Rooms, brain: Brain | None) -> Callable[[], Awaitable[dict[str, bool]]]:
    """What is there right now; the record decides whether we can serve."""

    async def look() -> dict[str, bool]:
        parts = {"record": True, "redis": ours.wakes.connected}
        try:
            await ours.database.ping()
        except FrontLineError:
            parts["record"] = False
        try:
            await ours.redis.ping()
            parts["redis"] = True
        except (RedisError, OSError):
            parts["redis"] = False
        if brain:
            parts["brain"] = brain.up
        return parts

    return look


def migrate(settings: Settings) -> None:
    """Bring the record to the present shape; a record that is there already stays as it is."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = settings.database
    command.upgrade(config, "head")
