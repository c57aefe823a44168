"""What may be done to a card, and the life of a case: every cell of both tables."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.bank import cards, states
from bot.bank.errors import REASONS, BankRefused
from bot.bank.port import Act, CardState
from bot.bank.states import Event, Next, State, after, counts, is_over, next_look, next_step
from bot.errors import Conflict

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TEMPORARY, FORMAL, LIFT = Act.REPORT_LOST_TEMPORARY, Act.REPORT_LOST_FORMAL, Act.LIFT_LOSS
STOPPABLE = ["active", "pin_locked", "risk_frozen", "court_frozen", "dormant"]

#: The rules of a card, written down a second time.
ALLOWED = {
    **{(state, TEMPORARY): "temporary_loss" for state in STOPPABLE},
    **{(state, FORMAL): "formal_loss" for state in STOPPABLE},
    ("temporary_loss", FORMAL): "formal_loss",
    ("temporary_loss", LIFT): "risk_frozen",  # what it was before
}
REFUSED = {
    **{(state, LIFT): "not_liftable" for state in (*STOPPABLE, "formal_loss")},
    ("temporary_loss", TEMPORARY): "already_lost",
    ("formal_loss", TEMPORARY): "already_lost",
    ("formal_loss", FORMAL): "already_lost",
    **{("closed", act): "card_closed" for act in Act},
}


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", CardState)
def test_an_act_leads_where_the_rules_say_or_is_refused_with_its_reason(
    state: CardState, act: Act
) -> None:
    def do() -> CardState:
        return cards.after(state, act, before=CardState.RISK_FROZEN, since=NOW)

    if reason := REFUSED.get((state.value, act)):
        with pytest.raises(BankRefused) as no:
            do()
        assert no.value.reason == reason
        assert reason in REASONS
    else:
        assert do() == ALLOWED[(state.value, act)]


#: The life of a case, written down a second time.
LIFE = {
    ("open", "called"): "confirming",
    ("open", "executed"): "done",
    ("open", "dropped"): "refused",
    ("open", "given_up"): "handed_over",
    ("confirming", "called"): "confirming",
    ("confirming", "executed"): "done",
    ("confirming", "declined"): "refused",
    ("confirming", "not_reached"): "open",
    ("confirming", "dropped"): "refused",
    ("confirming", "given_up"): "handed_over",
    ("refused", "executed"): "done",
    ("handed_over", "executed"): "done",
}


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", State)
def test_a_case_lives_as_the_table_says(state: State, event: Event) -> None:
    expected = LIFE.get((state.value, event.value))
    if expected is None:
        with pytest.raises(Conflict) as no:
            after(state, event)
        assert no.value.details == {"state": state.value}
    else:
        assert after(state, event) == expected


def test_every_state_has_its_row() -> None:
    assert set(states.TRANSITIONS) == set(State)
    assert set(cards.TRANSITIONS) == set(CardState)


def test_only_a_receipt_leads_to_done() -> None:
    ways = {e for row in states.TRANSITIONS.values() for e, to in row.items() if to is State.DONE}
    assert ways == {Event.EXECUTED}


@pytest.mark.parametrize("event", [Event.DECLINED, Event.NOT_REACHED])
def test_what_an_earlier_attempt_failed_in_says_nothing_of_the_case(event: Event) -> None:
    assert not counts(State.CONFIRMING, event, attempt=1, latest=2)
    assert counts(State.CONFIRMING, event, attempt=2, latest=2)


def test_a_receipt_counts_whenever_it_comes() -> None:
    assert counts(State.REFUSED, Event.EXECUTED, attempt=1, latest=3)


def test_an_attempt_is_over_when_the_bank_may_no_longer_begin() -> None:
    at = NOW + timedelta(seconds=states.ATTEMPT_S)
    assert is_over(None, NOW)
    assert not is_over(NOW, at)
    assert is_over(NOW, at + timedelta(milliseconds=1))


def test_a_card_is_never_opened_behind_its_holders_back() -> None:
    assert next_step(LIFT, NOW, NOW + timedelta(seconds=20)) is Next.DROP


def test_a_report_is_tried_for_a_day() -> None:
    assert next_step(TEMPORARY, NOW, NOW + timedelta(hours=24)) is Next.CALL
    assert next_step(TEMPORARY, NOW, NOW + timedelta(hours=24, seconds=1)) is Next.GIVE_UP


@pytest.mark.parametrize(("age_s", "pause_s"), [(0, 5), (20, 5), (60, 15), (240, 60), (80000, 60)])
def test_the_older_a_case_the_longer_the_pauses_up_to_a_minute(age_s: int, pause_s: int) -> None:
    now = NOW + timedelta(seconds=age_s)
    assert next_look(NOW, now) == now + timedelta(seconds=pause_s)


def test_an_action_has_time_for_a_look_and_a_call() -> None:
    from actions.base import BUDGET_S
    from bot.bank import http, sandbox

    assert states.LOOK_S + states.ATTEMPT_S < BUDGET_S < states.SETTLE_AFTER_S
    assert http.CONNECT_S < http.TRY_S < http.TOTAL_S < states.ATTEMPT_S
    assert sandbox.TIMEOUT_S < states.ATTEMPT_S
