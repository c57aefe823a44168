"""The made-up customers of the sandbox bank, as `data/sandbox/bank.yml` names them."""

from datetime import date
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.bank.port import CardKind, CardState
from bot.content.figures import Texts
from bot.content.yaml import load
from bot.errors import ContentError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SeedCard(_Strict):
    """A card; `joint_with` is the id of the account's second holder."""

    number: str = Field(pattern=r"^\d{13,19}$")
    kind: CardKind
    state: CardState
    joint_with: str | None = None

    @property
    def last4(self) -> str:
        return self.number[-4:]


class SeedCustomer(_Strict):
    """A customer with all cards."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    name: str
    honorific: Texts
    language: str = Field(pattern="^(zh|en)$")
    phone: str | None = Field(pattern=r"^1[3-9]\d{9}$")
    id_number: str = Field(pattern=r"^\d{17}[\dX]$")
    born: date
    #: when the number or its SIM card last changed
    phone_changed_at: AwareDatetime | None = None
    cards: list[SeedCard]


class _Seed(_Strict):
    customers: list[SeedCustomer]


def load_seed(path: Path) -> list[SeedCustomer]:
    """All customers of the file.

    Raises:
        ContentError: it can not be read or does not have this shape; names the field.
    """
    try:
        found = _Seed.model_validate(load(path)).customers
    except ValidationError as exc:
        bad = exc.errors(include_input=False)[0]
        where = ".".join(str(part) for part in bad["loc"])
        raise ContentError(f"{path}: {where}: {bad['msg']}") from None
    known = {customer.id for customer in found}
    for customer in found:
        for card in customer.cards:
            if card.joint_with is not None and card.joint_with not in known - {customer.id}:
                raise ContentError(f"{path}: {customer.id}: joint_with: no other customer {card.joint_with}")
    return found
