"""What may be done to a card in which state: the core bank's own rules, as the sandbox keeps them."""

from datetime import datetime
from enum import StrEnum

from bot.bank.errors import BankRefused
from bot.bank.port import Act, CardState


class Back(StrEnum):
    """Not a state, but the way to one."""

    BEFORE = "before"  # what the card was before it was reported


_REPORTS: dict[Act, CardState | Back] = {
    Act.REPORT_LOST_TEMPORARY: CardState.TEMPORARY_LOSS,
    Act.REPORT_LOST_FORMAL: CardState.FORMAL_LOSS,
}

#: The whole machine; a missing cell is refused. A frozen card can be reported too, and is frozen
#: again when the report is lifted: nobody thaws a card by losing it.
TRANSITIONS: dict[CardState, dict[Act, CardState | Back]] = {
    CardState.ACTIVE: _REPORTS,
    CardState.PIN_LOCKED: _REPORTS,
    CardState.RISK_FROZEN: _REPORTS,
    CardState.COURT_FROZEN: _REPORTS,
    CardState.DORMANT: _REPORTS,
    CardState.TEMPORARY_LOSS: {
        Act.REPORT_LOST_FORMAL: CardState.FORMAL_LOSS,
        Act.LIFT_LOSS: Back.BEFORE,
    },
    CardState.FORMAL_LOSS: {},
    CardState.CLOSED: {},
}


def after(state: CardState, act: Act, *, before: CardState | None, since: datetime | None) -> CardState:
    """The card's state after this act; `before` is what it was before it was reported.

    Raises:
        BankRefused: not from here; says why.
    """
    target = TRANSITIONS[state].get(act)
    if target is None:
        raise _refusal(state, act, since)
    return (before or CardState.ACTIVE) if isinstance(target, Back) else target


def _refusal(state: CardState, act: Act, since: datetime | None) -> BankRefused:
    if state is CardState.CLOSED:
        return BankRefused("card_closed")
    if act.is_report:
        return BankRefused("already_lost", since=since, state=state.value)
    return BankRefused("not_liftable", state=state.value)
