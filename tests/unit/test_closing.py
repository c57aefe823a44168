"""The last thing of a process: no connection to another machine stays open."""

from pathlib import Path

import pytest

from bot import wiring
from bot.clock import FakeClock
from bot.content.catalogue import Catalogue
from bot.settings import Settings


async def test_what_speaks_to_other_machines_is_let_go_of(
    clock: FakeClock, catalogue: Catalogue, tmp_path: Path
) -> None:
    settings = Settings(var=tmp_path, bank_url="https://bank.example", sms_url="https://sms.example")
    rooms = wiring.rooms(settings, clock, catalogue)
    await rooms.close()
    with pytest.raises(RuntimeError, match="closed"):
        await rooms.bank.ping()
    with pytest.raises(RuntimeError, match="closed"):
        await rooms.verification.progress.sender.gateway.probe()


async def test_rooms_of_the_sandbox_close_as_well(clock: FakeClock, catalogue: Catalogue, tmp_path: Path) -> None:
    rooms = wiring.rooms(Settings(var=tmp_path), clock, catalogue)
    await rooms.close()
    await rooms.close()
