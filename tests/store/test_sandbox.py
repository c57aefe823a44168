"""The sandbox bank's own record: seeded once, kept over restarts, with faults only where asked for."""

import asyncio
import json
import random
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import wiring
from bot.bank import faults, sandbox, store
from bot.bank.errors import OutcomeUnknown
from bot.bank.sandbox import Sandbox
from bot.bank.seed import load_seed
from bot.clock import FakeClock
from bot.content.catalogue import Catalogue
from bot.errors import BadRequest, SettingsError, UnavailableError
from bot.settings import Settings
from bot.wiring import Rooms
from tests.support.product import ROOT
from tests.support.record import count
from tests.support.sandbox import made_up


@pytest.fixture
def bank(rooms: Rooms) -> Sandbox:
    assert isinstance(rooms.bank, Sandbox)
    return rooms.bank


@pytest.fixture
def fail(rooms: Rooms) -> Any:
    """`fail(mode="down")`: the switch of the sandbox."""
    path = rooms.settings.var / "sandbox" / "fault.json"

    def put(**fault: Any) -> Path:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(fault))
        return path

    return put


def key() -> str:
    return str(uuid.uuid4())


async def card_id(bank: Sandbox, last4: str = "5678") -> str:
    (card,) = await bank.find(last4=last4)
    return card.id


def another(rooms: Rooms, catalogue: Catalogue, clock: FakeClock) -> Rooms:
    """The rooms of a second process on the same record."""
    return wiring.rooms(rooms.settings, clock, catalogue)


async def test_nothing_is_seeded_before_the_first_use(rooms: Rooms) -> None:
    assert await count(rooms, store.cards) == 0


async def test_many_processes_seed_at_once_and_each_card_is_there_once(
    rooms: Rooms, catalogue: Catalogue, clock: FakeClock
) -> None:
    processes = [another(rooms, catalogue, clock) for _ in range(5)]
    try:
        await asyncio.gather(*(one.bank.ping() for one in processes))
        assert len(await rooms.bank.find(last4="5678")) == 1
        async with rooms.database.read() as connection:
            total = (await connection.execute(select(func.count()).select_from(store.cards))).scalar_one()
        assert total == sum(len(one.cards) for one in load_seed(ROOT / "data/sandbox/bank.yml"))
    finally:
        for one in processes:
            await one.database.close()


async def test_a_card_keeps_its_state_over_a_restart(
    rooms: Rooms, bank: Sandbox, catalogue: Catalogue, clock: FakeClock
) -> None:
    await bank.report_lost(await card_id(bank), "formal", key())
    later = another(rooms, catalogue, clock)
    (card,) = await later.bank.find(last4="5678")
    await later.database.close()
    assert card.state == "formal_loss"


async def test_the_same_key_from_many_processes_is_one_act(
    rooms: Rooms, bank: Sandbox, catalogue: Catalogue, clock: FakeClock
) -> None:
    id_, ours = await card_id(bank), key()
    processes = [another(rooms, catalogue, clock) for _ in range(5)]
    try:
        receipts = await asyncio.gather(
            *(one.bank.report_lost(id_, "temporary", ours) for one in processes)
        )
    finally:
        for one in processes:
            await one.database.close()
    assert len({receipt.reference for receipt in receipts}) == 1
    assert len(await history(rooms)) == 1


async def test_history_tells_what_was_done_and_what_ran_out(
    rooms: Rooms, bank: Sandbox, clock: FakeClock
) -> None:
    id_ = await card_id(bank, "6093")
    await bank.report_lost(id_, "temporary", "one")
    clock.advance(6 * 24 * 3600)
    await bank.report_lost(id_, "formal", "two")
    looked = await bank.look("6093")
    assert [(step["act"], step["from"], step["state"], step["key"]) for step in looked["history"]] == [
        ("report_lost_temporary", "pin_locked", "temporary_loss", "one"),
        ("lapsed", "temporary_loss", "pin_locked", None),
        ("report_lost_formal", "pin_locked", "formal_loss", "two"),
    ]
    assert (looked["state"], looked["last4"]) == ("formal_loss", "6093")
    assert json.loads(json.dumps(looked)) == looked


async def test_a_card_that_has_run_out_is_lifted_no_more(bank: Sandbox, clock: FakeClock) -> None:
    id_ = await card_id(bank)
    await bank.report_lost(id_, "temporary", key())
    clock.advance(5 * 24 * 3600)
    with pytest.raises(Exception, match="not_liftable"):
        await bank.lift_loss(id_, key())


@pytest.mark.parametrize(("number", "reason"), [
    ("6612", "sandbox_cards_share"), ("0000", "sandbox_no_card"), ("62999900000003", "sandbox_no_card"),
])
async def test_a_look_at_no_card_or_at_several_says_so(bank: Sandbox, number: str, reason: str) -> None:
    with pytest.raises(BadRequest) as no:
        await bank.look(number)
    assert no.value.reason == reason


async def test_a_bank_that_is_down_has_certainly_done_nothing(bank: Sandbox, fail: Any) -> None:
    id_, ours = await card_id(bank), key()
    switch = fail(mode="down")
    with pytest.raises(UnavailableError) as away:
        await bank.report_lost(id_, "temporary", ours)
    assert not isinstance(away.value, OutcomeUnknown)
    with pytest.raises(UnavailableError):
        await bank.find(last4="5678")
    switch.unlink()
    assert await bank.outcome(ours) is None


@pytest.mark.parametrize(("mode", "happened"), [
    ("drop_before", False), ("drop_after", True), ("garbage", True),
])
async def test_an_act_that_is_lost_has_happened_or_not_and_nobody_can_tell(
    bank: Sandbox, fail: Any, mode: str, happened: bool
) -> None:
    id_, ours = await card_id(bank), key()
    switch = fail(mode=mode)
    with pytest.raises(OutcomeUnknown):
        await bank.report_lost(id_, "temporary", ours)
    switch.unlink()
    assert (await bank.outcome(ours) is not None) == happened


async def test_a_late_receipt_is_of_an_act_that_has_long_happened(
    bank: Sandbox, fail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_, happened = await card_id(bank), []
    fail(mode="late", seconds=3)

    async def look(_seconds: float) -> None:
        happened.append(await bank.outcome("k"))

    monkeypatch.setattr(sandbox.asyncio, "sleep", look)
    receipt = await bank.report_lost(id_, "temporary", "k")
    assert happened == [receipt]


async def test_the_drops_leave_reads_alone(bank: Sandbox, fail: Any) -> None:
    fail(mode="drop_before", times=1)
    id_ = await card_id(bank)
    with pytest.raises(OutcomeUnknown):
        await bank.report_lost(id_, "temporary", key())


async def test_a_fault_strikes_as_often_as_it_should(bank: Sandbox, fail: Any) -> None:
    fail(mode="down", times=2)
    for _ in range(2):
        with pytest.raises(UnavailableError):
            await bank.ping()
    await bank.ping()


async def test_a_fault_strikes_the_verbs_it_names(bank: Sandbox, fail: Any) -> None:
    fail(mode="garbage", only=["outcome"])
    await bank.report_lost(await card_id(bank), "temporary", "k")
    with pytest.raises(UnavailableError):
        await bank.outcome("k")


async def test_a_bank_that_is_slow_answers_late_or_too_late(
    bank: Sandbox, fail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await card_id(bank)
    monkeypatch.setattr(sandbox, "TIMEOUT_S", 0.02)
    fail(mode="slow", seconds=0.01)
    assert (await bank.report_lost(id_, "temporary", "k")).key == "k"
    fail(mode="slow", seconds=0.03)
    with pytest.raises(OutcomeUnknown):
        await bank.lift_loss(id_, "l")
    with pytest.raises(UnavailableError):
        await bank.card(id_)
    fail(mode="down", times=0)
    assert await bank.outcome("l") is not None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"mode": "explode"}', '{"mode": "down", "times": -1}'])
async def test_a_switch_that_can_not_be_read_does_nothing(bank: Sandbox, fail: Any, text: str) -> None:
    fail(mode="down").write_text(text)
    await bank.ping()


async def test_many_calls_at_once_count_a_fault_down_one_by_one(rooms: Rooms, fail: Any) -> None:
    switch = faults.Faults(fail(mode="down", times=8))
    taken = await asyncio.gather(*(asyncio.to_thread(switch.take, "ping") for _ in range(20)))
    assert len([fault for fault in taken if fault]) == 8


def test_in_production_there_is_no_sandbox_and_no_switch(tmp_path: Path) -> None:
    settings = Settings(env="production", var=tmp_path)
    with pytest.raises(SettingsError, match="QIANTAI_BANK_URL"):
        wiring.sandbox_bank(settings.model_copy(update={"data_key": KEY}))


def test_beside_a_real_bank_there_is_no_sandbox(tmp_path: Path) -> None:
    settings = Settings(bank_url="https://core.example/v1", var=tmp_path)
    with pytest.raises(SettingsError, match="QIANTAI_BANK_URL"):
        wiring.sandbox_bank(settings)


async def history(rooms: Rooms) -> list[Any]:
    async with rooms.database.read() as connection:
        return list(await connection.execute(select(store.history)))


KEY = Settings.from_env({"QIANTAI_DATA_KEY": "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="}).data_key


async def test_a_customer_is_known_with_the_day_their_phone_changed(bank: Sandbox, clock: FakeClock) -> None:
    changed = made_up(["debit active"], random.SystemRandom(), phone_changed_at=clock.now())
    as_ever = made_up(["debit active"], random.SystemRandom())
    await bank.seeding.add([changed, as_ever])
    found = [await bank.customer(one.id) for one in (changed, as_ever)]
    assert [one and one.phone_changed_at for one in found] == [clock.now(), None]
