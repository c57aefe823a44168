"""Acts through any interleaving of calls, losses, kills, repeats and workers: never twice, never a false word.

The real verbs run on tables in memory. Every call of the bank stops at a gate: the machine decides
when it arrives, when its answer comes back, and whether either gets lost.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.bank.acts import Acts
from bot.bank.calls import Calls
from bot.bank.cases import Case
from bot.bank.errors import BankRefused, OutcomeUnknown
from bot.bank.port import Act, Card
from bot.bank.seed import load_seed
from bot.bank.states import SETTLED, State
from bot.clock import FakeClock
from bot.errors import UnavailableError
from tests.support.memory_bank import MemoryBank
from tests.support.memory_cases import MemoryCases
from tests.support.product import ROOT
from tests.support.properties import OFTEN

CUSTOMERS = load_seed(ROOT / "data/sandbox/bank.yml")
#: In order; reported for a time.
GOOD, REPORTED = "card-0", "card-3"
TALK = "conversation"
PICK = st.integers(0, 99)


@dataclass
class Call:
    """One call of ours between us and the bank."""

    act: Act | None  # None: a look what came of the key
    card_id: str
    key: str
    not_after: datetime | None
    gate: asyncio.Future[Any]
    result: Any = None

    @property
    def arrived(self) -> bool:
        return self.result is not None


class Gates:
    """The port as we see it; every call waits here."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    async def report_lost(self, card_id: str, kind: str, key: str, **more: Any) -> Any:
        act = Act.REPORT_LOST_FORMAL if kind == "formal" else Act.REPORT_LOST_TEMPORARY
        return await self._wait(act, card_id, key, more["not_after"])

    async def lift_loss(self, card_id: str, key: str, **more: Any) -> Any:
        return await self._wait(Act.LIFT_LOSS, card_id, key, more["not_after"])

    async def outcome(self, key: str) -> Any:
        return await self._wait(None, "", key, None)

    async def _wait(self, act: Act | None, card_id: str, key: str, not_after: datetime | None) -> Any:
        gate = asyncio.get_running_loop().create_future()
        self.calls.append(Call(act, card_id, key, not_after, gate))
        return await gate


class Machine(RuleBasedStateMachine):
    """One conversation, two cards, any number of processes."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.runner = asyncio.Runner()
        self.clock = FakeClock()
        self.bank = MemoryBank(self.clock, CUSTOMERS)
        self.tables = MemoryCases()
        self.tables.install(self.patch)
        self.patch.setattr(Calls, "tell", self._tell)
        self.gates = Gates()
        self.acts = Acts(
            self.tables, self.clock, self.gates, self, lambda *_a, **_k: "",  # type: ignore[arg-type]
        )
        self.tasks: list[asyncio.Task[Any]] = []
        self.turns = 0

    async def publish(self, _key: str) -> None:
        """Wakes nobody."""

    async def _tell(self, _connection: Any, _conversation: Any, case: Case) -> None:
        self.tables.told.append(case)

    # ---- what people and processes do

    @initialize(act=st.sampled_from(Act))
    def first(self, act: Act) -> None:
        self.ask(act)

    @rule(act=st.sampled_from(Act))
    def ask(self, act: Act) -> None:
        """The customer asks, in a turn of its own."""
        self.turns += 1
        self._begin(self._perform(act, f"turn-{self.turns}"))

    @rule(act=st.sampled_from(Act))
    def repeat_the_last_turn(self, act: Act) -> None:
        case = next((c for c in self.tables.cases.values() if c.turn_id == f"turn-{self.turns}"), None)
        if case:
            self._begin(self.acts.execute(case.id))

    @rule()
    def work(self) -> None:
        self._begin(self.acts.settle())

    @rule(pick=PICK)
    def kill(self, pick: int) -> None:
        """A process dies; what it has sent goes on by itself."""
        if self.tasks:
            self.tasks.pop(pick % len(self.tasks)).cancel()
            self._run()

    @rule(seconds=st.sampled_from([0.5, 3, 5, 11, 31, 61]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def wait_for_a_day(self) -> None:
        self.clock.advance(24 * 3600 + 1)

    # ---- what the net does

    def _some(self, pick: int, *, arrived: bool) -> Call | None:
        found = [call for call in self.gates.calls if call.arrived is arrived]
        return found[pick % len(found)] if found else None

    @rule(pick=PICK)
    def arrive(self, pick: int) -> None:
        """The call reaches the bank, however late."""
        if call := self._some(pick, arrived=False):
            call.result = self.runner.run(self._at_the_bank(call))
            if call.gate.done():  # nobody waits for the answer any more
                self.gates.calls.remove(call)

    @rule(pick=PICK)
    def answer(self, pick: int) -> None:
        """The bank's answer reaches us."""
        if call := self._some(pick, arrived=True):
            self.gates.calls.remove(call)
            self._open(call, call.result)

    @rule(pick=PICK)
    def turn_away(self, pick: int) -> None:
        """The call certainly does not reach the bank."""
        if call := self._some(pick, arrived=False):
            self.gates.calls.remove(call)
            self._open(call, UnavailableError("bank"))

    @rule(pick=PICK, arrived=st.booleans())
    def give_up_waiting(self, pick: int, arrived: bool) -> None:
        """We no longer wait; the call goes on, or its answer is lost."""
        if call := self._some(pick, arrived=arrived):
            self._open(call, OutcomeUnknown() if call.act else UnavailableError("bank"))
            if arrived or call.act is None:
                self.gates.calls.remove(call)

    # ---- what must hold

    @invariant()
    def done_has_a_receipt_and_is_so(self) -> None:
        for case in self.tables.cases.values():
            assert (case.state is State.DONE) == (case.receipt is not None)
            if case.receipt:
                assert case.receipt == self.bank.receipts[case.id]

    @invariant()
    def what_is_open_or_refused_has_not_happened(self) -> None:
        for case in self.tables.cases.values():
            if case.state in (State.OPEN, State.REFUSED):
                assert case.id not in self.bank.receipts

    @invariant()
    def nothing_false_was_told(self) -> None:
        for case in self.tables.told:
            if case.state is not State.HANDED_OVER:
                assert (case.state is State.DONE) == (case.id in self.bank.receipts)

    @invariant()
    def an_end_is_told_once_by_the_worker(self) -> None:
        ends = [(case.id, case.state) for case in self.tables.told]
        assert len(ends) == len(set(ends))

    @invariant()
    def the_same_is_under_way_once(self) -> None:
        going_on = [(c.act, c.card_id) for c in self.tables.cases.values() if c.state not in SETTLED]
        assert len(going_on) == len(set(going_on))

    @precondition(lambda self: not self.gates.calls)
    @rule()
    def all_is_well_again(self) -> None:
        self._heal()

    def teardown(self) -> None:
        self._heal()
        for call in self.gates.calls:
            call.gate.cancel()
        self.runner.close()
        self.patch.undo()

    def _heal(self) -> None:
        """With a bank that answers, every case comes to its end and is told."""
        for _ in range(6):
            self.clock.advance(61)
            self._begin(self.acts.settle())
            while self.gates.calls:
                call = self.gates.calls.pop(0)
                call.result = call.result or self.runner.run(self._at_the_bank(call))
                self._open(call, call.result)
        assert [case for case in self.tables.cases.values() if case.state not in SETTLED] == []
        self.done_has_a_receipt_and_is_so()
        self.what_is_open_or_refused_has_not_happened()
        self.nothing_false_was_told()
        assert {case.id for case in self.tables.told} == set(self.tables.cases)

    # ---- how

    async def _perform(self, act: Act, turn_id: str) -> None:
        conversation = await self.tables.lock(None, TALK)
        card = self._card(REPORTED if act is Act.LIFT_LOSS else GOOD)
        case = await self.acts.prepare(None, conversation, act=act, card=card, turn_id=turn_id)  # type: ignore[arg-type]
        await self.acts.execute(case.id)

    def _card(self, card_id: str) -> Card:
        return self.bank.all[card_id]

    async def _at_the_bank(self, call: Call) -> Any:
        more = {"not_after": call.not_after}
        try:
            if call.act is None:
                return (await self.bank.outcome(call.key),)
            if call.act is Act.LIFT_LOSS:
                return (await self.bank.lift_loss(call.card_id, call.key, **more),)
            kind = "formal" if call.act is Act.REPORT_LOST_FORMAL else "temporary"
            return (await self.bank.report_lost(call.card_id, kind, call.key, **more),)
        except (BankRefused, UnavailableError) as exc:
            return exc

    def _begin(self, work: Any) -> None:
        async def begin() -> None:
            self.tasks.append(asyncio.create_task(work))

        self.runner.run(begin())
        self._run()

    def _open(self, call: Call, result: Any) -> None:
        if not call.gate.done():
            if isinstance(result, tuple):
                call.gate.set_result(result[0])
            else:
                call.gate.set_exception(result)
        self._run()

    def _run(self) -> None:
        """Let every process go on until it stands at a gate."""

        async def idle() -> None:
            for _ in range(12):
                await asyncio.sleep(0)

        self.runner.run(idle())
        ended = [task for task in self.tasks if task.done()]
        self.tasks = [task for task in self.tasks if not task.done()]
        for task in ended:
            if not task.cancelled() and (exc := task.exception()):
                raise exc


Machine.TestCase.settings = settings(max_examples=OFTEN, stateful_step_count=25)
TestActs = pytest.mark.slow(Machine.TestCase)
