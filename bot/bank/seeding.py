"""Puts the made-up customers into the sandbox's tables: once a process, and only who is missing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.bank import store
from bot.bank.hashes import KeyedHash
from bot.bank.port import CardState
from bot.bank.seed import SeedCard, SeedCustomer, load_seed
from bot.clock import Clock
from bot.database import Database
from bot.records.cipher import Cipher

#: What is kept of a customer, encrypted.
_FIELDS = {"name", "honorific", "phone", "id_number", "born", "phone_changed_at"}
_REPORTED = (CardState.TEMPORARY_LOSS, CardState.FORMAL_LOSS)


@dataclass
class Seeding:
    """States of cards outlive a restart: what is there stays as it is."""

    database: Database
    clock: Clock
    cipher: Cipher
    hashes: KeyedHash
    path: Path
    temporary_days: Callable[[], int]
    _done: bool = field(default=False, init=False)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def once(self) -> None:
        """Seed at the first call; several processes may do so at once.

        Raises:
            ContentError: the file is wrong; names the field.
        """
        if self._done:
            return
        async with self._one_at_a_time:
            if self._done:
                return
            customers = await asyncio.to_thread(load_seed, self.path)
            async with self.database.read() as connection:
                known = await store.card_ids(connection)
            if {self._card_id(card) for one in customers for card in one.cards} - known:
                async with self.database.write() as connection:
                    await self._plant(connection, customers)
            self._done = True

    async def add(self, customers: list[SeedCustomer]) -> None:
        """Put in more made-up customers than the file has; those who are there stay as they are."""
        await self.once()
        async with self.database.write() as connection:
            await self._plant(connection, customers)

    async def _plant(self, connection: AsyncConnection, customers: list[SeedCustomer]) -> None:
        people = [self._customer_row(one) for one in customers]
        await store.add_missing(connection, store.customers, people)
        rows = [self._card_row(one, card) for one in customers for card in one.cards]
        await store.add_missing(connection, store.cards, rows)

    def _customer_row(self, one: SeedCustomer) -> dict[str, Any]:
        fields = one.model_dump(mode="json", include=_FIELDS)
        return {
            "id": one.id,
            "language": one.language,
            "id_last6_hash": self.hashes.of(one.id_number[-6:], f"id_last6:{one.id}"),
            "fields": self.cipher.encrypt(orjson.dumps(fields).decode(), one.id),
        }

    def _card_row(self, one: SeedCustomer, card: SeedCard) -> dict[str, Any]:
        now, id_ = self.clock.now(), self._card_id(card)
        temporary = card.state is CardState.TEMPORARY_LOSS
        return {
            "id": id_,
            "customer_id": one.id,
            "joint_with": card.joint_with,
            "kind": card.kind,
            "last4": card.last4,
            "number_hash": self.hashes.of(card.number, "card_number"),
            "number": self.cipher.encrypt(card.number, id_),
            "state": card.state.value,
            "before": CardState.ACTIVE.value if card.state in _REPORTED else None,
            "since": None if card.state is CardState.ACTIVE else now,
            "until": now + timedelta(days=self.temporary_days()) if temporary else None,
        }

    def _card_id(self, card: SeedCard) -> str:
        """The same in every process, and nothing of the number in it."""
        return self.hashes.of(card.number, "card_id")[:24]
