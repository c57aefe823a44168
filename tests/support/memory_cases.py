"""The tables of acts and conversations as dictionaries, for thousands of runs of the real acts in seconds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from bot.bank import acts, calls, settling
from bot.bank.cases import Case
from bot.bank.port import Act, Receipt
from bot.bank.states import State
from bot.conversation.states import Owner

UNDER_WAY = (State.OPEN, State.CONFIRMING)


class MemoryCases:
    """`bot.bank.cases`, and what else acts write; a transaction here is what runs without a pause."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        #: the case as it was when the customer was told of it
        self.told: list[Case] = []
        self.audit: list[str] = []
        self.counted = 0

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Put this in the place of the tables."""
        conversations = SimpleNamespace(lock=self.lock)
        for module in (acts, calls, settling):
            patch.setattr(module, "cases", self)
            patch.setattr(module, "conversations", conversations)
        patch.setattr(acts, "next_reference", self.next_reference)
        patch.setattr(calls, "audit", SimpleNamespace(record=self.record))
        patch.setattr(settling, "was_answered", self.was_answered)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[None]:
        yield None

    read = write

    async def lock(self, _connection: Any, conversation_id: str) -> Any:
        return SimpleNamespace(id=conversation_id, owner=Owner.BOT, language="zh")

    async def record(self, _connection: Any, *, action: str, **_more: Any) -> None:
        self.audit.append(action)

    async def next_reference(self, _connection: Any, letter: str, now: datetime) -> str:
        self.counted += 1
        return f"{letter}{now:%Y%m%d}-{self.counted:04d}"

    async def was_answered(self, _connection: Any, _turn_id: str) -> bool:
        return False

    async def add(self, _connection: Any, **values: Any) -> None:
        rest = {"reason": None, "receipt": None, "attempted_at": None, "settled_at": None}
        self.cases[values["id"]] = Case(**_typed({**rest, **values}))

    async def by_id(self, _connection: Any, case_id: str) -> Case | None:
        return self.cases.get(case_id)

    by_name = by_id

    async def by_turn(self, _connection: Any, turn_id: str) -> Case | None:
        return next((case for case in self.cases.values() if case.turn_id == turn_id), None)

    async def under_way(
        self, _connection: Any, conversation_id: str, act: Act, card_id: str
    ) -> Case | None:
        wanted = (conversation_id, act, card_id)
        return next((
            case for case in self.cases.values()
            if (case.conversation_id, case.act, case.card_id) == wanted and case.state in UNDER_WAY
        ), None)

    async def due(self, _connection: Any, now: datetime, _limit: int) -> list[Case]:
        return [case for case in self.cases.values() if case.due_at and case.due_at <= now]

    async def change(self, _connection: Any, case_id: str, **values: Any) -> None:
        self.cases[case_id] = replace(self.cases[case_id], **_typed(values))

    async def claim(self, _connection: Any, case: Case, until: datetime) -> bool:
        if self.cases[case.id].due_at != case.due_at:
            return False
        await self.change(None, case.id, due_at=until)
        return True

    async def postpone(self, _connection: Any, case_id: str, until: datetime) -> None:
        if self.cases[case_id].state in UNDER_WAY:
            await self.change(None, case_id, due_at=until)


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    made = dict(values)
    if "act" in made:
        made["act"] = Act(made["act"])
    if "state" in made:
        made["state"] = State(made["state"])
    if made.get("receipt"):
        made["receipt"] = Receipt.of(made["receipt"])
    return made
