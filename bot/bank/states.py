"""The life of one act at the bank. Everything about a case's states and clocks is here.

`confirming` is written before the bank is called: whoever finds a case there asks the bank what
came of it before doing anything else (F06, F07). `done` needs the bank's receipt.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.bank.port import Act
from bot.errors import Conflict

#: One call: the bank may begin for so long, and nobody waits longer; a little more than the adapter
#: itself waits and, with the look before it, less than an action's budget of 5, in seconds.
ATTEMPT_S = 4.2
#: How long whoever comes back to a case waits to hear what came of it, in seconds.
LOOK_S = 0.6
#: The worker leaves a case alone for so long: the caller may still be at it, in seconds.
SETTLE_AFTER_S = 10.0
#: A case whose outcome is unknown for so long is put down as one to confirm by hand (F10).
MUST_CONFIRM = timedelta(minutes=5)
#: After so long people take over.
GIVE_UP = timedelta(hours=24)
#: Pause between two looks of the worker at one case, in seconds; grows with the case's age.
SOONEST_S, LATEST_S = 5.0, 60.0


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"  # certainly not done
    CONFIRMING = "confirming"  # asked of the bank; what came of it is not known
    DONE = "done"
    REFUSED = "refused"
    HANDED_OVER = "handed_over"  # people find out


class Event(StrEnum):
    """What happened, in the past tense."""

    CALLED = "called"
    EXECUTED = "executed"
    DECLINED = "declined"
    NOT_REACHED = "not_reached"
    DROPPED = "dropped"  # certainly not done, and not tried again
    GIVEN_UP = "given_up"


#: A receipt that comes late is the truth all the same: it ends every state but `done`.
TRANSITIONS: dict[State, dict[Event, State]] = {
    State.OPEN: {
        Event.CALLED: State.CONFIRMING,
        Event.EXECUTED: State.DONE,
        Event.DROPPED: State.REFUSED,
        Event.GIVEN_UP: State.HANDED_OVER,
    },
    State.CONFIRMING: {
        Event.CALLED: State.CONFIRMING,
        Event.EXECUTED: State.DONE,
        Event.DECLINED: State.REFUSED,
        Event.NOT_REACHED: State.OPEN,
        Event.DROPPED: State.REFUSED,
        Event.GIVEN_UP: State.HANDED_OVER,
    },
    State.DONE: {},
    State.REFUSED: {Event.EXECUTED: State.DONE},
    State.HANDED_OVER: {Event.EXECUTED: State.DONE},
}

#: Nothing more is done by itself from here.
SETTLED = (State.DONE, State.REFUSED, State.HANDED_OVER)


class Next(StrEnum):
    """What the worker does with a case that the bank says has not happened."""

    CALL = "call"
    DROP = "drop"
    GIVE_UP = "give_up"


def after(state: State, event: Event) -> State:
    """The state after this event.

    Raises:
        Conflict: it can not happen from here.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise Conflict("wrong_state", state=state.value) from None


def counts(state: State, event: Event, *, attempt: int, latest: int) -> bool:
    """Whether what an attempt has brought still says something about the case.

    A receipt does whenever it comes; everything else only from the latest attempt, for an
    earlier one knows nothing of what was sent after it.
    """
    return event in TRANSITIONS[state] and (event is Event.EXECUTED or attempt == latest)


def is_over(attempted_at: datetime | None, now: datetime) -> bool:
    """Whether the bank can no longer begin with the last attempt: "not done" is then for good."""
    return attempted_at is None or now > attempted_at + timedelta(seconds=ATTEMPT_S)


def next_step(act: Act, created_at: datetime, now: datetime) -> Next:
    """What to do with an act that has certainly not happened.

    A loss report is urgent and tried again; a card is not opened behind its holder's back.
    """
    if not act.is_report:
        return Next.DROP
    return Next.GIVE_UP if now - created_at > GIVE_UP else Next.CALL


def next_look(created_at: datetime, now: datetime) -> datetime:
    """When the worker looks at this case again."""
    pause_s = (now - created_at).total_seconds() / 4
    return now + timedelta(seconds=min(max(pause_s, SOONEST_S), LATEST_S))
