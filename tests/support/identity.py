"""The bank and the phone of the verification tests, and short words for its verbs."""

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.errors import UnavailableError
from bot.identity.answers import Outcome, Step
from bot.wiring import Rooms

ACT = "report_lost"
#: A customer of the fake bank, and a card of theirs.
LIN = "c-lin"
CARD = "card-5678"
PHONE = "13812345678"
LAST_SIX = "31002X"


@dataclass(frozen=True)
class FakeCustomer:
    id: str
    phone: str | None
    honorific: dict[str, str] = field(default_factory=lambda: {"zh": "林女士", "en": "Ms Lin"})
    phone_changed_at: datetime | None = None


@dataclass
class FakeBank:
    """Knows two customers: one with a phone, one without; notes who was asked for."""

    away: bool = False
    asked: list[str] = field(default_factory=list)
    #: when everybody's phone last changed
    changed_at: datetime | None = None

    async def customer(self, customer_id: str) -> FakeCustomer | None:
        self._ask("customer")
        phones = {LIN: PHONE, "c-no-phone": None, "c-other": "13987654321"}
        if customer_id not in phones:
            return None
        return FakeCustomer(customer_id, phones[customer_id], phone_changed_at=self.changed_at)

    async def identity_matches(self, customer_id: str, id_last6: str) -> bool:
        self._ask("identity_matches")
        return customer_id == LIN and id_last6 == LAST_SIX

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.away:
            raise UnavailableError("bank")


@dataclass
class FakeGateway:
    """Keeps what it was given; `away` makes it fail, for customers and for nobody alike."""

    away: bool = False
    texts: list[tuple[str, str]] = field(default_factory=list)
    probes: int = 0

    async def send(self, phone: str, text: str) -> None:
        self._look()
        self.texts.append((phone, text))

    async def probe(self) -> None:
        self._look()
        self.probes += 1

    def _look(self) -> None:
        if self.away:
            raise UnavailableError("sms")

    @property
    def code(self) -> str:
        """The newest code that was sent."""
        return code_of(self.texts[-1][1])


def code_of(text: str) -> str:
    found = re.search(r"\d{6}", text)
    assert found, text
    return found[0]


def join(rooms: Rooms) -> tuple[FakeBank, FakeGateway]:
    """Give these rooms a bank and a gateway of the tests."""
    bank, gateway = FakeBank(), FakeGateway()
    rooms.verification.bank = bank
    rooms.verification.progress.sender.gateway = gateway
    return bank, gateway


async def begin(rooms: Rooms, talk: str, act: str = ACT, **more: Any) -> Step:
    """Lin's card, with a code alone, unless said otherwise."""
    values = {
        "card_id": CARD, "customer_id": LIN, "full": False, "signed": False,
        "turn_id": str(uuid.uuid4()), **more,
    }
    return await rooms.verification.begin(talk, act, **values)


async def begin_for_nobody(rooms: Rooms, talk: str, act: str = ACT, **more: Any) -> Step:
    return await begin(rooms, talk, act, **{"card_id": None, "customer_id": None, **more})


async def type_code(
    rooms: Rooms, talk: str, code: str, act: str = ACT, turn_id: str = ""
) -> Outcome:
    token = await rooms.verification.vault.put(talk, "code", code)
    return await rooms.verification.take_code(talk, act, token, turn_id or str(uuid.uuid4()))


async def type_id(
    rooms: Rooms, talk: str, characters: str, act: str = ACT, turn_id: str = ""
) -> Step:
    token = await rooms.verification.vault.put(talk, "id_characters", characters)
    return await rooms.verification.take_id(talk, act, token, turn_id or str(uuid.uuid4()))


async def resend(rooms: Rooms, talk: str, act: str = ACT) -> Step:
    return await rooms.verification.resend(talk, act, str(uuid.uuid4()))


def other_than(code: str, step: int = 1) -> str:
    """Six digits that are not this code."""
    return f"{(int(code) + step) % 1_000_000:06d}"


def outbox(var: Any) -> list[dict[str, Any]]:
    """What the sandbox gateway would have sent."""
    path = var / "sandbox" / "outbox.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
