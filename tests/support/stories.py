"""Stories of customers, as tests/dialogues/stories tells them: told to the running product, step by step.

A story is a list of steps. What a customer does: `say`, `pick` (a button, by a part of its title), `code` and `id`
(`right`, `wrong` or the characters), `contact` (the form's fields), `contact_refused` (fields of which one is wrong:
its name), `booked` (a visit, its contact from the `form` or `registered`), `new_chat`, `stranger` (somebody else opens
a chat). What must follow: `hear` and `hear_not` (parts of what the bot said since the last thing the customer did),
`choices`, `no_choice`, `form` (the form that is shown), `owner`, `card` (the state of the customer's first card at the
bank), `until` (something that comes later), `filed` (how many tickets of each kind this conversation has), `feedback`
(score, kind and words of the last one), `kept` (the fields on its contact card), `offered` (the file that is offered),
`download` (parts of the file, or `refused`). What befalls them: `fault` (of the sandbox bank), `sms` (away or back).
Words may name {last4}, {last4b}, {number}, {id6}, {phone}, {reference} (the last one told, also in an earlier chat).
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.content.yaml import load
from tests.support.people import Customer
from tests.support.product import Product
from tests.support.refusals import rows
from tests.support.sandbox import Person, card_state, seed, set_fault

FOLDER = Path(__file__).parents[1] / "dialogues" / "stories"
LANGUAGES = ("zh", "en")
#: Full-width digits, as a Chinese keyboard may type them.
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
#: How a visit is booked: first words, who, class, branch, day, the registered number, the yes.
BOOKING = {
    "zh": ("我要预约开户", "我自己", "三类", "滨江支行", "最早", "用预留手机", "确认预约"),
    "en": (
        "book an appointment to open an account", "For myself", "Class III", "Binjiang", "the earliest",
        "use my registered phone", "Book it",
    ),
}


@dataclass(frozen=True)
class Story:
    """One story in one language."""

    name: str
    language: str
    person: dict[str, Any]
    steps: list[dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.language}: {self.name}"


def stories(dialogue: str) -> list[Story]:
    """The stories of one file; each is told in both languages."""
    found = []
    for raw in load(FOLDER / f"{dialogue}.yml")["stories"]:
        for language in LANGUAGES:
            if language in raw:
                found.append(Story(raw["story"], language, raw.get("person") or {}, raw[language]))
    return found


@dataclass
class Telling:
    """A story as it goes on."""

    product: Product
    person: Person
    story: Story
    customer: Customer
    heard: list[dict[str, Any]] = field(default_factory=list)
    #: what the person is made of
    made: dict[str, Any] = field(default_factory=dict)
    #: the last reference of earlier chats
    kept_reference: str = ""

    @classmethod
    async def begin(cls, product: Product, story: Story) -> "Telling":
        """The person is made known to the bank and opens the chat."""
        person = await seed(product, **story.person)
        telling = cls(product, person, story, Customer(product.chat_url), made=story.person)
        await telling.open()
        return telling

    async def open(self) -> None:
        """A new conversation."""
        self.kept_reference = self._reference()
        await self.customer.leave()
        token = self.person.token(self.product) if self.made.get("signed") else None
        self.customer = await Customer.arrive(self.product.chat_url, self.story.language, customer_token=token)

    async def tell(self) -> None:
        """Every step; the first that does not hold fails."""
        for number, step in enumerate(self.story.steps, 1):
            for what, value in step.items():
                try:
                    await getattr(self, f"do_{what}")(value)
                    self._is_well_said()
                except AssertionError as exc:
                    said = "\n".join(self.customer.texts())
                    raise AssertionError(f"step {number}, {what}: {exc}\n{said}") from None

    async def do_say(self, text: str) -> None:
        self.heard = await self.customer.ask(self._filled(text))

    async def do_pick(self, title: str) -> None:
        self.heard = await self.customer.choose(self._filled(title))

    async def do_code(self, what: str) -> None:
        if what == "right":
            what = self.person.last_code(self.product)
        elif what == "wrong":
            what = wrong(self.person.last_code(self.product))
        elif what == "wide":
            what = self.person.last_code(self.product).translate(WIDE)
        elif what == "spaced":
            what = " ".join(self.person.last_code(self.product))
        self.heard = await self.customer.ask(str(what))

    async def do_code_form(self, what: str) -> None:
        code = self.person.last_code(self.product)
        self.heard = await self.customer.after(fields={"code": code if what == "right" else wrong(code)})

    async def do_id(self, what: str) -> None:
        right = self.person.id_number[-6:]
        self.heard = await self.customer.ask({"right": right, "wrong": wrong(right)}.get(what, what))

    async def do_contact(self, fields: dict[str, Any]) -> None:
        self.heard = await self.customer.after(fields={"consent": True, **fields})

    async def do_booked(self, contact: str) -> None:
        """Book a visit; the contact is given in the form, or is the registered one."""
        steps = BOOKING[self.story.language]
        self.heard = await self.customer.ask(steps[0])
        for title in steps[1:4]:
            self.heard = await self.customer.choose(title)
        self.heard = await self.customer.ask(steps[4])
        if contact == "registered":
            self.heard = await self.customer.choose(steps[5])
        else:
            await self.do_contact({"name": "何小满", "phone": "13912345678"})
        self.heard = await self.customer.choose(steps[6])
        assert self._reference().startswith("A"), self._said()

    async def do_contact_refused(self, fields: dict[str, Any]) -> None:
        """The form holds the first field that is named, which is wrong."""
        sent = {"name": "何小满", "phone": "13900001111", "consent": True, **fields}
        reply = await self.customer.send(fields=sent)
        assert reply.status_code == 400, f"{reply.status_code}: {reply.text}"
        assert reply.json()["error"]["field"] in fields, reply.text

    async def do_stranger(self, person: dict[str, Any] | None) -> None:
        self.made = person or {}
        self.person = await seed(self.product, **self.made)
        await self.open()

    async def do_new_chat(self, _: Any) -> None:
        await self.open()

    async def do_fault(self, mode: str) -> None:
        set_fault(self.product, mode)

    async def do_hear(self, parts: Any) -> None:
        said = self._said()
        for part in _listed(parts):
            assert self._filled(part) in said, f"nobody said {self._filled(part)!r}, but:\n{said}"

    async def do_hear_not(self, parts: Any) -> None:
        said = self._said()
        for part in _listed(parts):
            assert self._filled(part) not in said, f"said all the same: {part!r}"

    async def do_choices(self, parts: Any) -> None:
        titles = [choice["title"] for message in self.heard for choice in message.get("choices", [])]
        for part in _listed(parts):
            assert any(self._filled(part) in title for title in titles), f"no choice {part!r} among {titles}"

    async def do_no_choice(self, parts: Any) -> None:
        titles = [choice["title"] for message in self.heard for choice in message.get("choices", [])]
        for part in _listed(parts):
            assert not any(part in title for title in titles), f"choice {part!r} all the same"

    async def do_form(self, name: str) -> None:
        shown = [message["form"] for message in self.heard if message["kind"] == "form"]
        assert [form["id"] for form in shown] == [name], f"forms {shown}"
        kinds = [one["type"] for one in shown[0]["fields"]]
        assert not name.startswith("contact_") or kinds == ["text", "tel", "checkbox"], kinds

    async def do_filed(self, kinds: dict[str, int]) -> None:
        query = "select kind, count(*) from tickets where conversation_id = ? group by kind"
        found = dict(rows(self.product, query, self.customer.id))
        assert found == kinds, f"filed: {found}"

    async def do_feedback(self, expected: list[Any]) -> None:
        query = "select score, kind, text from feedback where conversation_id = ? order by id desc limit 1"
        found = [list(one) for one in rows(self.product, query, self.customer.id)]
        assert found == ([expected] if expected else []), f"feedback: {found}"

    async def do_kept(self, fields: list[str]) -> None:
        query = "select distinct field from contacts where conversation_id = ? order by field"
        found = [one for (one,) in rows(self.product, query, self.customer.id)]
        assert found == sorted(fields), f"kept: {found}"

    async def do_download(self, parts: Any) -> None:
        """The copy of their data: what must be in it, or `refused` when there is none to be had."""
        reply = await self.customer.http.get(f"{self.customer.path}/my-data")
        if parts == "refused":
            assert reply.status_code == 403, f"{reply.status_code}: {reply.text[:200]}"
            assert reply.json()["error"]["code"] == "export_not_open", reply.text
            return
        assert reply.status_code == 200, f"{reply.status_code}: {reply.text}"
        assert "attachment" in reply.headers["content-disposition"], reply.headers
        for part in _listed(parts):
            assert self._filled(part) in reply.text, f"{self._filled(part)!r} is not in the copy"

    async def do_offered(self, name: str) -> None:
        """A file is offered for download under this name."""
        found = [message["download"]["name"] for message in self.heard if "download" in message]
        assert found == [name], f"downloads {found}"

    async def do_owner(self, owner: str) -> None:
        await self.customer.until_owner(owner)

    async def do_card(self, state: str) -> None:
        found = await card_state(self.product, self.person.cards[0].number)
        assert found == state, f"the card is {found}"

    async def do_until(self, part: str) -> None:
        self.heard = [await self.customer.until_says(self._filled(part))]

    def _is_well_said(self) -> None:
        """Nothing is said twice in one turn, and nothing with a gap in it."""
        texts = [message["text"] for message in self.heard if message["author"] == "bot"]
        assert len(set(texts)) == len(texts), "said twice"
        assert not any(re.search(r"\{\w+\}", text) for text in texts), "a gap is not filled"

    def _said(self) -> str:
        return "\n".join(message["text"] for message in self.heard)

    def _filled(self, text: Any) -> str:
        names = {
            "last4": self.person.cards[0].last4, "last4b": self.person.cards[-1].last4,
            "number": self.person.cards[0].number, "id6": self.person.id_number[-6:],
            "phone": self.person.phone or "", "hotline": "400-000-9000", "nobody": self.person.nobody,
            "reference": self._reference(),
        }
        return re.sub(r"\{(\w+)\}", lambda match: str(names.get(match[1], match[0])), str(text))

    def _reference(self) -> str:
        """The last reference that was told in this story; one that shows what they look like is none."""
        told = "\n".join(m["text"] for m in self.customer.messages)
        found = re.findall(r"[A-Z]20\d{6}-\d{4}", re.sub(r"(?:比如|such as) [A-Z][\d-]+", "", told))
        return found[-1] if found else self.kept_reference


def wrong(secret: str) -> str:
    """The same with its last digit changed."""
    last = secret[-1]
    return secret[:-1] + ("1" if last != "1" else "2")


def _listed(parts: Any) -> list[str]:
    return parts if isinstance(parts, list) else [parts]
