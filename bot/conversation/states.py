"""Who may speak in a conversation, and how that changes. Everything about ownership is here.

One owner at a time, with an epoch: every outgoing message carries the epoch it was made
under, and is refused when the epoch has moved on.
"""

from enum import StrEnum

from bot.errors import Conflict


class Owner(StrEnum):
    """Who answers the customer."""

    BOT = "bot"
    QUEUE = "queue"
    AGENT = "agent"
    CLOSED = "closed"


class Step(StrEnum):
    """What happened to the ownership, in the past tense."""

    HANDOFF_REQUESTED = "handoff_requested"
    LEFT_QUEUE = "left_queue"
    CLAIMED = "claimed"
    TRANSFERRED = "transferred"
    AGENT_VANISHED = "agent_vanished"
    RETURNED_TO_BOT = "returned_to_bot"
    CLOSED = "closed"


#: The whole machine; a missing cell is a step that is not allowed.
TRANSITIONS: dict[Owner, dict[Step, Owner]] = {
    Owner.BOT: {
        Step.HANDOFF_REQUESTED: Owner.QUEUE,
        Step.CLOSED: Owner.CLOSED,
    },
    Owner.QUEUE: {
        Step.CLAIMED: Owner.AGENT,
        Step.LEFT_QUEUE: Owner.BOT,
        Step.CLOSED: Owner.CLOSED,
    },
    Owner.AGENT: {
        Step.RETURNED_TO_BOT: Owner.BOT,
        Step.TRANSFERRED: Owner.QUEUE,
        Step.AGENT_VANISHED: Owner.QUEUE,
        Step.CLOSED: Owner.CLOSED,
    },
    Owner.CLOSED: {},
}


def next_owner(owner: Owner, step: Step) -> Owner:
    """The owner after this step.

    Raises:
        Conflict: the step is not allowed from here (I36).
    """
    try:
        return TRANSITIONS[owner][step]
    except KeyError:
        raise Conflict("wrong_state", state=owner.value) from None
