"""The life of one verification. Everything about its states is here.

The only way into VERIFIED is a code that was used (S05): no other cell leads there.
"""

from enum import StrEnum

from bot.errors import Conflict


class State(StrEnum):
    """Where a verification stands."""

    ASKS_ID = "asks_id"
    ASKS_CODE = "asks_code"
    VERIFIED = "verified"
    SPENT = "spent"
    LOCKED = "locked"
    FORGOTTEN = "forgotten"
    EXPIRED = "expired"


class Event(StrEnum):
    """What happened, in the past tense."""

    ID_TAKEN = "id_taken"
    TRY_FAILED = "try_failed"
    TRIES_USED_UP = "tries_used_up"
    CODE_MADE = "code_made"
    CODE_USED = "code_used"
    SPENT = "spent"
    FORGOTTEN = "forgotten"
    FELL_SILENT = "fell_silent"


#: The whole machine; a missing cell is a step that is not allowed.
TRANSITIONS: dict[State, dict[Event, State]] = {
    State.ASKS_ID: {
        Event.ID_TAKEN: State.ASKS_CODE,
        Event.TRY_FAILED: State.ASKS_ID,
        Event.TRIES_USED_UP: State.LOCKED,
        Event.FORGOTTEN: State.FORGOTTEN,
        Event.FELL_SILENT: State.EXPIRED,
    },
    State.ASKS_CODE: {
        Event.CODE_MADE: State.ASKS_CODE,
        Event.TRY_FAILED: State.ASKS_CODE,
        Event.CODE_USED: State.VERIFIED,
        Event.TRIES_USED_UP: State.LOCKED,
        Event.FORGOTTEN: State.FORGOTTEN,
        Event.FELL_SILENT: State.EXPIRED,
    },
    State.VERIFIED: {
        Event.SPENT: State.SPENT,
        Event.FORGOTTEN: State.FORGOTTEN,
        Event.FELL_SILENT: State.EXPIRED,
    },
    State.SPENT: {},
    State.LOCKED: {},
    State.FORGOTTEN: {},
    State.EXPIRED: {},
}

#: States in which something can still come of it.
LIVE = tuple(state for state, cells in TRANSITIONS.items() if cells)
#: What the customer is asked for, by state; the kinds of the vault.
AWAITS = {State.ASKS_ID: "id_characters", State.ASKS_CODE: "code"}


def after(state: State, event: Event) -> State:
    """The state after this event.

    Raises:
        Conflict: it can not happen from here.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise Conflict("wrong_state", state=state.value) from None
