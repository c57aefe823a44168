"""The port's promises, kept alike by the sandbox and by the HTTP adapter in front of a real service."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.bank.errors import BankRefused
from bot.bank.http import HttpBank
from bot.bank.port import Act, Bank, Card, CardState
from bot.bank.seed import load_seed
from bot.clock import FakeClock
from bot.errors import UnavailableError
from bot.wiring import Rooms
from tests.support.bank_server import TOKEN, serving
from tests.support.memory_bank import MemoryBank
from tests.support.product import ROOT

pytestmark = pytest.mark.slow  # speaks with a server

WANG, LIU, MINOR, NOBODY = "c-1001", "c-1005", "c-1006", "c-9999"
SUN, ZHOU = "c-1007", "c-1008"


@pytest.fixture(params=["sandbox", "http"])
async def bank(request: pytest.FixtureRequest, rooms: Rooms, clock: FakeClock) -> AsyncIterator[Bank]:
    """Each of the two."""
    if request.param == "sandbox":
        yield rooms.bank
        return
    customers = load_seed(ROOT / "data/sandbox/bank.yml")
    async with serving(MemoryBank(clock, customers)) as server:
        adapter = HttpBank(server.url, TOKEN, clock)
        yield adapter
        await adapter.close()


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One database system is enough here: the store tests have both."""
    shutil.copy(sqlite_template, tmp_path / "record.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'record.db'}"


def key() -> str:
    return str(uuid.uuid4())


async def one(bank: Bank, last4: str) -> Card:
    (card,) = await bank.find(last4=last4)
    return card


async def refused(work: object) -> BankRefused:
    with pytest.raises(BankRefused) as no:
        await work  # type: ignore[misc]
    return no.value


async def test_a_customer_is_known_with_honorific_language_and_phone(bank: Bank) -> None:
    found = await bank.customer(WANG)
    assert found
    assert (found.honorific["zh"], found.honorific["en"]) == ("王女士", "Ms Wang")
    assert (found.language, found.phone, found.minor) == ("zh", "13800215678", False)


async def test_nobody_is_none_and_has_no_cards(bank: Bank) -> None:
    assert await bank.customer(NOBODY) is None
    assert await bank.cards(NOBODY) == []


async def test_a_customer_without_a_phone_has_none(bank: Bank) -> None:
    found = await bank.customer(LIU)
    assert found is not None
    assert found.phone is None


async def test_a_child_is_a_minor_until_the_fourteenth_birthday(bank: Bank, clock: FakeClock) -> None:
    child = await bank.customer(MINOR)
    assert child is not None
    assert child.minor
    clock.advance(3 * 366 * 24 * 3600)
    grown = await bank.customer(MINOR)
    assert grown is not None
    assert not grown.minor


async def test_the_cards_of_a_customer_have_state_and_kind(bank: Bank) -> None:
    cards = {card.last4: card for card in await bank.cards(WANG)}
    assert {last4: (card.kind, card.state) for last4, card in cards.items()} == {
        "5678": ("debit", CardState.ACTIVE), "0019": ("credit", CardState.ACTIVE),
        "2204": ("debit", CardState.DORMANT),
    }


async def test_a_card_is_found_by_its_id_and_the_id_is_not_its_number(bank: Bank) -> None:
    card = await one(bank, "5678")
    assert await bank.card(card.id) == card
    assert "5678" not in card.id


async def test_there_is_no_card_with_another_id(bank: Bank) -> None:
    assert await bank.card("of/nobody?") is None


async def test_several_people_may_share_the_last_four_digits(bank: Bank) -> None:
    found = await bank.find(last4="6612")
    assert len({card.customer_id for card in found}) == len(found) == 2


async def test_a_number_finds_one_card_and_a_wrong_one_none(bank: Bank) -> None:
    number = next(
        card.number for person in load_seed(ROOT / "data/sandbox/bank.yml")
        for card in person.cards if card.last4 == "6612"
    )
    (card,) = await bank.find(number=number)
    assert card.last4 == "6612"
    assert await bank.find(number=number[:-1] + "0") == []
    assert await bank.find(number=number, last4="0000") == []


async def test_the_end_of_the_id_tells_cards_apart_that_end_alike(bank: Bank) -> None:
    sharing = [
        one for one in load_seed(ROOT / "data/sandbox/bank.yml") if any(card.last4 == "6612" for card in one.cards)
    ]
    assert len(sharing) > 1
    for one in sharing:
        (card,) = await bank.find(last4="6612", id_last6=one.id_number[-6:])
        assert card.customer_id == one.id
    assert await bank.find(last4="6612", id_last6="00000X") == []


async def test_nothing_asked_finds_nothing(bank: Bank) -> None:
    assert await bank.find() == []


async def test_both_holders_of_a_joint_account_have_its_card(bank: Bank) -> None:
    shared = [card for card in await bank.cards(ZHOU) if card.joint]
    assert [card.customer_id for card in shared] == [SUN]
    assert shared[0] in await bank.cards(SUN)


async def test_the_end_of_the_id_number_matches_its_customer_alone(bank: Bank) -> None:
    (person,) = [one for one in load_seed(ROOT / "data/sandbox/bank.yml") if one.id_number.endswith("X")]
    last6 = person.id_number[-6:]
    assert await bank.identity_matches(person.id, last6)
    assert not await bank.identity_matches(person.id, "00000X")
    assert not await bank.identity_matches(WANG, last6)
    assert not await bank.identity_matches(NOBODY, last6)


async def test_a_temporary_report_stops_the_card_for_five_days(bank: Bank, clock: FakeClock) -> None:
    card, ours = await one(bank, "5678"), key()
    receipt = await bank.report_lost(card.id, "temporary", ours, holder=WANG)
    until = clock.now() + timedelta(days=5)
    assert (receipt.key, receipt.card_id, receipt.act) == (ours, card.id, Act.REPORT_LOST_TEMPORARY)
    assert (receipt.state, receipt.at, receipt.until) == (CardState.TEMPORARY_LOSS, clock.now(), until)
    assert receipt.fee == Decimal(0)
    assert receipt.reference
    now = await one(bank, "5678")
    assert (now.state, now.since, now.until) == (CardState.TEMPORARY_LOSS, clock.now(), until)


async def test_a_formal_report_has_no_end(bank: Bank) -> None:
    card = await one(bank, "5678")
    receipt = await bank.report_lost(card.id, "formal", key())
    assert (receipt.state, receipt.until) == (CardState.FORMAL_LOSS, None)


async def test_a_temporary_report_can_be_made_formal(bank: Bank) -> None:
    card = await one(bank, "8830")
    assert (await bank.report_lost(card.id, "formal", key())).state is CardState.FORMAL_LOSS


async def test_the_same_key_again_is_the_same_act_once(bank: Bank, clock: FakeClock) -> None:
    card, ours = await one(bank, "5678"), key()
    first = await bank.report_lost(card.id, "temporary", ours)
    clock.advance(60)
    assert await bank.report_lost(card.id, "temporary", ours) == first
    assert await bank.outcome(ours) == first


async def test_the_same_key_many_times_at_once_is_one_act(bank: Bank) -> None:
    card, ours = await one(bank, "5678"), key()
    tries = [bank.report_lost(card.id, "temporary", ours) for _ in range(6)]
    receipts = await asyncio.gather(*tries)
    assert len({receipt.reference for receipt in receipts}) == 1


async def test_a_key_gets_its_receipt_even_when_the_card_has_moved_on(bank: Bank) -> None:
    card, ours = await one(bank, "5678"), key()
    first = await bank.report_lost(card.id, "temporary", ours)
    await bank.lift_loss(card.id, key())
    assert await bank.report_lost(card.id, "temporary", ours) == first
    assert (await one(bank, "5678")).state is CardState.ACTIVE


async def test_a_key_is_not_lent_to_another_act(bank: Bank) -> None:
    card, ours = await one(bank, "5678"), key()
    await bank.report_lost(card.id, "temporary", ours)
    assert (await refused(bank.lift_loss(card.id, ours))).reason == "key_reused"


async def test_there_is_no_outcome_of_what_was_not_done(bank: Bank) -> None:
    assert await bank.outcome(key()) is None


@pytest.mark.parametrize("kind", ["temporary", "formal"])
@pytest.mark.parametrize("last4", ["5590", "8245"])
async def test_a_card_that_was_reported_is_told_since_when(bank: Bank, last4: str, kind: str) -> None:
    card, ours = await one(bank, last4), key()
    no = await refused(bank.report_lost(card.id, kind, ours))  # type: ignore[arg-type]
    assert (no.reason, no.details) == ("already_lost", {"since": card.since, "state": "formal_loss"})
    assert await bank.outcome(ours) is None


@pytest.mark.parametrize("last4", ["9108", "6374"])
async def test_a_closed_card_is_neither_reported_nor_lifted(bank: Bank, last4: str) -> None:
    card = await one(bank, last4)
    assert (await refused(bank.report_lost(card.id, "temporary", key()))).reason == "card_closed"
    assert (await refused(bank.lift_loss(card.id, key()))).reason == "card_closed"


NOT_LIFTABLE = {
    "5678": "active", "5590": "formal_loss", "6093": "pin_locked", "1187": "risk_frozen",
    "7420": "court_frozen", "2699": "dormant",
}


@pytest.mark.parametrize(("last4", "state"), NOT_LIFTABLE.items())
async def test_only_a_temporary_report_is_lifted(bank: Bank, last4: str, state: str) -> None:
    card = await one(bank, last4)
    no = await refused(bank.lift_loss(card.id, key()))
    assert (no.reason, no.details) == ("not_liftable", {"state": state})


@pytest.mark.parametrize(("last4", "state"), [
    ("5678", "active"), ("6093", "pin_locked"), ("1187", "risk_frozen"), ("7420", "court_frozen"),
    ("2699", "dormant"),
])
async def test_lifting_a_report_gives_back_what_the_card_was_and_nothing_better(
    bank: Bank, last4: str, state: str
) -> None:
    card = await one(bank, last4)
    await bank.report_lost(card.id, "temporary", key())
    receipt = await bank.lift_loss(card.id, key())
    assert receipt.state == state
    assert (await one(bank, last4)).state == state


async def test_a_temporary_report_runs_out_by_itself(bank: Bank, clock: FakeClock) -> None:
    card = await one(bank, "7420")
    receipt = await bank.report_lost(card.id, "temporary", key())
    clock.advance(5 * 24 * 3600)
    now = await one(bank, "7420")
    assert (now.state, now.since, now.until) == (CardState.COURT_FROZEN, receipt.until, None)
    again = await bank.report_lost(card.id, "temporary", key())
    assert again.reference != receipt.reference


async def test_a_card_of_nobody_is_refused(bank: Bank) -> None:
    assert (await refused(bank.report_lost("none", "temporary", key()))).reason == "no_such_card"


async def test_a_card_of_somebody_else_is_refused_and_stays_as_it_is(bank: Bank) -> None:
    card = await one(bank, "5678")
    assert (await refused(bank.report_lost(card.id, "temporary", key(), holder=LIU))).reason == "other_holder"
    assert await one(bank, "5678") == card


async def test_the_second_holder_may_report_the_joint_card(bank: Bank) -> None:
    card = await one(bank, "3365")
    assert (await bank.report_lost(card.id, "temporary", key(), holder=ZHOU)).state == "temporary_loss"


async def test_an_act_that_comes_too_late_does_not_begin(bank: Bank, clock: FakeClock) -> None:
    card, ours, not_after = await one(bank, "8830"), key(), clock.now()
    clock.advance(1)
    with pytest.raises(UnavailableError) as no:
        await bank.lift_loss(card.id, ours, not_after=not_after)
    assert no.value.reason == "bank"
    assert (await one(bank, "8830")).state is CardState.TEMPORARY_LOSS
    assert await bank.outcome(ours) is None


async def test_the_bank_answers_a_ping(bank: Bank) -> None:
    await bank.ping()
