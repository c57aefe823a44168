"""Secrets that customers let slip in every state of a conversation, each written down as it is planted."""

import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bot import wiring
from bot.conversation import store
from tests.support.people import PATIENCE_S, Customer, Desk
from tests.support.product import Product
from tests.support.sandbox import Person, card_number, id_number, seed
from tests.support.secrets import FULL_WIDTH, in_groups
from tests.support.stories import wrong

#: Whoever asks `arrive(product)` gets a customer.
Arrive = Callable[[Product], Awaitable[Customer]]
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"


@dataclass
class Garden:
    """Everything that was planted, and who was talking."""

    product: Product
    arrive: Arrive
    rooms: wiring.Rooms
    chance: random.Random = field(default_factory=lambda: random.Random(20261125))  # noqa: S311  # the same ones each time
    secrets: list[str] = field(default_factory=list)
    #: numbers that were given with consent: encrypted in the record, and in the customer's own copy
    given: list[str] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)

    # ---- what is planted

    def card(self) -> str:
        return self._planted(card_number(self.chance.choice(("debit", "credit")), self.chance))

    def id_number(self) -> str:
        born = f"19{self.chance.randrange(60, 99)}0{self.chance.randrange(1, 9)}1{self.chance.randrange(9)}"
        return self._planted(id_number(born, f"{self.chance.randrange(1000):03d}"))

    def id_end(self) -> str:
        """What verification asks for."""
        return self._planted(f"{self.chance.randrange(10_000, 99_999)}" + self.chance.choice("0123456789X"))

    def phone(self, *, given: bool = False) -> str:
        number = f"13{self.chance.randrange(10**9):09d}"
        if given:
            self.given.append(number)
        return self._planted(number)

    def code(self) -> str:
        return self._planted(f"{self.chance.randrange(100_000, 999_999)}")

    def password(self) -> str:
        letters = "".join(self.chance.choice(_LETTERS) for _ in range(6))
        return self._planted(f"{letters}{self.chance.randrange(10, 99)}")

    def cvv(self) -> str:
        """Three digits stand everywhere: what may not be kept is the sentence that says what they are."""
        sentence = self.chance.choice(("我的安全码是{}", "后三位：{}", "my cvv is {}", "CVV2 {}"))
        return self._planted(sentence.format(f"{self.chance.randrange(100, 999)}"))

    def _planted(self, secret: str) -> str:
        self.secrets.append(secret)
        return secret

    def named(self, first: int = 0, last: int | None = None) -> list[str]:
        """These of the messages that say themselves what the secret is, in the ways in which people write them."""
        makers: list[Callable[[], str]] = [
            lambda: f"我的卡号是{self.card()}，帮我看看", lambda: f"验证码是{self.code()}",
            lambda: f"身份证{self.id_number()}", lambda: f"密码是{self.password()}",
            lambda: f"卡号 {in_groups(self.card(), ' ')}", lambda: f"the code is {self.code()}",
            lambda: f"我的身份证号：{self.id_number().translate(FULL_WIDTH)}", self.cvv,
            lambda: f"my card number is {self.card()} please help", lambda: f"我手机{self.phone()}",
            lambda: f"取款密码：{self.code()}", lambda: f"my password is {self.password()}",
            lambda: f"我的卡{self.card().translate(FULL_WIDTH)}丢在车上了", lambda: f"call me on +86 {self.phone()}",
            lambda: f"验证码：{' '.join(self.code())}", lambda: f"身份证后六位是{self.id_end()}",
            lambda: f"the last six digits of my ID are {self.id_end()}",
            lambda: f"身份证 {'-'.join(_parts(self.id_number()))}",
        ]
        return [make() for make in makers[first:last]]

    def bare(self) -> list[str]:
        """Messages that are nothing but a secret."""
        card, code = self.card(), self.code()
        return [
            card, code, in_groups(self.card(), "-"), " ".join(self.code()), self.code().translate(FULL_WIDTH),
            self.id_number(), self.phone(), self.card().translate(FULL_WIDTH),
        ]

    # ---- where it is planted

    async def _come(self) -> Customer:
        customer = await self.arrive(self.product)
        self.customers.append(customer)
        return customer

    async def when_nothing_is_asked(self) -> None:
        customer = await self._come()
        for text in [*self.named(), *self.bare(), *self.named(), *self.bare(), *self.named()]:
            await _said(customer, text)
        await customer.ask("谢谢")

    async def in_pieces(self) -> None:
        customer = await self._come()
        card, id_, phone = self.card(), self.id_number(), self.phone()
        parts = [
            card[:8], card[8:], "好的", id_[:10], id_[10:], "好的", phone[:3], phone[3:7], phone[7:], "好的",
            "验证码是", self.code(), "我的密码是", self.password(), "身份证后六位", self.id_end(),
            *in_groups(self.card(), " ").split(),
        ]
        for part in parts:
            await _said(customer, part)
        await customer.ask("谢谢")

    async def while_a_code_is_awaited(self) -> None:
        person = await seed(self.product)
        customer = await self._come()
        await self._asked_for_code(customer, person)
        right = self._planted(person.last_code(self.product))
        for text in (self._planted(wrong(right)), f"验证码 {self.code()}", self.code().translate(FULL_WIDTH)):
            await _answered(customer, text)
        for text in self.named(0, 6):
            await _answered(customer, text)
        await _answered(customer, " ".join(right))
        await customer.ask("确认")
        for text in [*self.named(6), *self.bare()]:
            await _said(customer, text)
        await customer.ask("谢谢")

    async def in_the_field_for_a_code(self) -> None:
        person = await seed(self.product)
        customer = await self._come()
        await self._asked_for_code(customer, person)
        right = self._planted(person.last_code(self.product))
        for code in (self._planted(wrong(right)), self.card(), self.password(), right):
            assert (await customer.send(fields={"code": code})).status_code in (202, 409)
            await customer.hear()

    async def while_id_characters_are_awaited(self) -> None:
        person = await seed(self.product, cards=["debit temporary_loss"])
        customer = await self._come()
        await customer.ask("我要解挂")
        await customer.ask(f"尾号{person.cards[0].last4}")
        for text in (self.card(), f"密码是{self.password()}", self._planted(wrong(person.id_number[-6:]))):
            await _answered(customer, text)
        await _answered(customer, f"身份证后六位是{self._planted(person.id_number[-6:])}")
        for text in (self._planted(person.id_number), f"验证码是{self.code()}", self.code()):
            await _answered(customer, text)

    async def in_a_complaint(self) -> None:
        customer = await self._come()
        await customer.ask("我要投诉")
        a, b, c, d = self.named(0, 4)
        await customer.ask(f"昨天在柜台，{a}，{b}，态度很差")
        await customer.ask(f"要求道歉，{c}，{d}")
        fields = {"name": self.card(), "phone": self.phone(), "consent": True}
        assert (await customer.send(fields=fields)).status_code in (202, 400)
        await _said(customer, f"我叫何小满 电话{self.phone(given=True)}")
        await customer.hear()
        fields = {"name": "何小满", "phone": self.phone(given=True), "consent": True}
        await customer.send(fields=fields)
        for text in self.named(4, 8):
            await _answered(customer, text)
        await customer.ask("提交投诉")

    async def in_a_call_back(self) -> None:
        customer = await self._come()
        await customer.ask("请给我回电")
        for text in [*self.named(8, 14), *self.bare()]:
            await _answered(customer, text)
        await customer.send(fields={"name": "何小满", "phone": self.phone(given=True), "consent": True})
        await customer.ask("谢谢")

    async def in_feedback(self) -> None:
        customer = await self._come()
        await customer.ask("我想评价一下服务")
        await customer.ask("5")
        await customer.ask("柜员很耐心，" + "，".join(self.named(0, 9)))
        comment = f"卡号{self.card()}，密码是{self.password()}，手机{self.phone()}"
        rating = {"score": 4, "comment": comment}
        assert (await customer.http.post(f"{customer.path}/rating", json=rating)).status_code == 200

    async def with_a_person(self, desk: Desk) -> None:
        customer = await self._come()
        await _said(customer, "转人工")
        await customer.until_owner("queue")
        for text in self.named(8, 14):
            await _said(customer, text)
        await desk.claim(customer.id)
        for text in [*self.named(), *self.bare()]:
            await _said(customer, text)
        code, card, id_ = self.code(), self.card(), self.id_number()
        for text in (code[:3], code[3:], card[:10], card[10:], id_[:6], id_[6:]):
            await _said(customer, text)
        await desk.say(customer.id, "好的，请稍等")

    async def in_a_request_by_hand(self) -> None:
        customer = await self._come()
        async with self.rooms.database.write() as connection:
            talk = await store.lock(connection, customer.id)
            await store.set_context(connection, talk, open_form="manual_request")
        refused = {"name": self.id_number(), "phone": self.card(), "matter": "x", "consent": True}
        assert (await customer.send(fields=refused)).status_code == 400
        matter = "，".join(self.named())
        fields: dict[str, Any] = {"name": "何小满", "phone": self.phone(given=True), "matter": matter, "consent": True}
        reply = await customer.send(client_id=str(uuid.uuid4()), fields=fields)
        assert reply.status_code == 202, reply.text

    async def _asked_for_code(self, customer: Customer, person: Person) -> None:
        await customer.ask("卡丢了")
        await customer.ask(person.cards[0].last4)


async def _said(customer: Customer, text: str) -> None:
    reply = await customer.send(text=text)
    assert reply.status_code == 202, reply.text


async def _answered(customer: Customer, text: str) -> None:
    """Say it and wait until it is answered; a secret alone is answered by a notice."""
    await _said(customer, text)
    until = time.monotonic() + PATIENCE_S
    while all(message["author"] == "customer" for message in await customer.read(2)):
        assert time.monotonic() < until, f"no answer; so far {customer.texts()}"


def _parts(number: str) -> tuple[str, str, str]:
    """An ID number as it is read out: where, when, who."""
    return number[:6], number[6:14], number[14:]
