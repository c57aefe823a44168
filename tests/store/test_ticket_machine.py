"""Tickets on a real record, through any steps in any order: state, history and clock agree."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import insert, select

import bot.handoff.store
import bot.staff.store  # noqa: F401
from bot.conversation import store as conversations
from bot.database import Database, metadata
from bot.errors import Conflict
from bot.records import ticket_store as store
from bot.records.store import ticket_alarms, ticket_events
from bot.records.ticket_states import FIRST, TRANSITIONS, WANT_CAUSE, Kind, State, Step

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
REFERENCE = "X20261123-0001"


class Record(RuleBasedStateMachine):
    """The record of one ticket against a model of it."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = Database("sqlite+aiosqlite:///:memory:")
        self.history = ["filed"]
        self.has_cause, self.clock_no = False, 1

    def run(self, work: Any) -> Any:
        async def inside() -> Any:
            async with self.database.write() as connection:
                return await work(connection)

        return self.runner.run(inside())

    @initialize(kind=st.sampled_from(Kind))
    def file(self, kind: Kind) -> None:
        async def make() -> None:
            async with self.database.engine.begin() as connection:
                await connection.run_sync(metadata.create_all)
            async with self.database.write() as connection:
                await connection.execute(
                    insert(conversations.conversations).values(
                        id="c", token_hash="", language="zh", owner="bot", epoch=1, last_seq=0,
                        session_no=1, created_at=NOW, context={},
                    )
                )
                await store.add(
                    connection, reference=REFERENCE, kind=kind.value, conversation_id="c",
                    turn_id="t", language="zh", state=FIRST[kind].value, priority=0, facts={},
                    fields=b"", received_at=NOW, due_at=NOW + timedelta(days=15),
                )

        self.runner.run(make())
        self.kind, self.state = kind, FIRST[kind]

    @rule(step=st.sampled_from(Step), restarts=st.booleans())
    def step(self, step: Step, restarts: bool) -> None:
        values: dict[str, Any] = {"cause": b"x"} if step is Step.CAUSE_FOUND else {}
        restarts = restarts or step is Step.REOPENED
        if restarts:
            values["due_at"] = NOW + timedelta(days=30)

        async def take(connection: Any) -> Any:
            _, ticket = await store.lock(connection, REFERENCE)
            return await store.take_step(connection, ticket, step, at=NOW, actor="system", **values)

        has_cause = self.has_cause or step is Step.CAUSE_FOUND
        lacks_cause = self.kind is Kind.COMPLAINT and step in WANT_CAUSE and not has_cause
        if step not in TRANSITIONS[self.kind][self.state] or lacks_cause:
            with pytest.raises(Conflict):
                self.run(take)
            return
        self.run(take)
        self.state, self.has_cause = TRANSITIONS[self.kind][self.state][step], has_cause
        self.history.append(step.value)
        self.clock_no += restarts

    @invariant()
    def the_record_is_as_the_model(self) -> None:
        async def look(connection: Any) -> Any:
            history = await connection.execute(
                select(ticket_events.c.event, ticket_events.c.state).order_by(ticket_events.c.id)
            )
            return await store.find(connection, REFERENCE), history.all()

        ticket, history = self.run(look)
        assert (ticket.state, ticket.clock_no) == (self.state, self.clock_no)
        assert [row.event for row in history] == self.history
        assert history[-1].state == self.state
        assert (ticket.closed_at is not None) == (ticket.state in store.OVER)

    @invariant()
    def clocks_run_for_live_tickets_alone(self) -> None:
        async def look(connection: Any) -> Any:
            query = select(ticket_alarms.c.clock_no).where(ticket_alarms.c.fired_at.is_(None))
            return set((await connection.execute(query)).scalars())

        live = self.state not in (*store.OVER, State.ANSWERED)
        assert self.run(look) == ({self.clock_no} if live else set())

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()


Record.TestCase.settings = settings(max_examples=25, stateful_step_count=25)
TestRecord = pytest.mark.slow(Record.TestCase)
