"""The sandbox bank: made-up customers in tables of its own, behind the port of a real one.

It seeds itself at the first use, only with what is not there yet: states of cards outlive a restart.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.bank import cards, store
from bot.bank.errors import BankRefused, OutcomeUnknown
from bot.bank.faults import Fault, Faults
from bot.bank.hashes import KeyedHash
from bot.bank.port import REPORTS, Act, Card, CardState, Customer, LossKind, Receipt
from bot.bank.seeding import Seeding
from bot.clock import BANK_ZONE, Clock
from bot.database import Database
from bot.errors import BadRequest, UnavailableError
from bot.records.cipher import Cipher
from bot.records.store import count_up

#: As long as a real bank is waited for, in seconds.
TIMEOUT_S = 4.0
#: Below this age a guardian decides (L11).
MINOR_UNDER = 14
#: What each act costs here, in yuan; a new card is paid for at the branch.
FEE = Decimal("0.00")
#: Compared with when there is no such customer: nobody takes as long as somebody (S06).
_NOBODY = "0" * 64


@dataclass(frozen=True)
class _Held:
    """What a card is now; `before` is what it was before it was reported, if it is."""

    state: CardState
    before: CardState | None
    since: datetime | None
    until: datetime | None


@dataclass
class Sandbox:
    """A bank of our own."""

    database: Database
    clock: Clock
    cipher: Cipher
    hashes: KeyedHash
    seeding: Seeding
    #: how long a temporary report holds, in days
    temporary_days: Callable[[], int]
    faults: Faults | None = None

    async def customer(self, customer_id: str) -> Customer | None:
        await self._read("customer")
        async with self.database.read() as connection:
            row = await store.customer(connection, customer_id)
        if row is None:
            return None
        fields = orjson.loads(self.cipher.decrypt(row.fields, row.id))
        minor = _age(date.fromisoformat(fields["born"]), self._today()) < MINOR_UNDER
        changed = fields.get("phone_changed_at")
        return Customer(
            row.id, fields["honorific"], row.language, fields["phone"], minor,
            datetime.fromisoformat(changed) if changed else None,
        )

    async def cards(self, customer_id: str) -> list[Card]:
        await self._read("cards")
        async with self.database.read() as connection:
            rows = await store.cards_of(connection, customer_id)
        return [_card(row, self.clock.now()) for row in rows]

    async def card(self, card_id: str) -> Card | None:
        await self._read("card")
        async with self.database.read() as connection:
            row = await store.card(connection, card_id)
        return _card(row, self.clock.now()) if row else None

    async def find(
        self, *, last4: str | None = None, number: str | None = None, id_last6: str | None = None
    ) -> list[Card]:
        await self._read("find")
        if last4 is None and number is None:
            return []
        number_hash = self.hashes.of(number, "card_number") if number is not None else None
        async with self.database.read() as connection:
            rows = await store.cards_like(connection, last4=last4, number_hash=number_hash)
            if id_last6 is not None:
                rows = [row for row in rows if await self._is_held_by(connection, row, id_last6)]
        return [_card(row, self.clock.now()) for row in rows]

    async def _is_held_by(self, connection: AsyncConnection, card: Row[Any], id_last6: str) -> bool:
        holder = await store.customer(connection, card.customer_id)
        kept = holder.id_last6_hash if holder else _NOBODY
        return self.hashes.matches(id_last6, f"id_last6:{card.customer_id}", kept)

    async def identity_matches(self, customer_id: str, id_last6: str) -> bool:
        await self._read("identity_matches")
        async with self.database.read() as connection:
            row = await store.customer(connection, customer_id)
        kept = row.id_last6_hash if row else _NOBODY
        return self.hashes.matches(id_last6, f"id_last6:{customer_id}", kept)

    async def report_lost(
        self, card_id: str, kind: LossKind, key: str, *,
        holder: str | None = None, not_after: datetime | None = None,
    ) -> Receipt:
        return await self._act("report_lost", card_id, REPORTS[kind], key, holder, not_after)

    async def lift_loss(
        self, card_id: str, key: str, *,
        holder: str | None = None, not_after: datetime | None = None,
    ) -> Receipt:
        return await self._act("lift_loss", card_id, Act.LIFT_LOSS, key, holder, not_after)

    async def outcome(self, key: str) -> Receipt | None:
        await self._read("outcome")
        async with self.database.read() as connection:
            kept = await store.receipt(connection, key)
        return Receipt.of(kept) if kept else None

    async def ping(self) -> None:
        await self._read("ping")
        await self.database.ping()

    async def look(self, number: str) -> dict[str, Any]:
        """A card with its history, as the command line prints it; the last four do if they are unique.

        Raises:
            BadRequest: no card or several have this number.
        """
        asked = {"last4": number} if len(number) == 4 else {"number": number}
        found = await self.find(**asked)
        if not found:
            raise BadRequest("sandbox_no_card")
        if len(found) > 1:
            raise BadRequest("sandbox_cards_share")
        async with self.database.read() as connection:
            rows = await store.history_of(connection, found[0].id)
        return {
            **_jsonable(vars(found[0])),
            "history": [
                {
                    "at": row.at.isoformat(), "act": row.act, "from": row.state_before,
                    "state": row.state, "reference": row.reference, "key": row.key,
                }
                for row in rows
            ],
        }

    async def _act(
        self, verb: str, card_id: str, act: Act, key: str,
        holder: str | None, not_after: datetime | None,
    ) -> Receipt:
        fault = await self._struck(verb)
        if fault and fault.mode == "drop_before":
            raise OutcomeUnknown()
        try:
            async with self.database.write() as connection:
                receipt = await self._execute(connection, card_id, act, key, holder, not_after)
        except UnavailableError as exc:
            if exc.reason == "database":  # it may have gone away in the middle of a commit
                raise OutcomeUnknown() from exc
            raise
        if fault and fault.mode == "late":
            await _wait(fault)
        if fault and (fault.mode in ("drop_after", "garbage") or fault.seconds > TIMEOUT_S):
            raise OutcomeUnknown()
        return receipt

    async def _execute(
        self, connection: AsyncConnection, card_id: str, act: Act, key: str,
        holder: str | None, not_after: datetime | None,
    ) -> Receipt:
        """The act and its key in one transaction: executed once, whatever comes twice."""
        row = await store.card(connection, card_id, lock=True)
        if row is None:
            raise BankRefused("no_such_card")
        if kept := await store.receipt(connection, key):
            return _same(Receipt.of(kept), act, card_id)
        if holder is not None and holder not in (row.customer_id, row.joint_with):
            raise BankRefused("other_holder")
        now = self.clock.now()
        if not_after is not None and now > not_after:
            raise UnavailableError("bank")
        held = _held(row, now)
        if _has_lapsed(row, now):
            await store.add_history(
                connection, card_id=row.id, at=row.until, act="lapsed", state_before=row.state,
                state=held.state.value,
            )
        state = cards.after(held.state, act, before=held.before, since=held.since)
        return await self._write_down(connection, card_id, held, act, key, state, now)

    async def _write_down(
        self, connection: AsyncConnection, card_id: str, held: _Held, act: Act, key: str,
        state: CardState, now: datetime,
    ) -> Receipt:
        day = now.astimezone(BANK_ZONE).strftime("%Y%m%d")
        reference = f"QH{day}{await count_up(connection, f'QH{day}'):06d}"
        temporary = state is CardState.TEMPORARY_LOSS
        until = now + timedelta(days=self.temporary_days()) if temporary else None
        before = (held.before or held.state).value if act.is_report else None
        await store.change_card(
            connection, card_id, state=state.value, before=before, since=now, until=until
        )
        await store.add_history(
            connection, card_id=card_id, at=now, act=act.value, state_before=held.state.value,
            state=state.value, reference=reference, key=key,
        )
        receipt = Receipt(key, act, card_id, reference, state, now, until, FEE)
        await store.add_receipt(connection, key, receipt.public())
        return receipt

    async def _read(self, verb: str) -> None:
        """What stands before every look: the seed, and the fault that is asked for."""
        fault = await self._struck(verb)
        if fault and (fault.mode != "slow" or fault.seconds > TIMEOUT_S):
            raise UnavailableError("bank")

    async def _struck(self, verb: str) -> Fault | None:
        await self.seeding.once()
        fault = self.faults.take(verb) if self.faults else None
        if fault and fault.mode == "down":
            raise UnavailableError("bank")
        if fault and fault.mode != "late":
            await _wait(fault)
        return fault

    def _today(self) -> date:
        return self.clock.now().astimezone(BANK_ZONE).date()


async def _wait(fault: Fault) -> None:
    """As long as the fault says, but no longer than a real bank is waited for."""
    await asyncio.sleep(min(fault.seconds, TIMEOUT_S))


def _same(receipt: Receipt, act: Act, card_id: str) -> Receipt:
    if (receipt.act, receipt.card_id) != (act, card_id):
        raise BankRefused("key_reused")
    return receipt


def _has_lapsed(row: Row[Any], now: datetime) -> bool:
    return row.state == CardState.TEMPORARY_LOSS and row.until is not None and row.until <= now


def _held(row: Row[Any], now: datetime) -> _Held:
    """A temporary report that has run out leaves the card as it was before."""
    before = CardState(row.before) if row.before else None
    if _has_lapsed(row, now):
        return _Held(before or CardState.ACTIVE, None, row.until, None)
    return _Held(CardState(row.state), before, row.since, row.until)


def _card(row: Row[Any], now: datetime) -> Card:
    held, joint = _held(row, now), row.joint_with is not None
    return Card(
        row.id, row.customer_id, row.last4, row.kind, held.state, held.since, held.until, joint
    )


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _jsonable(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}
