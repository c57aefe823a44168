"""The circuit breaker: opens after three failures in a row, lets one trial through after ten seconds."""

import asyncio

import pytest

from bot.bank.breaker import FAILURES_TO_OPEN, OPEN_S, Breaker
from bot.clock import FakeClock
from bot.errors import Conflict, UnavailableError


@pytest.fixture
def breaker(clock: FakeClock) -> Breaker:
    return Breaker("bank", clock)


def fail(breaker: Breaker, error: BaseException | None = None) -> None:
    with pytest.raises((UnavailableError, Conflict, asyncio.CancelledError)), breaker.call():
        raise error or UnavailableError("bank")


def succeed(breaker: Breaker) -> None:
    with breaker.call():
        pass


def opened(breaker: Breaker) -> Breaker:
    for _ in range(FAILURES_TO_OPEN):
        fail(breaker)
    return breaker


def is_let_through(breaker: Breaker) -> bool:
    try:
        with breaker.call():
            return True
    except UnavailableError:
        return False


def test_fewer_failures_leave_it_closed(breaker: Breaker) -> None:
    for _ in range(FAILURES_TO_OPEN - 1):
        fail(breaker)
    assert is_let_through(breaker)


def test_enough_failures_in_a_row_open_it(breaker: Breaker) -> None:
    assert not is_let_through(opened(breaker))


def test_a_success_between_starts_the_count_anew(breaker: Breaker) -> None:
    for _ in range(FAILURES_TO_OPEN - 1):
        fail(breaker)
    succeed(breaker)
    for _ in range(FAILURES_TO_OPEN - 1):
        fail(breaker)
    assert not breaker.is_open


def test_a_refusal_by_the_rules_is_a_success(breaker: Breaker) -> None:
    for _ in range(FAILURES_TO_OPEN):
        fail(breaker, Conflict("already_lost"))
    assert not breaker.is_open


def test_it_says_when_to_come_back(breaker: Breaker, clock: FakeClock) -> None:
    opened(breaker)
    clock.advance(4)
    with pytest.raises(UnavailableError) as away, breaker.call():
        pass
    assert (away.value.reason, away.value.details) == ("bank", {"retry_after_s": 6})


def test_it_stays_open_until_its_time_is_up(breaker: Breaker, clock: FakeClock) -> None:
    opened(breaker)
    clock.advance(OPEN_S - 0.1)
    assert not is_let_through(breaker)


def test_a_trial_that_goes_well_closes_it(breaker: Breaker, clock: FakeClock) -> None:
    opened(breaker)
    clock.advance(OPEN_S)
    succeed(breaker)
    assert not breaker.is_open
    assert is_let_through(breaker)


def test_a_trial_that_fails_opens_it_for_as_long_again(breaker: Breaker, clock: FakeClock) -> None:
    opened(breaker)
    clock.advance(OPEN_S)
    fail(breaker)
    clock.advance(OPEN_S - 0.1)
    assert not is_let_through(breaker)


def test_one_trial_at_a_time(breaker: Breaker, clock: FakeClock) -> None:
    opened(breaker)
    clock.advance(OPEN_S)
    with breaker.call():
        assert not is_let_through(breaker)


def test_a_trial_that_is_cancelled_leaves_room_for_the_next(breaker: Breaker, clock: FakeClock) -> None:
    opened(breaker)
    clock.advance(OPEN_S)
    fail(breaker, asyncio.CancelledError())
    assert breaker.is_open
    assert is_let_through(breaker)
