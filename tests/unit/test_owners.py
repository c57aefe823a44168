"""Owners and waits as machines: every cell of both tables, and that they never fall apart."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.conversation import states as owners
from bot.conversation.states import Owner, Step, next_owner
from bot.conversation.store import Conversation, speaks_now
from bot.errors import Conflict
from bot.handoff import states as waits
from bot.handoff.states import Event, State, after
from tests.support.properties import THOROUGHLY

#: The contract's table, written down a second time.
ALLOWED = {
    ("bot", "handoff_requested"): "queue",
    ("bot", "closed"): "closed",
    ("queue", "claimed"): "agent",
    ("queue", "left_queue"): "bot",
    ("queue", "closed"): "closed",
    ("agent", "returned_to_bot"): "bot",
    ("agent", "transferred"): "queue",
    ("agent", "agent_vanished"): "queue",
    ("agent", "closed"): "closed",
}
#: The step of the owner and the event of the wait that are one thing.
TOGETHER = [
    (Step.CLAIMED, Event.CLAIMED),
    (Step.LEFT_QUEUE, Event.LEFT_BY_CUSTOMER),
    (Step.TRANSFERRED, Event.TRANSFERRED),
    (Step.AGENT_VANISHED, Event.AGENT_VANISHED),
    (Step.RETURNED_TO_BOT, Event.WRAPPED_UP),
]


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("owner", Owner)
def test_each_step_leads_where_the_contract_says_or_is_refused(owner: Owner, step: Step) -> None:
    expected = ALLOWED.get((owner.value, step.value))
    if expected is None:
        with pytest.raises(Conflict) as refused:
            next_owner(owner, step)
        assert refused.value.details == {"state": owner.value}
    else:
        assert next_owner(owner, step) == expected


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", [State.DONE, State.LEFT])
def test_nothing_happens_to_a_wait_that_is_over(state: State, event: Event) -> None:
    with pytest.raises(Conflict):
        after(state, event)


def test_every_owner_and_every_state_has_its_row() -> None:
    assert set(owners.TRANSITIONS) == set(Owner)
    assert set(waits.TRANSITIONS) == set(State)


class Conversing(RuleBasedStateMachine):
    """A conversation and its wait for a person, through any steps in any order."""

    def __init__(self) -> None:
        super().__init__()
        now = datetime(2026, 11, 23, tzinfo=UTC)
        self.talk = Conversation(
            "c", "zh", Owner.BOT, 1, None, None, 0, 1, None, now, None, None, {}
        )
        self.wait: State | None = None
        self.turns = 0
        #: (epoch, turn) of words that somebody is still thinking up
        self.pending: list[tuple[int, str | None]] = []

    def _step(self, step: Step, turn_id: str | None = None) -> None:
        owner = next_owner(self.talk.owner, step)
        self.talk = replace(
            self.talk, owner=owner, epoch=self.talk.epoch + 1, epoch_turn_id=turn_id
        )

    @rule()
    def begin_to_think(self) -> None:
        self.turns += 1
        self.pending.append((self.talk.epoch, f"turn-{self.turns}"))

    @precondition(lambda self: self.talk.owner is Owner.BOT and self.pending)
    @rule()
    def hand_over(self) -> None:
        self._step(Step.HANDOFF_REQUESTED, self.pending[-1][1])
        self.wait = State.WAITING

    @rule(pair=st.sampled_from(TOGETHER))
    def step_together(self, pair: tuple[Step, Event]) -> None:
        step, event = pair
        before = self.talk
        try:
            self._step(step)
        except Conflict:
            assert self.talk is before
            if self.wait is not None:
                with pytest.raises(Conflict):
                    after(self.wait, event)
        else:
            assert self.wait is not None
            self.wait = after(self.wait, event)

    @precondition(lambda self: self.talk.owner is not Owner.CLOSED)
    @rule()
    def end(self) -> None:
        self._step(Step.CLOSED)
        if self.wait in (State.WAITING, State.ASSIGNED):
            self.wait = after(self.wait, Event.CONVERSATION_ENDED)

    @invariant()
    def waiting_means_in_the_line(self) -> None:
        assert (self.wait is State.WAITING) == (self.talk.owner is Owner.QUEUE)

    @invariant()
    def assigned_means_with_an_agent(self) -> None:
        assert (self.wait is State.ASSIGNED) == (self.talk.owner is Owner.AGENT)

    @invariant()
    def only_words_of_the_present_epoch_are_said(self) -> None:
        for epoch, turn_id in self.pending:
            began_it = turn_id == self.talk.epoch_turn_id and epoch == self.talk.epoch - 1
            assert speaks_now(self.talk, epoch, turn_id) == (epoch == self.talk.epoch or began_it)


Conversing.TestCase.settings = settings(max_examples=THOROUGHLY, stateful_step_count=25)
TestConversing = pytest.mark.slow(Conversing.TestCase)
