"""What a bank says instead of a receipt."""

from bot.errors import Conflict, UnavailableError

#: Why a bank may refuse an act. A card that is not there and one of somebody else are told apart
#: here and nowhere in the customer's hearing (S06).
REASONS = (
    "already_lost",  # details: since, state
    "no_such_card",
    "other_holder",
    "not_liftable",  # details: state
    "card_closed",
    "key_reused",  # this key has done another act before: a fault of ours
)


class BankRefused(Conflict):
    """The bank has looked and said no; the card is as it was. `reason` is one of `REASONS`."""

    code = "bank_refused"


class OutcomeUnknown(UnavailableError):
    """The act was sent and nothing that can be trusted came back: it may have happened (D12, F10).

    A plain `UnavailableError("bank")` is sure that nothing has happened.
    """

    code = "bank_unknown"
