"""`python -m actions` serves our custom actions to the brain, on loopback only."""

import asyncio
from typing import Any

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic

from actions.rooms import rooms
from bot.content.catalogue import keep_fresh
from bot.garbage import leave_out_loaded
from bot.log import configure
from bot.settings import from_process


def main() -> None:
    configure()
    settings = from_process()
    executor = ActionExecutor()
    executor.register_package("actions")
    app: Sanic[Any, Any] = create_app(executor)

    @app.after_server_start
    async def begin(app: Sanic[Any, Any]) -> None:
        ours = rooms()
        leave_out_loaded()
        app.ctx.background = [
            asyncio.create_task(ours.wakes.run()),
            asyncio.create_task(keep_fresh(ours.catalogue)),
        ]

    @app.before_server_stop
    async def end(app: Sanic[Any, Any]) -> None:
        for task in app.ctx.background:
            task.cancel()
        await rooms().close()

    app.run("127.0.0.1", settings.actions_port, single_process=True, motd=False, access_log=False)


if __name__ == "__main__":
    main()
