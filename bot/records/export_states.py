"""The life of a request to pass records on, and what they may be passed on for (R20, L08)."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from bot.errors import Conflict

#: How long after its approval an export may be fetched; once.
OPEN_FOR = timedelta(hours=24)
#: A request is about no more things than this: whoever approves it must be able to look at them.
MAX_THINGS = 500

#: Who may ask, and who may allow: never the same person.
REQUESTERS = frozenset({"agent", "supervisor", "compliance"})
APPROVERS = frozenset({"compliance"})
#: Who may see which exports there were.
READERS = frozenset({"supervisor", "compliance"})

Detail = Literal["masked", "full"]
#: What records are passed on for, and how much of a person may be in them at most.
PURPOSES: dict[str, Detail] = {
    "mediation": "full",
    "supervision": "full",
    "court": "full",
    "audit": "masked",
    "quality": "masked",
}
#: What makes it lawful: the customer's separate consent, or a law that the approver names.
GROUNDS = ("consent", "law")
KINDS = ("transcripts", "tickets")


class State(StrEnum):
    """Where a request stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    FETCHED = "fetched"


class Step(StrEnum):
    """What happened to it, in the past tense."""

    APPROVED = "approved"
    REFUSED = "refused"
    FETCHED = "fetched"


#: The whole machine; a missing cell is a step that is not allowed.
TRANSITIONS: dict[State, dict[Step, State]] = {
    State.REQUESTED: {Step.APPROVED: State.APPROVED, Step.REFUSED: State.REFUSED},
    State.APPROVED: {Step.FETCHED: State.FETCHED, Step.REFUSED: State.REFUSED},
    State.REFUSED: {},
    State.FETCHED: {},
}


def after(state: State, step: Step) -> State:
    """The state after this step.

    Raises:
        Conflict: the step is not allowed from here (I36).
    """
    try:
        return TRANSITIONS[state][step]
    except KeyError:
        raise Conflict("wrong_state", state=state.value) from None
