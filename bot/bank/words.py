"""What a customer is told of a case: the result and its number, what is safe, what next."""

from datetime import datetime

from bot.bank.cases import Case
from bot.bank.port import Act, Card
from bot.bank.states import State
from bot.clock import BANK_ZONE
from bot.conversation.ports import Say
from bot.records.store import due_label

#: Refusals with words of their own; any other is told without its reason.
_TOLD = {
    True: ("already_lost", "card_closed", "withdrawn"),
    False: ("not_liftable", "card_closed", "bank_away", "withdrawn"),
}


def told(say: Say, case: Case, language: str) -> str:
    """The case as it stands, in words; never more than is known of it (F10)."""
    values = {
        "card": card_label(say, case, language),
        "reference": case.reference,
    }
    if case.receipt:
        values["since"] = _time(case.receipt.at, language)
        if case.receipt.until:
            values["until"] = _time(case.receipt.until, language)
    elif since := case.details.get("since"):
        values["since"] = _time(datetime.fromisoformat(since), language)
    return say(_key(case), language, **values)


def card_label(say: Say, card: Card | Case, language: str) -> str:
    """储蓄卡 ··5678, debit card ··5678."""
    return say(f"bank_card_{card.kind}", language, last4=card.last4)


def _key(case: Case) -> str:
    matter = "lost" if case.act.is_report else "lift"
    if case.state is State.DONE:
        return f"act_done_{case.act.value}"
    if case.state is not State.REFUSED:
        return f"act_{case.state.value}_{matter}"
    reason = case.reason if case.reason in _TOLD[case.act.is_report] else "other"
    if reason == "already_lost" and not case.details.get("since"):
        reason = "already_lost_once"
    return f"act_refused_{matter}_{reason}"


def _time(at: datetime, language: str) -> str:
    return due_label(at.astimezone(BANK_ZONE), language)


KEYS = (
    *(f"act_done_{act.value}" for act in Act),
    *(
        f"act_{state.value}_{matter}"
        for state in (State.OPEN, State.CONFIRMING, State.HANDED_OVER)
        for matter in ("lost", "lift")
    ),
    *(f"act_refused_lost_{reason}" for reason in (*_TOLD[True], "already_lost_once", "other")),
    *(f"act_refused_lift_{reason}" for reason in (*_TOLD[False], "other")),
)
