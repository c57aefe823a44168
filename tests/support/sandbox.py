"""Made-up people at the sandbox bank, one for each story, and what the bank knows of them."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot import wiring
from bot.bank import store
from bot.bank.seed import SeedCard, SeedCustomer, load_seed
from bot.clock import SystemClock
from bot.identity.shield import passes_luhn
from bot.identity.tokens import development_token
from tests.support.product import ROOT, Product

#: How the sandbox's own cards and those made here end: two that end alike are told apart by more questions.
_ENDS = {card.last4 for customer in load_seed(ROOT / "data/sandbox/bank.yml") for card in customer.cards}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
#: What a story calls a fault, as the sandbox's own file says it.
FAULTS: dict[str, dict[str, Any]] = {
    "down": {"mode": "down"},
    "down_acts": {"mode": "down", "only": ["report_lost", "lift_loss"]},
    "drop_before": {"mode": "drop_before", "times": 1},
    "drop_after": {"mode": "drop_after", "times": 1, "only": ["report_lost", "lift_loss"]},
}


@dataclass(frozen=True)
class Person:
    """Somebody who is known to the bank."""

    seed: SeedCustomer

    @property
    def cards(self) -> list[SeedCard]:
        return self.seed.cards

    @property
    def phone(self) -> str | None:
        return self.seed.phone

    @property
    def id_number(self) -> str:
        return self.seed.id_number

    @property
    def nobody(self) -> str:
        """Four digits that end no card of a person made here."""
        return _nobodys(self.cards[0].last4)

    def token(self, product: Product) -> str:
        """What the bank's app would sign for them."""
        return development_token(product.settings, SystemClock(), self.seed.id)

    def last_code(self, product: Product) -> str:
        """The code of the newest text message to their phone."""
        texts = [one["text"] for one in outbox(product.var) if one["phone"] == self.phone]
        assert texts, "no text message was sent"
        return next(word for word in digits_in(texts[-1]) if len(word) == 6)


async def seed(product: Product, *, cards: list[str] | None = None, **more: Any) -> Person:
    """A new customer with these cards, each as `debit active`; `more` are fields of the seed's file."""
    more.pop("signed", None)
    twin, chance = more.pop("twin", False), random.SystemRandom()
    person = Person(made_up(cards or ["debit active"], chance, **more))
    sandbox = wiring.sandbox_bank(product.settings)
    await sandbox.seeding.add([person.seed, *([_twin(person.seed, chance)] if twin else [])])
    await sandbox.database.close()
    return person


def made_up(cards: list[str], chance: random.Random, **more: Any) -> SeedCustomer:
    """Somebody whom nobody has met yet."""
    number = f"{chance.randrange(10**12):012d}"
    made = {
        "id": f"story-{number}", "name": "何小满", "honorific": {"zh": "何女士", "en": "Ms He"}, "language": "zh",
        "phone": f"139{number[:8]}", "born": "1990-05-17", "id_number": id_number("19900517", number[:3]),
        "cards": [_card(*(one.split()), chance) for one in cards],
        **more,
    }
    return SeedCustomer.model_validate(made)


async def card_state(product: Product, number: str) -> str:
    """What the bank says this card is now."""
    sandbox = wiring.sandbox_bank(product.settings)
    async with sandbox.database.read() as connection:
        wanted = sandbox.hashes.of(number, "card_number")
        query = select(store.cards.c.state).where(store.cards.c.number_hash == wanted)
        state = (await connection.execute(query)).scalar_one()
    await sandbox.database.close()
    return str(state)


def set_fault(product: Product, name: str) -> None:
    """Make the bank fail in this way, or `none`: be well again."""
    path = product.var / "sandbox" / "fault.json"
    path.parent.mkdir(exist_ok=True)
    if name == "none":
        path.unlink(missing_ok=True)
    else:
        path.write_text(json.dumps(FAULTS[name]))


def outbox(var: Path) -> list[dict[str, Any]]:
    """Every text message that was sent, oldest first."""
    path = var / "sandbox" / "outbox.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def digits_in(text: str) -> list[str]:
    """The runs of digits in a text."""
    return "".join(c if c.isdigit() else " " for c in text).split()


def id_number(born: str, order: str) -> str:
    """A resident ID number of an area that does not exist, with its check digit."""
    body = f"990000{born}{order}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def _twin(one: SeedCustomer, chance: random.Random) -> SeedCustomer:
    """Somebody else with a card that ends alike."""
    last4 = one.cards[0].last4
    while True:
        number = f"622848{chance.randrange(10**6):06d}{last4}"
        if passes_luhn(number):
            break
    card = one.cards[0].model_copy(update={"number": number})
    other = f"{chance.randrange(10**8):08d}"
    return one.model_copy(update={
        "id": f"twin-{other}", "phone": f"137{other}", "id_number": id_number("19700101", other[:3]), "cards": [card],
    })


def _card(kind: str, state: str, chance: random.Random) -> dict[str, str]:
    return {"number": card_number(kind, chance), "kind": kind, "state": state}


def card_number(kind: str, chance: random.Random) -> str:
    """A number of nobody's card, with its check digit; no other ends alike."""
    while True:
        body = ("622848" if kind == "debit" else "625965") + f"{chance.randrange(10**9):09d}"
        number = next(f"{body}{check}" for check in range(10) if passes_luhn(f"{body}{check}"))
        if number[-4:] not in _ENDS:
            _ENDS.update((number[-4:], _nobodys(number[-4:])))
            return number


def _nobodys(last4: str) -> str:
    """Four digits that are kept free for whoever has a card with these."""
    return f"{(int(last4) + 4999) % 10000:04d}"

