"""Serves the brain: `python -m bot.brain.launch`.

Stays up without a model and says why it is not ready; takes a model as soon as there is one (F05).
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Dict, Optional, Text

from bot.brain import stand_in
from bot.brain.quiet import quieten

stand_in.install(serving=True)
quieten()

import rasa.core.run  # noqa: E402
from rasa.core.agent import Agent  # noqa: E402
from rasa.core.channels.channel import register  # noqa: E402
from rasa.core.lock_store import LockStore  # noqa: E402
from rasa.core.tracker_store import TrackerStore  # noqa: E402
from rasa.core.utils import AvailableEndpoints  # noqa: E402
from sanic import Sanic  # noqa: E402

from bot.brain.actions import ActionServer  # noqa: E402
from bot.brain.lighter import lighten_rasa  # noqa: E402
from bot.brain.locks import RedisLocks  # noqa: E402
from bot.brain.models import models  # noqa: E402
from bot.brain.nlg import KeyNLG  # noqa: E402
from bot.brain.nlu.tokenizer import cutter  # noqa: E402
from bot.brain.reading import read_quickly  # noqa: E402
from bot.brain.trackers import RedisTrackers  # noqa: E402
from bot.brain.turns import Turns  # noqa: E402
from bot.garbage import leave_out_loaded  # noqa: E402

log = logging.getLogger("qiantai.brain")

#: Pause between looks for a model while there is none, in seconds.
LOOK_S = 2.0
#: What is parsed before we say that we are ready.
PROBE = "转账多久到账"


class BrainAgent(Agent):
    """An agent that keeps the store it was given: Rasa would wrap it in one that forgets silently (P04)."""

    @staticmethod
    def _create_tracker_store(store: Optional[TrackerStore], domain: object) -> TrackerStore:
        if store is None:
            raise RuntimeError("no tracker store")
        return store


def load(model: Path) -> Turns:
    """A ready brain from this model.

    Raises:
        RuntimeError: Rasa took other parts than endpoints.yml names.
    """
    endpoints = AvailableEndpoints.read_endpoints("endpoints.yml")
    trackers = TrackerStore.create(endpoints.tracker_store)
    locks = LockStore.create(endpoints.lock_store)
    actions = ActionServer(endpoints.action.url, enable_selective_domain=True)
    agent = BrainAgent(
        generator=endpoints.nlg,
        tracker_store=trackers,
        lock_store=locks,
        action_endpoint=actions,
    )
    agent.load_model(model)
    agent.nlg.responses = agent.domain.responses
    for part, wanted in (
        (agent.tracker_store, RedisTrackers),
        (agent.lock_store, RedisLocks),
        (agent.nlg, KeyNLG),
    ):
        if not isinstance(part, wanted):
            raise RuntimeError(f"{wanted.__name__} is configured, {type(part).__name__} was made")
    turns = Turns(agent, actions)
    turns.understanding.parse(PROBE)
    return turns


async def take_model(app: Sanic) -> None:
    """Load the newest model that can be loaded, now or when there is one."""
    refused: Dict[tuple, Text] = {}
    while True:
        try:
            found = [(model, model.stat().st_mtime) for model in models()]
        except FileNotFoundError:  # one was removed while we looked
            found = []
        for stamp in found:
            if stamp not in refused and _take(app, stamp[0], refused, stamp):
                return
        app.ctx.problem = refused[found[0]] if found else "no model: run ./qiantai train"
        await asyncio.sleep(LOOK_S)


def _take(app: Sanic, model: Path, refused: Dict[tuple, Text], stamp: tuple) -> bool:
    """Whether this model serves now; why not is written down."""
    try:
        app.ctx.turns = load(model)
    except Exception as exc:
        refused[stamp] = f"model {model.name} can not be loaded: {type(exc).__name__}"
        log.exception("model %s can not be loaded", model.name)
        return False
    leave_out_loaded()
    app.ctx.problem = None
    app.ctx.watching = asyncio.create_task(app.ctx.turns.actions.watch())
    log.warning("ready with %s", model.name)
    return True


def main() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
    read_quickly()
    lighten_rasa()
    cutter()
    # Rasa's own app would greet whoever comes by, and give every answer headers for browsers.
    app = Sanic("qiantai_brain", configure_logging=False)
    register(rasa.core.run.create_http_input_channels(None, "credentials.yml"), app, route="/")
    app.config.REQUEST_MAX_SIZE = 256 * 1024
    app.ctx.problem, app.ctx.watching = "starting", None

    @app.listener("after_server_start")
    async def begin(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        app.add_task(take_model(app))

    @app.listener("before_server_stop")
    async def end(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        if app.ctx.watching:
            app.ctx.watching.cancel()

    port = int(os.environ.get("QIANTAI_BRAIN_PORT", "5005"))
    app.run(host="127.0.0.1", port=port, workers=1, access_log=False, debug=False)


if __name__ == "__main__":
    main()
