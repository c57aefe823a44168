"""The HTTP adapter against a bank that fails: what is unknown is said to be unknown, and nothing twice."""

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import orjson
import pytest

from bot.bank import breaker, http
from bot.bank.errors import BankRefused, OutcomeUnknown
from bot.bank.http import HttpBank
from bot.bank.port import Act, CardState
from bot.bank.seed import load_seed
from bot.clock import FakeClock
from bot.errors import UnavailableError
from tests.support.bank_server import NOT_EXECUTED, TOKEN, WRONG, BankServer, serving
from tests.support.memory_bank import MemoryBank
from tests.support.product import ROOT

pytestmark = pytest.mark.slow  # speaks with a server that hangs

CARD = "card-0"
#: Faults after which an act may have happened.
UNKNOWN = [*WRONG, "cut_before", "hang"]


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[BankServer]:
    customers = load_seed(ROOT / "data/sandbox/bank.yml")
    async with serving(MemoryBank(clock, customers)) as server:
        yield server


@pytest.fixture
async def bank(
    server: BankServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[HttpBank]:
    """The adapter, in more of a hurry than in service."""
    monkeypatch.setattr(http, "TRY_S", 0.3)
    monkeypatch.setattr(http, "TOTAL_S", 0.6)
    adapter = HttpBank(server.url, TOKEN, clock)
    yield adapter
    await adapter.close()


def key() -> str:
    return str(uuid.uuid4())


def acts(server: BankServer) -> list[str]:
    return [request.headers["idempotency-key"] for request in server.seen if "loss-reports" in request.path]


def executed(server: BankServer) -> int:
    assert isinstance(server.bank, MemoryBank)
    return len(server.bank.receipts)


READS: dict[str, Any] = {
    "customer": lambda bank: bank.customer("c-1001"),
    "cards": lambda bank: bank.cards("c-1001"),
    "card": lambda bank: bank.card(CARD),
    "find": lambda bank: bank.find(last4="5678"),
    "identity": lambda bank: bank.identity_matches("c-1001", "140204"),
    "outcome": lambda bank: bank.outcome("some-key"),
    "ping": lambda bank: bank.ping(),
}


@pytest.mark.parametrize("fault", [*WRONG, *NOT_EXECUTED])
@pytest.mark.parametrize("read", READS)
async def test_a_reply_that_is_none_means_that_the_bank_is_away(
    bank: HttpBank, server: BankServer, read: str, fault: str
) -> None:
    server.faults = [fault]
    with pytest.raises(UnavailableError) as away:
        await READS[read](bank)
    assert away.value.reason == "bank"


@pytest.mark.parametrize("fault", ["hang", "drip"])
async def test_a_slow_read_is_not_waited_for(bank: HttpBank, server: BankServer, fault: str) -> None:
    server.faults = [fault]
    async with asyncio.timeout(3):
        with pytest.raises(UnavailableError):
            await bank.find(last4="5678")


async def test_a_read_whose_connection_breaks_is_asked_again(bank: HttpBank, server: BankServer) -> None:
    server.faults = ["cut_before"]
    assert len(await bank.find(last4="5678")) == 1
    assert len(server.seen) == 2


async def test_a_read_is_asked_twice_and_not_three_times(bank: HttpBank, server: BankServer) -> None:
    server.faults = ["cut_before", "cut_before", "cut_before"]
    with pytest.raises(UnavailableError):
        await bank.find(last4="5678")
    assert len(server.seen) == 2


@pytest.mark.parametrize("fault", [*(f"after:{name}" for name in WRONG), "hang_after", "cut_after"])
async def test_an_act_whose_receipt_is_lost_is_looked_up_and_not_done_again(
    bank: HttpBank, server: BankServer, fault: str
) -> None:
    server.faults, ours = [fault], key()
    receipt = await bank.report_lost(CARD, "temporary", ours)
    assert (receipt.key, receipt.state) == (ours, CardState.TEMPORARY_LOSS)
    assert acts(server) == [ours]
    assert executed(server) == 1


@pytest.mark.parametrize("fault", UNKNOWN)
async def test_an_act_that_did_not_arrive_is_sent_again_with_its_key(
    bank: HttpBank, server: BankServer, fault: str
) -> None:
    server.faults, ours = [fault], key()
    receipt = await bank.report_lost(CARD, "temporary", ours)
    assert acts(server) == [ours, ours]
    assert (receipt.key, executed(server)) == (ours, 1)


@pytest.mark.parametrize("first", [*(f"after:{name}" for name in WRONG), *UNKNOWN])
@pytest.mark.parametrize("then", ["error_500", "error_503", "html_404"])
async def test_an_act_of_which_nothing_can_be_learnt_is_unknown(
    bank: HttpBank, server: BankServer, first: str, then: str
) -> None:
    server.faults = [first, then]
    with pytest.raises(OutcomeUnknown) as unknown:
        await bank.report_lost(CARD, "temporary", key())
    assert unknown.value.reason == "bank_unknown"
    assert len(acts(server)) == 1


async def test_a_second_try_that_is_turned_away_leaves_the_first_unknown(
    bank: HttpBank, server: BankServer
) -> None:
    server.faults = ["cut_before", "ok", "error_503"]
    with pytest.raises(OutcomeUnknown):
        await bank.lift_loss(CARD, key())


@pytest.mark.parametrize("fault", NOT_EXECUTED)
async def test_what_the_bank_promises_not_to_have_done_is_certain_and_not_sent_again(
    bank: HttpBank, server: BankServer, fault: str
) -> None:
    server.faults = [fault]
    with pytest.raises(UnavailableError) as away:
        await bank.report_lost(CARD, "temporary", key())
    assert not isinstance(away.value, OutcomeUnknown)
    assert len(server.seen) == 1


async def test_a_port_that_nobody_listens_on_is_certain(clock: FakeClock) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    bank = HttpBank(f"http://127.0.0.1:{port}/v1", TOKEN, clock)
    with pytest.raises(UnavailableError) as away:
        await bank.report_lost(CARD, "temporary", key())
    assert not isinstance(away.value, OutcomeUnknown)
    await bank.close()


async def test_a_receipt_of_another_act_proves_nothing(bank: HttpBank, server: BankServer) -> None:
    theirs = await bank.report_lost("card-1", "temporary", key())
    body = orjson.dumps({**theirs.public()})
    WRONG["theirs"] = (201, "application/json", body)
    server.faults = ["theirs", "theirs", "theirs"]
    try:
        with pytest.raises(OutcomeUnknown):
            await bank.report_lost(CARD, "temporary", key())
    finally:
        del WRONG["theirs"]


async def test_a_refusal_says_since_when(bank: HttpBank, clock: FakeClock) -> None:
    await bank.report_lost(CARD, "temporary", key())
    reported_at = clock.now()
    clock.advance(60)
    with pytest.raises(BankRefused) as no:
        await bank.report_lost(CARD, "temporary", key())
    assert (no.value.reason, no.value.details["since"]) == ("already_lost", reported_at)


async def test_a_refusal_of_a_kind_we_do_not_know_is_unknown(bank: HttpBank, server: BankServer) -> None:
    WRONG["new_kind"] = (409, "application/json", b'{"error": {"code": "key_in_progress"}}')
    server.faults = ["new_kind", "html"]
    try:
        with pytest.raises(OutcomeUnknown):
            await bank.report_lost(CARD, "temporary", key())
    finally:
        del WRONG["new_kind"]


async def test_a_call_carries_key_deadline_and_token(
    bank: HttpBank, server: BankServer, clock: FakeClock
) -> None:
    ours, not_after = key(), clock.now() + timedelta(seconds=2)
    await bank.report_lost(CARD, "temporary", ours, holder="c-1001", not_after=not_after)
    (request,) = server.seen
    assert request.headers["idempotency-key"] == ours
    assert request.headers["not-after"] == not_after.isoformat()
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert orjson.loads(request.body) == {"kind": "temporary", "holder": "c-1001"}


async def test_no_number_stands_in_an_address(bank: HttpBank, server: BankServer) -> None:
    await bank.find(number="6299990000000385678")
    await bank.identity_matches("c-1001", "140204")
    assert [path for path in (r.path for r in server.seen) if "6299" in path or "140204" in path] == []


async def test_what_is_in_an_id_stays_one_part_of_the_path(bank: HttpBank, server: BankServer) -> None:
    assert await bank.card("x/../../acts?y#z") is None
    assert server.seen[0].path == "/v1/cards/x%2F..%2F..%2Facts%3Fy%23z"


async def test_a_large_reply_is_not_read_to_its_end(bank: HttpBank, server: BankServer) -> None:
    server.faults = ["ten_megabytes"]
    read = 0

    async def count(chunks: Any) -> Any:
        nonlocal read
        async for chunk in chunks:
            read += len(chunk)
            yield chunk

    real = bank._client.send

    async def send(*args: Any, **more: Any) -> Any:
        response = await real(*args, **more)
        response.aiter_raw = lambda: count(type(response).aiter_raw(response))
        return response

    bank._client.send = send  # type: ignore[method-assign]
    with pytest.raises(UnavailableError):
        await bank.cards("c-1001")
    assert 0 < read < 1_000_000


async def test_after_three_failures_nobody_waits(bank: HttpBank, server: BankServer) -> None:
    server.faults = ["error_500"] * breaker.FAILURES_TO_OPEN
    for _ in range(breaker.FAILURES_TO_OPEN):
        with pytest.raises(UnavailableError):
            await bank.ping()
    with pytest.raises(UnavailableError) as away:
        await bank.report_lost(CARD, "temporary", key())
    assert not isinstance(away.value, OutcomeUnknown)
    assert away.value.details["retry_after_s"] == breaker.OPEN_S
    assert len(server.seen) == breaker.FAILURES_TO_OPEN


async def test_a_bank_that_is_back_is_found_by_one_trial(
    bank: HttpBank, server: BankServer, clock: FakeClock
) -> None:
    server.faults = ["error_500"] * breaker.FAILURES_TO_OPEN
    for _ in range(breaker.FAILURES_TO_OPEN):
        with pytest.raises(UnavailableError):
            await bank.ping()
    clock.advance(breaker.OPEN_S)
    receipt = await bank.report_lost(CARD, "temporary", key())
    assert receipt.act is Act.REPORT_LOST_TEMPORARY
    assert not bank.breaker.is_open


async def test_acts_that_are_too_slow_open_the_breaker(bank: HttpBank, server: BankServer) -> None:
    server.faults = ["hang"] * 2 * breaker.FAILURES_TO_OPEN  # each act, and the look what came of it
    for _ in range(breaker.FAILURES_TO_OPEN):
        with pytest.raises(OutcomeUnknown):
            await bank.report_lost(CARD, "temporary", key())
    assert bank.breaker.is_open


async def test_refusals_do_not_open_the_breaker(bank: HttpBank) -> None:
    for _ in range(breaker.FAILURES_TO_OPEN + 1):
        with pytest.raises(BankRefused):
            await bank.lift_loss(CARD, key())
    assert not bank.breaker.is_open
