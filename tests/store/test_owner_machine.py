"""Owners, epochs and numbers on a real record, through any steps in any order."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import insert

import bot.handoff.store
import bot.records.store
import bot.staff.store  # noqa: F401
from bot.conversation import store
from bot.conversation.states import TRANSITIONS, Owner, Step
from bot.conversation.store import Draft
from bot.database import Database, metadata
from bot.errors import Conflict

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TURNS = ("turn-1", "turn-2")


class Record(RuleBasedStateMachine):
    """The record against a model of four values."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = Database("sqlite+aiosqlite:///:memory:")
        self.owner, self.epoch, self.began = Owner.BOT, 1, None
        self.texts: list[str] = []

    def run(self, work: Any) -> Any:
        async def inside() -> Any:
            async with self.database.write() as connection:
                return await work(connection, await store.lock(connection, "c"))

        return self.runner.run(inside())

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

    @rule(step=st.sampled_from(Step), turn=st.sampled_from([None, *TURNS]))
    def step(self, step: Step, turn: str | None) -> None:
        def take(connection: Any, talk: Any) -> Any:
            return store.take_step(connection, talk, step, now=NOW, turn_id=turn)

        if step in TRANSITIONS[self.owner]:
            self.run(take)
            self.owner, self.began = TRANSITIONS[self.owner][step], turn
            self.epoch += 1
        else:
            with pytest.raises(Conflict):
                self.run(take)

    @rule(behind=st.integers(0, 3), turn=st.sampled_from([None, *TURNS]))
    def speak(self, behind: int, turn: str | None) -> None:
        """Words made under the present epoch or an earlier one."""
        text = f"text {len(self.texts)}"
        epoch = self.epoch - behind

        def append(connection: Any, talk: Any) -> Any:
            draft = Draft("bot", text, turn_id=turn)
            return store.append(connection, talk, draft, now=NOW, epoch=epoch)

        finishing = behind == 1 and turn is not None and turn == self.began
        if behind == 0 or finishing:
            self.run(append)
            self.texts.append(text)
        else:
            with pytest.raises(Conflict):
                self.run(append)

    @invariant()
    def the_record_is_as_the_model(self) -> None:
        async def look(connection: Any, talk: Any) -> Any:
            return talk, await store.messages_after(connection, "c", 0)

        talk, messages = self.run(look)
        assert (talk.owner, talk.epoch, talk.epoch_turn_id) == (self.owner, self.epoch, self.began)
        assert [message.text for message in messages] == self.texts
        assert [message.seq for message in messages] == list(range(1, len(self.texts) + 1))
        assert talk.last_seq == len(self.texts)

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()


Record.TestCase.settings = settings(max_examples=25, stateful_step_count=20)
TestRecord = pytest.mark.slow(Record.TestCase)
