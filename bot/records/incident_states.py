"""The life of an incident with personal data, and what the law asks of it (L10, PIPL 57)."""

from enum import StrEnum

from bot.errors import Conflict

#: What authority and people are told, and what has to be known before an incident is closed.
FIELDS = ("data_kinds", "cause", "harm", "measures", "self_help", "contact")

#: Who may say that something has happened, and who follows it up.
REPORTERS = frozenset({"agent", "supervisor", "editor", "compliance"})
HANDLERS = frozenset({"supervisor", "compliance"})


class State(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    CLOSED = "closed"


class Step(StrEnum):
    """What happened to it, in the past tense."""

    OPENED = "opened"
    FILLED = "filled"
    AUTHORITY_TOLD = "authority_told"
    PEOPLE_TOLD = "people_told"
    CLOSED = "closed"
    REOPENED = "reopened"


#: The whole machine; a missing cell is a step that is not allowed.
TRANSITIONS: dict[State, dict[Step, State]] = {
    State.OPEN: {
        Step.FILLED: State.OPEN,
        Step.AUTHORITY_TOLD: State.OPEN,
        Step.PEOPLE_TOLD: State.OPEN,
        Step.CLOSED: State.CLOSED,
    },
    State.CLOSED: {Step.REOPENED: State.OPEN},
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
