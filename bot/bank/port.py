"""What we ask of a core bank, whichever it is. Two speak it: the sandbox, and a real one over HTTP.

Reads raise `UnavailableError("bank")` when there is no answer that can be trusted. Acts carry the
case's id as key: the same key twice is the same act once, with the same receipt (D12).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Protocol

CardKind = Literal["debit", "credit"]
LossKind = Literal["temporary", "formal"]


class CardState(StrEnum):
    """What a card can be; told apart because each is undone in another way."""

    ACTIVE = "active"
    TEMPORARY_LOSS = "temporary_loss"
    FORMAL_LOSS = "formal_loss"
    PIN_LOCKED = "pin_locked"
    RISK_FROZEN = "risk_frozen"
    COURT_FROZEN = "court_frozen"
    DORMANT = "dormant"
    CLOSED = "closed"


class Act(StrEnum):
    """What can be done to a card through us."""

    REPORT_LOST_TEMPORARY = "report_lost_temporary"
    REPORT_LOST_FORMAL = "report_lost_formal"
    LIFT_LOSS = "lift_loss"

    @property
    def is_report(self) -> bool:
        """Whether it stops a card: urgent, and never wrong to try again."""
        return self is not Act.LIFT_LOSS


REPORTS: dict[LossKind, Act] = {
    "temporary": Act.REPORT_LOST_TEMPORARY,
    "formal": Act.REPORT_LOST_FORMAL,
}


@dataclass(frozen=True)
class Customer:
    """Somebody the bank knows. `minor`: under 14, whose guardian decides (L11).

    `phone_changed_at`: when the number or its SIM card last changed, as far as the bank knows (S04).
    """

    id: str
    honorific: dict[str, str]  # by language: 王女士, Ms Wang
    language: str
    phone: str | None
    minor: bool
    phone_changed_at: datetime | None = None


@dataclass(frozen=True)
class Card:
    """A card as the bank has it now; `id` is opaque and never the number."""

    id: str
    customer_id: str
    last4: str
    kind: CardKind
    state: CardState
    since: datetime | None
    until: datetime | None
    joint: bool


@dataclass(frozen=True)
class Receipt:
    """The bank's word that an act was done; `state` is the card's afterwards, `fee` in yuan."""

    key: str
    act: Act
    card_id: str
    reference: str
    state: CardState
    at: datetime
    until: datetime | None
    fee: Decimal | None

    def public(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            **vars(self),
            "at": self.at.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "fee": str(self.fee) if self.fee is not None else None,
        }

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Receipt":
        """What `public` has made, back again."""
        until, fee = kept["until"], kept["fee"]
        return cls(
            kept["key"], Act(kept["act"]), kept["card_id"], kept["reference"],
            CardState(kept["state"]), datetime.fromisoformat(kept["at"]),
            datetime.fromisoformat(until) if until else None,
            Decimal(fee) if fee is not None else None,
        )


class Bank(Protocol):
    """A core bank."""

    async def customer(self, customer_id: str) -> Customer | None:
        """Who this is, or None for nobody."""

    async def cards(self, customer_id: str) -> list[Card]:
        """Their cards, joint ones of another holder too; empty for nobody."""

    async def card(self, card_id: str) -> Card | None:
        """This card, or None."""

    async def find(
        self, *, last4: str | None = None, number: str | None = None, id_last6: str | None = None
    ) -> list[Card]:
        """The cards that match all that is given, `id_last6` the holder's ID document.

        Several people share the last four digits of a card; with the end of the ID they are told apart.
        """

    async def identity_matches(self, customer_id: str, id_last6: str) -> bool:
        """Whether these end the customer's ID number; takes as long for nobody as for somebody (S06)."""

    async def report_lost(
        self, card_id: str, kind: LossKind, key: str, *,
        holder: str | None = None, not_after: datetime | None = None,
    ) -> Receipt:
        """Stop the card.

        `holder` is the customer on whose word it is done. After `not_after` the bank does not
        begin any more, so that a late call can not undo what has been said meanwhile.

        Raises:
            BankRefused: the rules say no; nothing was done.
            OutcomeUnknown: it may have been done.
            UnavailableError: it was certainly not done.
        """

    async def lift_loss(
        self, card_id: str, key: str, *,
        holder: str | None = None, not_after: datetime | None = None,
    ) -> Receipt:
        """End a temporary loss report; the card is then what it was before the report.

        Raises:
            BankRefused, OutcomeUnknown, UnavailableError: as for `report_lost`.
        """

    async def outcome(self, key: str) -> Receipt | None:
        """The receipt of the act with this key; None: it has not happened.

        Raises:
            UnavailableError: there is no telling now.
        """

    async def ping(self) -> None:
        """Raise UnavailableError when the bank does not answer."""
