"""The life of a ticket, kind by kind. Everything about its states is here.

A complaint is investigated before it is answered (R28), an appointment is a visit and no question,
the other kinds are questions that somebody answers.
"""

from enum import StrEnum

from bot.errors import Conflict


class Kind(StrEnum):
    """What a ticket is about; the value is stored."""

    REQUEST = "request"
    COMPLAINT = "complaint"
    CALLBACK = "callback"
    FOLLOW_UP = "follow_up"
    APPOINTMENT = "appointment"
    DATA_REQUEST = "data_request"


#: The letter of a reference that a customer can read out.
LETTERS = {
    Kind.REQUEST: "R",
    Kind.COMPLAINT: "C",
    Kind.CALLBACK: "B",
    Kind.FOLLOW_UP: "F",
    Kind.APPOINTMENT: "A",
    Kind.DATA_REQUEST: "D",
}


class State(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    INVESTIGATING = "investigating"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    KEPT = "kept"


class Step(StrEnum):
    """What happened to a ticket, in the past tense."""

    TAKEN = "taken"
    ASSIGNED = "assigned"
    NOTED = "noted"
    CAUSE_FOUND = "cause_found"
    EXTENDED = "extended"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    KEPT = "kept"
    GIVEN_BACK = "given_back"


Table = dict[State, dict[Step, State]]

#: A question, and whoever answers it; a missing cell is a step that is not allowed.
QUESTION: Table = {
    State.OPEN: {
        Step.TAKEN: State.ASSIGNED,
        Step.ASSIGNED: State.ASSIGNED,
        Step.WITHDRAWN: State.WITHDRAWN,
    },
    State.ASSIGNED: {
        Step.ASSIGNED: State.ASSIGNED,
        Step.NOTED: State.ASSIGNED,
        Step.GIVEN_BACK: State.OPEN,
        Step.ANSWERED: State.ANSWERED,
        Step.CLOSED: State.CLOSED,  # answered by other means, such as a call
        Step.WITHDRAWN: State.WITHDRAWN,
    },
    State.ANSWERED: {
        Step.NOTED: State.ANSWERED,
        Step.CONFIRMED: State.CLOSED,
        Step.CLOSED: State.CLOSED,
        Step.REOPENED: State.ASSIGNED,
        Step.WITHDRAWN: State.WITHDRAWN,
    },
    State.CLOSED: {Step.REOPENED: State.ASSIGNED},
    State.WITHDRAWN: {},
}

#: A complaint: the first note begins the investigation, and only an answer leads to its end.
COMPLAINT: Table = {
    State.OPEN: {
        Step.TAKEN: State.ASSIGNED,
        Step.ASSIGNED: State.ASSIGNED,
        Step.EXTENDED: State.OPEN,
        Step.WITHDRAWN: State.WITHDRAWN,
    },
    State.ASSIGNED: {
        Step.ASSIGNED: State.ASSIGNED,
        Step.NOTED: State.INVESTIGATING,
        Step.CAUSE_FOUND: State.INVESTIGATING,
        Step.EXTENDED: State.ASSIGNED,
        Step.GIVEN_BACK: State.OPEN,
        Step.WITHDRAWN: State.WITHDRAWN,
    },
    State.INVESTIGATING: {
        Step.ASSIGNED: State.INVESTIGATING,
        Step.NOTED: State.INVESTIGATING,
        Step.CAUSE_FOUND: State.INVESTIGATING,
        Step.EXTENDED: State.INVESTIGATING,
        Step.GIVEN_BACK: State.OPEN,
        Step.ANSWERED: State.ANSWERED,
        Step.WITHDRAWN: State.WITHDRAWN,
    },
    State.ANSWERED: {
        Step.NOTED: State.ANSWERED,
        Step.CONFIRMED: State.CLOSED,
        Step.CLOSED: State.CLOSED,
        Step.REOPENED: State.INVESTIGATING,
        Step.WITHDRAWN: State.WITHDRAWN,
    },
    State.CLOSED: {Step.REOPENED: State.INVESTIGATING},
    State.WITHDRAWN: {},
}

#: A visit to a branch; a changed one wants to be confirmed again.
APPOINTMENT: Table = {
    State.REQUESTED: {
        Step.NOTED: State.REQUESTED,
        Step.CONFIRMED: State.CONFIRMED,
        Step.CHANGED: State.CHANGED,
        Step.CANCELLED: State.CANCELLED,
        Step.CLOSED: State.CLOSED,  # the day went by and nobody came
    },
    State.CONFIRMED: {
        Step.NOTED: State.CONFIRMED,
        Step.CHANGED: State.CHANGED,
        Step.CANCELLED: State.CANCELLED,
        Step.KEPT: State.KEPT,
        Step.CLOSED: State.CLOSED,
    },
    State.CHANGED: {
        Step.NOTED: State.CHANGED,
        Step.CONFIRMED: State.CONFIRMED,
        Step.CHANGED: State.CHANGED,
        Step.CANCELLED: State.CANCELLED,
        Step.KEPT: State.KEPT,
        Step.CLOSED: State.CLOSED,
    },
    State.CANCELLED: {},
    State.KEPT: {},
    State.CLOSED: {},
}

TRANSITIONS: dict[Kind, Table] = {
    **dict.fromkeys(Kind, QUESTION),
    Kind.COMPLAINT: COMPLAINT,
    Kind.APPOINTMENT: APPOINTMENT,
}
FIRST = {**dict.fromkeys(Kind, State.OPEN), Kind.APPOINTMENT: State.REQUESTED}

#: Somebody still owes the customer something; clocks run.
LIVE = frozenset(
    {State.OPEN, State.ASSIGNED, State.INVESTIGATING, State.REQUESTED, State.CONFIRMED, State.CHANGED}
)
#: A colleague has it in hand; when they leave it goes back to the pool (R23).
HELD = frozenset({State.ASSIGNED, State.INVESTIGATING})
#: How a ticket ends when its customer has all that is kept about them erased: without them there is
#: nobody to answer, call or expect. What was asked of the bank itself is done all the same.
ENDED_BY_ERASURE = {
    Kind.COMPLAINT: Step.WITHDRAWN,
    Kind.CALLBACK: Step.WITHDRAWN,
    Kind.FOLLOW_UP: Step.WITHDRAWN,
    Kind.APPOINTMENT: Step.CANCELLED,
}
#: Steps of a complaint that want its root cause and a measure first (R28, R29).
WANT_CAUSE = frozenset({Step.ANSWERED, Step.CONFIRMED, Step.CLOSED})


def after(kind: Kind, state: State, step: Step, *, has_cause: bool) -> State:
    """The state after this step; `has_cause`: whether root cause and measure are written down.

    Raises:
        Conflict: it can not happen from here (`ticket_state`), or a complaint's cause is not known
            yet (`cause_missing`); both carry the state.
    """
    try:
        found = TRANSITIONS[kind][state][step]
    except KeyError:
        raise Conflict("ticket_state", state=state.value) from None
    if kind is Kind.COMPLAINT and step in WANT_CAUSE and not has_cause:
        raise Conflict("cause_missing", state=state.value)
    return found
