"""Somebody who wants a lost card stopped, brought to the step that a test is about."""

import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot import wiring
from bot.bank import store
from tests.support.people import Customer
from tests.support.product import Product
from tests.support.refusals import rows
from tests.support.sandbox import Person, seed

LOST = {"zh": "卡丢了", "en": "lost my card"}
UNFREEZE = {"zh": "解挂", "en": "unfreeze my card"}
CONFIRM = {"zh": "确认", "en": "Confirm"}
PERSON = {"zh": "转人工客服", "en": "Talk to a person"}
HOTLINE = "400-000-9000"


@dataclass
class Errand:
    """One person, known to the bank, in one conversation."""

    product: Product
    person: Person
    customer: Customer
    language: str

    @classmethod
    async def begin(
        cls, product: Product, arrive: Callable[..., Awaitable[Customer]], language: str = "zh", *,
        signed: bool = True, **person: Any,
    ) -> "Errand":
        """They open the chat; `signed` in the bank's app, which names them."""
        somebody = await seed(product, **person)
        token = somebody.token(product) if signed else None
        return cls(product, somebody, await arrive(product, language, customer_token=token), language)

    async def say(self, text: str) -> str:
        """All that is said to this."""
        return words(await self.customer.ask(text))

    async def to_code(self, first: dict[str, str] = LOST) -> str:
        """Up to where a code is awaited; the newest code that was sent."""
        await self.say(first[self.language])
        return self.code

    async def to_readback(self) -> None:
        """Up to the question whether it shall be done."""
        await self.say(await self.to_code())

    async def confirm(self) -> list[dict[str, Any]]:
        return await self.customer.choose(CONFIRM[self.language])

    @property
    def code(self) -> str:
        return self.person.last_code(self.product)

    @property
    def cases(self) -> list[tuple[str, int, str]]:
        """(state, attempts, reference) of all that was asked of the bank here."""
        query = "select state, attempts, reference from acts where conversation_id = ? order by created_at"
        return rows(self.product, query, self.customer.id)

    @property
    def verification(self) -> tuple[str, int]:
        """State and resends of the newest verification."""
        query = "select state, resends from verifications where conversation_id = ? order by number desc"
        return rows(self.product, query, self.customer.id)[0]

    def audited(self, action: str) -> int:
        """How often this was written down of the conversation."""
        query = "select count(*) from audit where subject = ? and action = ?"
        return int(rows(self.product, query, self.customer.id, action)[0][0])

    async def history(self) -> list[str]:
        """What has happened to the first card at the bank, by act."""
        sandbox = wiring.sandbox_bank(self.product.settings)
        async with sandbox.database.read() as connection:
            wanted = sandbox.hashes.of(self.person.cards[0].number, "card_number")
            query = (
                select(store.history.c.act).join(store.cards, store.cards.c.id == store.history.c.card_id)
                .where(store.cards.c.number_hash == wanted)
            )
            acts = list((await connection.execute(query)).scalars())
        await sandbox.database.close()
        return acts


def later(product: Product, errand: Errand, seconds: int) -> None:
    """Let so much time have passed since the last code, for the conversation's verification."""
    _shift(product, "verifications", ("code_at", "sent_at"), "conversation_id", errand.customer.id, seconds)


def fall_silent(product: Product, errand: Errand, seconds: int) -> None:
    """Let so much time have passed since anything was said or shown."""
    talk = errand.customer.id
    _shift(product, "conversations", ("last_customer_at",), "id", talk, seconds)
    _shift(product, "verifications", ("touched_at",), "conversation_id", talk, seconds)


def _shift(product: Product, table: str, columns: tuple[str, ...], key: str, value: str, seconds: int) -> None:
    earlier = ", ".join(f"{name} = strftime('%Y-%m-%d %H:%M:%f', {name}, '-{seconds} seconds')" for name in columns)
    with sqlite3.connect(product.var / "qiantai.db", timeout=10) as connection:
        done = connection.execute(f"update {table} set {earlier} where {key} = ?", (value,))  # noqa: S608
    assert done.rowcount


def words(messages: list[dict[str, Any]]) -> str:
    """All the texts, a line each."""
    return "\n".join(message["text"] for message in messages)


def titles(messages: list[dict[str, Any]]) -> list[str]:
    """All the buttons."""
    return [choice["title"] for message in messages for choice in message.get("choices", [])]


def break_bank(product: Product, **fault: Any) -> None:
    """Make the sandbox bank fail in this way, as its own file says it; nothing given heals it."""
    path = product.var / "sandbox" / "fault.json"
    path.parent.mkdir(exist_ok=True)
    if fault:
        path.write_text(json.dumps(fault))
    else:
        path.unlink(missing_ok=True)
