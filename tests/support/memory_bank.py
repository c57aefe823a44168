"""A core bank in memory, for the server of the contract tests; the rules are the real ones, the storage is not."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.bank import cards as rules
from bot.bank.errors import BankRefused
from bot.bank.port import REPORTS, Act, Card, CardState, Customer, Receipt
from bot.bank.seed import SeedCustomer
from bot.clock import BANK_ZONE, Clock
from bot.errors import UnavailableError

TEMPORARY_DAYS = 5


class MemoryBank:
    """Everything in dictionaries."""

    def __init__(self, clock: Clock, customers: list[SeedCustomer]) -> None:
        self.clock = clock
        self.people = {one.id: one for one in customers}
        self.all: dict[str, Card] = {}
        self.numbers: dict[str, str] = {}
        self.before: dict[str, CardState] = {}
        self.joint: dict[str, str | None] = {}
        self.receipts: dict[str, Receipt] = {}
        for one in customers:
            for card in one.cards:
                id_ = f"card-{len(self.all)}"
                lost = card.state in (CardState.TEMPORARY_LOSS, CardState.FORMAL_LOSS)
                since = None if card.state is CardState.ACTIVE else clock.now()
                until = clock.now() + timedelta(days=TEMPORARY_DAYS) if lost else None
                self.all[id_] = Card(
                    id_, one.id, card.last4, card.kind, card.state, since,
                    until if card.state is CardState.TEMPORARY_LOSS else None,
                    card.joint_with is not None,
                )
                self.numbers[id_], self.joint[id_] = card.number, card.joint_with
                if lost:
                    self.before[id_] = CardState.ACTIVE

    async def customer(self, customer_id: str) -> Customer | None:
        one = self.people.get(customer_id)
        if one is None:
            return None
        fourteenth = date(one.born.year + 14, one.born.month, min(one.born.day, 28))
        minor = self.clock.now().astimezone(BANK_ZONE).date() < fourteenth
        return Customer(
            one.id, one.honorific.model_dump(), one.language, one.phone, minor, one.phone_changed_at
        )

    async def cards(self, customer_id: str) -> list[Card]:
        mine = [id_ for id_ in self.all if customer_id in (self.all[id_].customer_id, self.joint[id_])]
        return [self._now(id_) for id_ in mine]

    async def card(self, card_id: str) -> Card | None:
        return self._now(card_id) if card_id in self.all else None

    async def find(
        self, *, last4: str | None = None, number: str | None = None, id_last6: str | None = None
    ) -> list[Card]:
        return [
            self._now(id_) for id_, card in self.all.items()
            if last4 in (None, card.last4) and number in (None, self.numbers[id_])
            and (id_last6 is None or self.people[card.customer_id].id_number.endswith(id_last6))
        ]

    async def identity_matches(self, customer_id: str, id_last6: str) -> bool:
        one = self.people.get(customer_id)
        return one is not None and one.id_number.endswith(id_last6)

    async def report_lost(self, card_id: str, kind: Any, key: str, **more: Any) -> Receipt:
        return self._act(card_id, REPORTS[kind], key, **more)

    async def lift_loss(self, card_id: str, key: str, **more: Any) -> Receipt:
        return self._act(card_id, Act.LIFT_LOSS, key, **more)

    async def outcome(self, key: str) -> Receipt | None:
        return self.receipts.get(key)

    async def ping(self) -> None:
        pass

    def _act(
        self, card_id: str, act: Act, key: str, *, holder: str | None = None,
        not_after: datetime | None = None,
    ) -> Receipt:
        now = self.clock.now()
        if card_id not in self.all:
            raise BankRefused("no_such_card")
        if kept := self.receipts.get(key):
            if (kept.act, kept.card_id) != (act, card_id):
                raise BankRefused("key_reused")
            return kept
        card = self.all[card_id] = self._now(card_id)
        if holder is not None and holder not in (card.customer_id, self.joint[card_id]):
            raise BankRefused("other_holder")
        if not_after is not None and now > not_after:
            raise UnavailableError("bank")
        before = self.before.get(card_id)
        state = rules.after(card.state, act, before=before, since=card.since)
        if act.is_report:
            self.before.setdefault(card_id, card.state)
        else:
            self.before.pop(card_id, None)
        until = now + timedelta(days=TEMPORARY_DAYS) if state is CardState.TEMPORARY_LOSS else None
        self.all[card_id] = replace(card, state=state, since=now, until=until)
        receipt = Receipt(
            key, act, card_id, f"M{len(self.receipts) + 1:06d}", state, now, until, Decimal("0.00")
        )
        self.receipts[key] = receipt
        return receipt

    def _now(self, card_id: str) -> Card:
        """A temporary report that has run out is over."""
        card = self.all[card_id]
        if card.state is CardState.TEMPORARY_LOSS and card.until and card.until <= self.clock.now():
            state = self.before.pop(card_id, CardState.ACTIVE)
            card = self.all[card_id] = replace(card, state=state, since=card.until, until=None)
        return card
