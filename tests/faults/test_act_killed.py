"""kill -9 of the process that acts at the bank, before and after the bank has acted (F06, F07)."""

import asyncio
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from bot.bank.states import State
from bot.bank.store import history
from bot.clock import FakeClock, SystemClock
from bot.wiring import Rooms
from tests.support.bank import GOOD, REPORT, card, prepared
from tests.support.product import ROOT
from tests.support.record import opened, rows, texts

#: Acts in a process of its own, says when it stands at the point, and stands there until it is killed.
CHILD = """
import asyncio, sys
from bot.settings import from_process
from bot.wiring import rooms

class Stands:
    def __init__(self, bank, point):
        self.bank, self.point = bank, point
    async def report_lost(self, *args, **more):
        if self.point == "after":
            await self.bank.report_lost(*args, **more)
        print("here", flush=True)
        await asyncio.sleep(3600)

async def act(case_id, point):
    ours = rooms(from_process())
    ours.acts.bank = Stands(ours.bank, point)
    await ours.acts.execute(case_id)

asyncio.run(act(*sys.argv[1:]))
"""


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "record.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'record.db'}"


@pytest.mark.slow
@pytest.mark.parametrize(("point", "acted"), [("before", 0), ("after", 1)])
async def test_the_card_is_reported_once_and_the_customer_hears_of_it(
    rooms: Rooms, clock: FakeClock, point: str, acted: int
) -> None:
    clock.advance((SystemClock().now() - clock.now()).total_seconds())  # as the child's
    talk = await opened(rooms)
    case = await prepared(rooms, talk, REPORT, await card(rooms, GOOD), str(uuid.uuid4()))
    await asyncio.to_thread(_killed_at, rooms, case.id, point)
    assert len(await rows(rooms, history)) == acted
    assert (await rooms.acts.case(case.id)).state is State.CONFIRMING
    (case,) = await rooms.acts.of_conversation(talk)
    assert case.due_at is not None
    clock.advance((case.due_at - clock.now()).total_seconds() + 1)
    assert await rooms.acts.settle() == 1
    done = await rooms.acts.case(case.id)
    assert (done.state, len(await rows(rooms, history))) == (State.DONE, 1)
    (notice,) = await texts(rooms, talk, "system")
    assert case.reference in notice


def _killed_at(rooms: Rooms, case_id: str, point: str) -> None:
    environ = {
        **os.environ, "DATABASE_URL": rooms.settings.database, "QIANTAI_VAR": str(rooms.settings.var),
        "REDIS_URL": rooms.settings.redis,
    }
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, case_id, point], env=environ, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == "here\n"
        child.kill()
