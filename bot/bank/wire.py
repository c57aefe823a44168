"""What a bank's replies must look like, as `openapi.yml` says; anything else is no reply."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.bank.port import Act, Card, CardState, Customer, Receipt

_Name = Annotated[str, Field(min_length=1, max_length=64)]


class _Body(BaseModel):
    """Nothing is taken for something else ("true" is no boolean); fields that the bank adds are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class HonorificBody(_Body):
    zh: Annotated[str, Field(min_length=1, max_length=64)]
    en: Annotated[str, Field(min_length=1, max_length=64)]


class CustomerBody(_Body):
    id: _Name
    honorific: HonorificBody
    language: Literal["zh", "en"]
    phone: Annotated[str, Field(pattern=r"^1[3-9]\d{9}$")] | None
    minor: bool
    phone_changed_at: AwareDatetime | None = None

    def plain(self) -> Customer:
        return Customer(
            self.id, self.honorific.model_dump(), self.language, self.phone, self.minor, self.phone_changed_at
        )


class CardBody(_Body):
    id: _Name
    customer_id: _Name
    last4: Annotated[str, Field(pattern=r"^\d{4}$")]
    kind: Literal["debit", "credit"]
    state: CardState
    since: AwareDatetime | None
    until: AwareDatetime | None
    joint: bool

    def plain(self) -> Card:
        return Card(**dict(self))


class CardsBody(_Body):
    cards: Annotated[list[CardBody], Field(max_length=100)]


class MatchBody(_Body):
    matches: bool


class PingBody(_Body):
    status: Literal["ok"]


class ReceiptBody(_Body):
    key: _Name
    act: Act
    card_id: _Name
    reference: Annotated[str, Field(min_length=1, max_length=40)]
    state: CardState
    at: AwareDatetime
    until: AwareDatetime | None
    fee: Annotated[Decimal, Field(ge=0)] | None

    def plain(self) -> Receipt:
        return Receipt(**dict(self))


class Problem(_Body):
    """Why not; `since` and `state` come with the reasons that have them."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    since: AwareDatetime | None = None
    state: CardState | None = None


class ProblemBody(_Body):
    error: Problem
