"""Joins the rooms: the one module that sees all of them.

What belongs to one process is imported when that process is made: the others start faster without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.bank.acts import Acts
from bot.bank.choice import bank_of, sandbox_of
from bot.bank.port import Bank
from bot.bank.sandbox import Sandbox
from bot.clock import Clock, SystemClock
from bot.content.branches import load_branches
from bot.content.catalogue import Catalogue
from bot.content.figures import Figure, load_figures
from bot.conversation.ports import QueuePlace, Say
from bot.conversation.presence import Presence
from bot.conversation.service import Conversations
from bot.conversation.store import Draft
from bot.conversation.turns import Turn
from bot.conversation.wakes import Wakes
from bot.database import Database
from bot.errors import FrontLineError
from bot.handoff import queue
from bot.handoff.leaving import ChatsOfLeavers
from bot.handoff.service import Handoffs
from bot.identity.capture import SecretCapture
from bot.identity.codes import Codes
from bot.identity.forms import SECRET_FORMS, secret_form
from bot.identity.ports import Gateway
from bot.identity.progress import Progress
from bot.identity.sending import Sender
from bot.identity.shield import shield
from bot.identity.sms import SandboxGateway
from bot.identity.vault import Vault
from bot.identity.verification import Verification
from bot.records import audit
from bot.records.appointments import Appointments
from bot.records.cipher import Cipher, cipher_of
from bot.records.complaint_groups import ComplaintGroups
from bot.records.consents import Consents
from bot.records.contact_form import PREFIX, contact_form
from bot.records.contacts import Contacts
from bot.records.due import Promises
from bot.records.exports import Exports
from bot.records.feedback import Feedback
from bot.records.incidents import Incidents
from bot.records.people_data import PeopleData
from bot.records.requests import Requests
from bot.records.retention import Retention
from bot.records.reveal import Reveals
from bot.records.ticket_leaving import TicketsOfLeavers
from bot.records.ticket_work import TicketWork
from bot.records.tickets import Tickets
from bot.settings import Settings
from bot.staff.service import Staff
from bot.wiring_records import personal_records

if TYPE_CHECKING:
    from bot.chat.app import ChatServices
    from bot.chat.brain import Brain
    from bot.desk.app import DeskServices
    from bot.worker.jobs import WorkerServices

#: No call of ours waits long for Redis: it is never the record.
REDIS_TIMEOUT_S = 1.0


@dataclass(repr=False)  # asyncio prints what a task has returned: all words of the bank, each time
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
    bank: Bank
    acts: Acts
    vault: Vault
    verification: Verification
    appointments: Appointments
    tickets: Tickets
    ticket_work: TicketWork
    complaint_groups: ComplaintGroups
    feedback: Feedback
    consents: Consents
    contacts: Contacts
    people_data: PeopleData
    reveals: Reveals
    retention: Retention
    exports: Exports
    incidents: Incidents

    async def close(self) -> None:
        """Let go of every connection; the last thing of a process."""
        for part in (self.bank, self.verification.progress.sender.gateway):
            if isinstance(part, Closable):  # the sandbox's hold none
                await part.close()
        await self.database.close()
        await self.redis.aclose()


@runtime_checkable
class Closable(Protocol):
    """What speaks to another machine."""

    async def close(self) -> None: ...


def rooms(
    settings: Settings, clock: Clock | None = None, catalogue: Catalogue | None = None,
    *, in_loop: bool = False,
) -> Rooms:
    """Every room, ready; nothing is connected before it is used. `in_loop`: see `Database`."""
    clock = clock or SystemClock()
    database = Database(settings.database, in_loop=in_loop)
    redis = connect(settings)
    catalogue = catalogue or Catalogue(settings.data)
    wakes = Wakes(redis)
    cipher = cipher_of(settings)
    staff = Staff(database, clock, cipher)

    handoffs = Handoffs(database, clock, wakes, catalogue.say, staff, lambda: _hours(catalogue))
    staff.work.extend((ChatsOfLeavers(handoffs), TicketsOfLeavers(clock, wakes)))
    holders = ticket_rooms(settings, clock, database, cipher, wakes, catalogue)
    records = personal_records(settings, clock, database, cipher, catalogue.say)
    requests = Requests(catalogue.say, shield, records.consents, holders.tickets)
    bank = bank_of(
        settings, database, clock, cipher, lambda: _temporary_days(catalogue.content.figures)
    )
    vault = Vault(redis, cipher)
    verification = verification_room(settings, clock, database, cipher, catalogue.say, bank, vault)

    conversations = conversation_room(
        settings, clock, database, wakes, catalogue, handoffs, holders, requests, verification
    )
    return Rooms(
        settings=settings, clock=clock, database=database, redis=redis, catalogue=catalogue,
        wakes=wakes, presence=Presence(redis), staff=staff, handoffs=handoffs, requests=requests,
        conversations=conversations, bank=bank,
        acts=Acts(database, clock, bank, wakes, catalogue.say), vault=vault, verification=verification,
        **vars(holders), **vars(records),
    )


def conversation_room(
    settings: Settings, clock: Clock, database: Database, wakes: Wakes, catalogue: Catalogue,
    handoffs: Handoffs, holders: TicketRooms, requests: Requests, verification: Verification,
) -> Conversations:
    """Conversations, with what the other rooms do when one begins, is rated or ends."""

    async def ended(connection: AsyncConnection, conversation_id: str) -> None:
        await handoffs.conversation_ended(connection, conversation_id)
        await verification.forget_in(connection, conversation_id)

    async def note_attempt(connection: AsyncConnection, conversation_id: str, action: str) -> None:
        await audit.record(
            connection, at=clock.now(), actor=f"conversation:{conversation_id}", action=action,
            subject=conversation_id,
        )

    def greeting(language: str) -> Draft:
        return Draft("bot", catalogue.say("greeting", language), language=language)

    return Conversations(
        database=database, clock=clock, wakes=wakes, say=catalogue.say, shield=shield,
        quiet_s=settings.quiet_s, greeting=greeting, forms={"manual_request": requests.submit},
        audit=note_attempt, ended=ended, rated=holders.feedback.rated,
        welcome=holders.tickets.deliver_waiting, left_line=handoffs.leave_in,
        capture=SecretCapture(verification, verification.vault),
    )


@dataclass
class TicketRooms:
    """What is promised to customers for later, and who works on it."""

    appointments: Appointments
    tickets: Tickets
    ticket_work: TicketWork
    complaint_groups: ComplaintGroups
    feedback: Feedback


def ticket_rooms(
    settings: Settings, clock: Clock, database: Database, cipher: Cipher, wakes: Wakes,
    catalogue: Catalogue,
) -> TicketRooms:
    """The rooms of tickets; the times they promise are the bank's figures of the moment."""
    say = catalogue.say

    def promises() -> Promises:
        figures = catalogue.content.figures
        days, mine, reply = (
            int(str(figures[name].value))
            for name in ("service_complaint_days", "service_my_data_days", "general_reply_time")
        )
        return Promises(days, mine, reply, _hours(catalogue))

    appointments = Appointments(clock, say, load_branches(settings.data / "branches.yml"))
    tickets = Tickets(database, clock, cipher, wakes, say, shield, promises, appointments)
    return TicketRooms(
        appointments=appointments, tickets=tickets,
        ticket_work=TicketWork(database, clock, cipher, wakes, say, promises),
        complaint_groups=ComplaintGroups(database, clock, wakes),
        feedback=Feedback(clock, say, shield, tickets),
    )


def verification_room(
    settings: Settings, clock: Clock, database: Database, cipher: Cipher, say: Say, bank: Bank,
    vault: Vault,
) -> Verification:
    """Who the customer is, asked of the bank and proved by a text message."""
    sender = Sender(
        database, clock, say, sms_gateway(settings, clock), Codes(cipher), settings.sms_per_day
    )
    return Verification(database, clock, bank, vault, Progress(clock, cipher, sender))


def _hours(catalogue: Catalogue) -> str:
    return str(catalogue.content.figures["general_service_hours"].value)


def _temporary_days(figures: dict[str, Figure]) -> int:
    return int(str(figures["service_lost_temporary_days"].value))


def form_of(ours: Rooms, name: str, language: str) -> dict[str, Any]:
    """The form of this name as the widget shows it: a secret's, a contact's, or a request's."""
    if name in SECRET_FORMS:
        return secret_form(SECRET_FORMS[name], language, ours.catalogue.say)
    if name.startswith(PREFIX):
        return contact_form(name, ours.catalogue.say, language)
    return ours.requests.form(language)


def sms_gateway(settings: Settings, clock: Clock) -> Gateway:
    """The gateway that is set; the sandbox's file where none is, but for production.

    Raises:
        SettingsError: production without a gateway.
    """
    if settings.sms_url:
        from bot.identity.sms_http import HttpGateway

        return HttpGateway(settings.sms_url, settings.sms_token.get_secret_value())
    return SandboxGateway(settings, clock)


def staff_room(settings: Settings) -> Staff:
    """Accounts alone, for the command line: nobody waits there for all cards to be read."""
    return Staff(Database(settings.database), SystemClock(), cipher_of(settings))


def sandbox_bank(settings: Settings) -> Sandbox:
    """The sandbox bank alone, for the command line.

    Raises:
        SettingsError: it is not the bank in use.
    """
    figures = load_figures(settings.data / "figures.yml")
    return sandbox_of(
        settings, Database(settings.database), SystemClock(), cipher_of(settings),
        lambda: _temporary_days(figures),
    )


def chat_services(settings: Settings, clock: Clock | None = None) -> ChatServices:
    """What the chat process needs."""
    from bot.chat.app import ChatServices
    from bot.chat.brain import Brain
    from bot.chat.limits import Limits
    from bot.chat.line import Line
    from bot.chat.responder import Responder
    from bot.conversation.runner import TurnRunner
    from bot.identity.tokens import CustomerTokens, customer_keys

    ours = rooms(settings, clock, in_loop=True)
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
        lambda name, language: form_of(ours, name, language),
    )
    runner = TurnRunner(
        ours.database, ours.clock, ours.wakes, responder, lambda: brain.up and brain.acts, ours.catalogue.say
    )
    ours.conversations.holder = runner.holder
    return ChatServices(
        settings, ours.conversations, runner, ours.wakes, brain, Limits(settings.redis),
        ours.presence, Line(ours.handoffs.place, ours.handoffs.leave), ours.catalogue.say,
        health(ours, brain), ours.catalogue,
        CustomerTokens(ours.database, ours.clock, customer_keys(settings)), ours.close, ours.people_data,
    )


def desk_services(settings: Settings, clock: Clock | None = None) -> DeskServices:
    """What the desk process needs."""
    from bot.desk.app import DeskServices

    ours = rooms(settings, clock)
    return DeskServices(
        settings, ours.clock, ours.database, ours.staff, ours.handoffs, ours.wakes, ours.presence,
        ours.catalogue.say, health(ours, None), ours.catalogue, ours.ticket_work,
        ours.complaint_groups, ours.appointments, ours.reveals, ours.exports, ours.incidents,
        ours.close,
    )


def worker_services(settings: Settings, clock: Clock | None = None) -> WorkerServices:
    """What the worker process needs."""
    return work_of(rooms(settings, clock))


def work_of(ours: Rooms) -> WorkerServices:
    """What the jobs need of these rooms."""
    from bot.worker.jobs import WorkerServices

    return WorkerServices(
        ours.clock, ours.database, ours.handoffs, ours.conversations, ours.wakes, ours.verification,
        ours.acts, ours.retention, ours.close,
    )


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
            async with asyncio.timeout(REDIS_TIMEOUT_S):
                await ours.redis.ping()
            parts["redis"] = True
        except (RedisError, OSError, TimeoutError):
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
