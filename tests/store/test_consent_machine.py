"""Consents and contact cards on a real record, through any answers in any order (L01, L03, L04, I31)."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import insert, select

import bot.handoff.store
import bot.records.retention
import bot.staff.store  # noqa: F401
from bot.clock import FakeClock
from bot.conversation import store
from bot.database import Database, metadata
from bot.errors import Forbidden
from bot.identity.shield import shield
from bot.records.archive import Archive
from bot.records.audit import verify
from bot.records.cipher import KEY_BYTES, Cipher
from bot.records.consents import Consents
from bot.records.contact_store import contacts
from bot.records.contacts import Contacts, Contradiction
from bot.records.purposes import load_purposes
from bot.records.retention_rules import load_rules
from tests.support.product import ROOT

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
PURPOSES = load_purposes(ROOT / "data/purposes.yml")
RULES = load_rules(ROOT / "data/retention.yml")
purposes = st.sampled_from(["callback", "follow_up", "complaint_contact"])
values = st.sampled_from([("name", "王敏"), ("name", "李雷"), ("phone", "13912340987"), ("phone", "13800001111")])


class Ledger(RuleBasedStateMachine):
    """The record against a model: what stands for each purpose, and what is on its card."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = Database("sqlite+aiosqlite:///:memory:")
        cipher, clock = Cipher(b"k" * KEY_BYTES), FakeClock()
        self.consents = Consents(self.database, clock, PURPOSES)
        self.contacts = Contacts(
            self.database, clock, cipher, self.consents, shield, Archive(cipher, RULES)
        )
        self.consents.holdings = [self.contacts.holding()]
        self.stands: dict[str, str] = {}
        self.card: dict[tuple[str, str], str] = {}
        self.turn = 0

    @initialize()
    def open(self) -> None:
        async def make() -> None:
            async with self.database.engine.begin() as connection:
                await connection.run_sync(metadata.create_all)
                await connection.execute(
                    insert(store.conversations).values(
                        id="c", token_hash="", language="zh", owner="bot", epoch=1, last_seq=0,
                        session_no=1, created_at=NOW, context={},
                    )
                )

        self.runner.run(make())

    def forget(self, purpose: str) -> None:
        self.card = {place: value for place, value in self.card.items() if place[0] != purpose}

    @rule(purpose=purposes, answer=st.sampled_from(["given", "refused"]))
    def answers(self, purpose: str, answer: str) -> None:
        self.turn += 1
        work = self.consents.decide("c", purpose, answer, turn_id=f"t{self.turn}")
        assert self.runner.run(work).decision == answer
        self.stands[purpose] = answer
        if answer == "refused":
            self.forget(purpose)

    @rule(purpose=purposes)
    def takes_back(self, purpose: str) -> None:
        ended = self.runner.run(self.consents.withdraw("c", purpose))
        kept = {field for of, field in self.card if of == purpose}
        assert {one.key.rpartition(":")[2] for one in ended} == kept
        locked = purpose == "complaint_contact"
        assert all((one.outcome == "locked") == locked for one in ended)
        if self.stands.get(purpose) == "given":
            self.stands[purpose] = "withdrawn"
            self.forget(purpose)

    @rule(purpose=purposes, said=values, sure=st.booleans())
    def says(self, purpose: str, said: tuple[str, str], sure: bool) -> None:
        field, value = said
        others = {kept for (_of, name), kept in self.card.items() if name == field} - {value}
        try:
            answer = self.runner.run(self.contacts.save("c", field, value, purpose, replace=sure))
        except Forbidden:
            assert self.stands.get(purpose) != "given"
            return
        assert self.stands[purpose] == "given"
        assert isinstance(answer, Contradiction) == bool(others and not sure)
        if not isinstance(answer, Contradiction):
            self.card[purpose, field] = value
            for place in self.card:
                if place[1] == field:
                    self.card[place] = value

    @invariant()
    def the_record_is_as_the_model(self) -> None:
        async def look() -> tuple[dict[str, Any], dict[tuple[str, str], str], Any]:
            stands = {key: await self.consents.standing("c", key) for key in self.stands}
            async with self.database.read() as connection:
                places = list(await connection.execute(select(contacts.c.purpose, contacts.c.field)))
                items = await self.contacts.holding().read(connection, ["c"])
                report = await verify(connection)
            assert len(places) == len(items)
            kept = {(item.values["purpose"], item.values["field"]): item.values["value"] for item in items}
            return stands, kept, report.fault

        assert self.runner.run(look()) == (self.stands, self.card, None)

    @invariant()
    def nobody_is_asked_again(self) -> None:
        for purpose in self.stands:
            assert not self.runner.run(self.consents.may_ask("c", purpose))

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()


Ledger.TestCase.settings = settings(max_examples=60, stateful_step_count=20)
test_the_record_follows_the_model = pytest.mark.slow(Ledger.TestCase)
