"""What stands after any sequence of answers, and when what is kept ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Conflict
from bot.records.consent_states import TRANSITIONS, Decision, counts, ends, may_ask
from tests.support.properties import thoroughly

answers = st.lists(st.tuples(st.sampled_from(Decision), st.sampled_from(["1", "2"])), max_size=12)


@given(answers)
@thoroughly
def test_something_is_kept_only_while_the_last_word_is_yes(said: list[tuple[Decision, str]]) -> None:
    last: Decision | None = None
    kept = False
    for decision, _version in said:
        try:
            over = ends(last, decision)
        except Conflict:
            continue
        last = decision
        kept = (kept and not over) or decision is Decision.GIVEN
        assert kept == (last is Decision.GIVEN)


@given(answers)
@thoroughly
def test_whoever_has_said_no_is_never_asked_again_whatever_the_text_says_now(
    said: list[tuple[Decision, str]],
) -> None:
    last: Decision | None = None
    for decision, version in said:
        if decision in TRANSITIONS[last]:
            last = decision
            if decision is not Decision.GIVEN:
                for current in ("1", "2"):
                    assert not may_ask(counts(last, version=version, current=current))


def test_a_yes_to_an_earlier_text_has_to_be_asked_anew() -> None:
    assert counts(Decision.GIVEN, version="1", current="2") is None
    assert counts(Decision.GIVEN, version="2", current="2") is Decision.GIVEN


@pytest.mark.parametrize("standing", [None, Decision.REFUSED, Decision.WITHDRAWN])
def test_only_a_yes_can_be_taken_back(standing: Decision | None) -> None:
    with pytest.raises(Conflict) as refused:
        ends(standing, Decision.WITHDRAWN)
    assert refused.value.reason == "nothing_to_withdraw"


def test_the_table_names_every_state() -> None:
    assert set(TRANSITIONS) == {None, *Decision}
