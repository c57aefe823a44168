"""What a customer can say to a purpose, one thing after another, and when it ends what is kept.

Pure. Only a yes lets us keep something. A no, or taking the yes back, is final for us: it is the
customer who may come back to it, and we do not ask again in this conversation (L03, L04).
"""

from collections.abc import Mapping
from enum import StrEnum

from bot.errors import Conflict


class Decision(StrEnum):
    """One entry of the ledger; the last one stands."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


#: What stands -> what is said -> whether what is kept under the purpose ends now.
TRANSITIONS: Mapping[Decision | None, Mapping[Decision, bool]] = {
    None: {Decision.GIVEN: False, Decision.REFUSED: False},
    Decision.GIVEN: {Decision.GIVEN: False, Decision.REFUSED: True, Decision.WITHDRAWN: True},
    Decision.REFUSED: {Decision.GIVEN: False, Decision.REFUSED: False},
    Decision.WITHDRAWN: {Decision.GIVEN: False, Decision.REFUSED: False},
}


def ends(standing: Decision | None, said: Decision) -> bool:
    """Whether what is kept ends with this decision.

    Raises:
        Conflict: it can not be said now: there is no yes to take back.
    """
    try:
        return TRANSITIONS[standing][said]
    except KeyError:
        raise Conflict("nothing_to_withdraw", state=str(standing or "none")) from None


def counts(last: Decision | None, *, version: str | None, current: str) -> Decision | None:
    """What stands for us: a yes to an earlier text is none to the present one, a no stays a no (L01)."""
    if last is Decision.GIVEN and version != current:
        return None
    return last


def may_ask(standing: Decision | None) -> bool:
    """Whether we may ask by ourselves; after a no or a withdrawal never again (L03)."""
    return standing is None
