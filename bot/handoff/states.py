"""The life of one wait for a person. Everything about its states is here."""

from enum import StrEnum

from bot.errors import Conflict


class State(StrEnum):
    """Where a handoff stands."""

    WAITING = "waiting"
    ASSIGNED = "assigned"
    DONE = "done"
    LEFT = "left"


class Event(StrEnum):
    """What happened, in the past tense."""

    CLAIMED = "claimed"
    LEFT_BY_CUSTOMER = "left_by_customer"
    AGENT_VANISHED = "agent_vanished"
    TRANSFERRED = "transferred"
    WRAPPED_UP = "wrapped_up"
    CONVERSATION_ENDED = "conversation_ended"


TRANSITIONS: dict[State, dict[Event, State]] = {
    State.WAITING: {
        Event.CLAIMED: State.ASSIGNED,
        Event.LEFT_BY_CUSTOMER: State.LEFT,
        Event.CONVERSATION_ENDED: State.LEFT,
    },
    State.ASSIGNED: {
        Event.WRAPPED_UP: State.DONE,
        Event.AGENT_VANISHED: State.WAITING,
        Event.TRANSFERRED: State.WAITING,
        Event.CONVERSATION_ENDED: State.DONE,
    },
    State.DONE: {},
    State.LEFT: {},
}


def after(state: State, event: Event) -> State:
    """The state after this event.

    Raises:
        Conflict: it can not happen from here.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise Conflict("wrong_state", state=state.value) from None
