"""The staff's web service: the desk's page, its calls and its socket."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.content.catalogue import Catalogue, keep_fresh
from bot.conversation.presence import Presence
from bot.conversation.wakes import Wakes
from bot.database import Database
from bot.desk import socket
from bot.desk.routes import (
    complaint_groups,
    conversations,
    customer,
    exports,
    incidents,
    pages,
    session,
    tickets,
)
from bot.handoff.service import Handoffs
from bot.http import origins, service
from bot.http.errors import Say
from bot.http.kinds import App
from bot.http.service import Health
from bot.records.appointments import Appointments
from bot.records.complaint_groups import ComplaintGroups
from bot.records.exports import Exports
from bot.records.incidents import Incidents
from bot.records.reveal import Reveals
from bot.records.ticket_work import TicketWork
from bot.settings import Settings
from bot.staff.service import Staff


@dataclass
class DeskServices:
    """What the desk's routes need; wiring makes it."""

    settings: Settings
    clock: Clock
    database: Database
    staff: Staff
    handoffs: Handoffs
    wakes: Wakes
    presence: Presence
    say: Say
    health: Health
    catalogue: Catalogue
    ticket_work: TicketWork
    complaint_groups: ComplaintGroups
    appointments: Appointments
    reveals: Reveals
    exports: Exports
    incidents: Incidents
    #: lets go of all connections
    close: Callable[[], Awaitable[None]]


def create_app(services: DeskServices, name: str = "qiantai_desk") -> App:
    """The app; its background tasks run as long as it serves."""
    app = service.create(
        name, production=services.settings.production, say=services.say, health=services.health
    )
    app.ctx.services = services
    origins.install(app, ())
    for routes in (
        session.routes, conversations.queue_routes, conversations.routes, customer.routes,
        tickets.routes, complaint_groups.routes, exports.routes, incidents.routes, pages.routes,
    ):
        app.blueprint(routes)
    socket.install(app)

    @app.after_server_start
    async def begin(app: App) -> None:
        app.ctx.background = [
            asyncio.create_task(job)
            for job in (
                services.wakes.run(), services.presence.run(), keep_fresh(services.catalogue)
            )
        ]

    @app.before_server_stop
    async def end(app: App) -> None:
        for task in app.ctx.background:
            task.cancel()
        await services.close()

    return app
