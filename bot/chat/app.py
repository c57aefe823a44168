"""The customers' web service: page, widget, socket, long-poll."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.chat import socket
from bot.chat.brain import Brain
from bot.chat.limits import Limits
from bot.chat.line import Line
from bot.chat.routes import conversations, pages
from bot.content.catalogue import Catalogue, keep_fresh
from bot.conversation.presence import Presence
from bot.conversation.runner import TurnRunner
from bot.conversation.service import Conversations
from bot.conversation.wakes import Wakes
from bot.http import origins, service
from bot.http.errors import Say
from bot.http.kinds import App
from bot.http.service import Health
from bot.identity.tokens import CustomerTokens
from bot.records.people_data import PeopleData
from bot.settings import Settings


@dataclass
class ChatServices:
    """What the chat's routes need; wiring makes it."""

    settings: Settings
    conversations: Conversations
    runner: TurnRunner
    wakes: Wakes
    brain: Brain
    limits: Limits
    presence: Presence
    line: Line
    say: Say
    health: Health
    catalogue: Catalogue
    customer_tokens: CustomerTokens
    #: lets go of all connections
    close: Callable[[], Awaitable[None]]
    people_data: PeopleData


def create_app(services: ChatServices, name: str = "qiantai_chat") -> App:
    """The app; its background tasks run as long as it serves."""
    app = service.create(
        name, production=services.settings.production, say=services.say, health=services.health
    )
    app.ctx.services = services
    origins.install(app, services.settings.allowed_origins)
    app.blueprint(conversations.routes)
    app.blueprint(pages.routes)
    socket.install(app)

    @app.after_server_start
    async def begin(app: App) -> None:
        app.ctx.background = [
            asyncio.create_task(job)
            for job in (
                services.wakes.run(),
                services.presence.run(),
                services.runner.run(),
                services.brain.watch(),
                keep_fresh(services.catalogue),
            )
        ]

    @app.before_server_stop
    async def end(app: App) -> None:
        for task in app.ctx.background:
            task.cancel()
        await services.brain.close()
        await services.close()

    return app
