"""The machines of tickets: every cell of them, and any steps in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Conflict
from bot.records.ticket_states import FIRST, LETTERS, LIVE, TRANSITIONS, Kind, State, Step, after
from tests.support.properties import thoroughly

QUESTIONS = (Kind.REQUEST, Kind.CALLBACK, Kind.FOLLOW_UP, Kind.DATA_REQUEST)

#: The contract's tables, written down a second time.
OF_QUESTIONS = """
open: taken>assigned assigned>assigned withdrawn>withdrawn
assigned: assigned>assigned noted>assigned answered>answered closed>closed withdrawn>withdrawn given_back>open
answered: noted>answered confirmed>closed closed>closed reopened>assigned withdrawn>withdrawn
closed: reopened>assigned
withdrawn:
"""
OF_COMPLAINTS = """
open: taken>assigned assigned>assigned extended>open withdrawn>withdrawn
assigned: assigned>assigned noted>investigating cause_found>investigating extended>assigned withdrawn>withdrawn \
given_back>open
investigating: assigned>investigating noted>investigating cause_found>investigating extended>investigating \
answered>answered withdrawn>withdrawn given_back>open
answered: noted>answered confirmed>closed closed>closed reopened>investigating withdrawn>withdrawn
closed: reopened>investigating
withdrawn:
"""
OF_APPOINTMENTS = """
requested: noted>requested confirmed>confirmed changed>changed cancelled>cancelled closed>closed
confirmed: noted>confirmed changed>changed cancelled>cancelled kept>kept closed>closed
changed: noted>changed confirmed>confirmed changed>changed cancelled>cancelled kept>kept closed>closed
cancelled:
kept:
closed:
"""


def cells(written: str) -> dict[tuple[str, str], str]:
    """(state, step) -> state, of a table as it is written above."""
    found = {}
    for line in written.strip().splitlines():
        state, _, steps = line.partition(":")
        for step, _, then in (one.partition(">") for one in steps.split()):
            found[state, step] = then
    return found


ALLOWED = {
    **dict.fromkeys(QUESTIONS, cells(OF_QUESTIONS)),
    Kind.COMPLAINT: cells(OF_COMPLAINTS),
    Kind.APPOINTMENT: cells(OF_APPOINTMENTS),
}
#: (kind, state) that exist.
PLACES = [(kind, state) for kind in Kind for state in TRANSITIONS[kind]]


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize(("kind", "state"), PLACES)
def test_each_step_leads_where_the_contract_says_or_is_refused(
    kind: Kind, state: State, step: Step
) -> None:
    expected = ALLOWED[kind].get((state.value, step.value))
    if expected is None:
        with pytest.raises(Conflict) as refused:
            after(kind, state, step, has_cause=True)
        assert refused.value.reason == "ticket_state"
        assert refused.value.details == {"state": state.value}
    else:
        assert after(kind, state, step, has_cause=True) == expected


@pytest.mark.parametrize("kind", Kind)
def test_every_state_that_can_be_reached_has_its_row(kind: Kind) -> None:
    table = TRANSITIONS[kind]
    assert {state for row in table.values() for state in row.values()} | {FIRST[kind]} == set(table)


def test_each_kind_has_a_letter_of_its_own() -> None:
    assert sorted(LETTERS.values()) == sorted("RCBFAD")


@pytest.mark.parametrize("step", [Step.ANSWERED, Step.CONFIRMED, Step.CLOSED])
def test_a_complaint_ends_by_no_step_without_its_cause(step: Step) -> None:
    state = State.INVESTIGATING if step is Step.ANSWERED else State.ANSWERED
    with pytest.raises(Conflict) as refused:
        after(Kind.COMPLAINT, state, step, has_cause=False)
    assert refused.value.reason == "cause_missing"


@thoroughly
@given(kind=st.sampled_from(Kind), steps=st.lists(st.sampled_from(Step), max_size=30))
def test_no_steps_in_any_order_lead_to_a_forbidden_state(kind: Kind, steps: list[Step]) -> None:
    state, cause, history = FIRST[kind], False, [FIRST[kind]]
    for step in steps:
        has_cause = cause or step is Step.CAUSE_FOUND
        try:
            then = after(kind, state, step, has_cause=has_cause)
        except Conflict:
            continue
        assert state is not State.WITHDRAWN  # it never comes back
        assert ALLOWED[kind][state.value, step.value] == then
        state, cause = then, has_cause
        history.append(then)
        if kind is Kind.COMPLAINT and state in (State.ANSWERED, State.CLOSED):
            assert cause
    assert set(history) <= set(TRANSITIONS[kind])
    if kind is not Kind.COMPLAINT:
        assert State.INVESTIGATING not in history
    if State.CLOSED in history and kind is Kind.COMPLAINT:
        assert history.index(State.ANSWERED) < history.index(State.CLOSED)


def test_clocks_run_while_somebody_owes_something() -> None:
    assert {state.value for state in LIVE} == {
        "open", "assigned", "investigating", "requested", "confirmed", "changed",
    }
