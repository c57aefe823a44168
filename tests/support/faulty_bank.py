"""A bank that fails where a test wants it to: on the way there, on the way back, or with our own death."""

from typing import Any

from bot.bank.errors import OutcomeUnknown
from bot.bank.port import Act, Bank, Receipt
from bot.errors import UnavailableError


class Killed(BaseException):
    """kill -9 of our own process, as far as the code under test can tell: nothing after it runs."""


class FaultyBank:
    """Another bank behind faults; `plan` has one for each of the next acts, then all goes well.

    ok, down, drop_before, drop_after, kill_before, kill_after; `away` also takes the reads.
    """

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.plan: list[str] = []
        self.away = False
        #: (act, key) of every act that arrived at the bank and was not refused
        self.executed: list[tuple[Act, str]] = []
        #: how many calls came, arrived or not
        self.calls = 0

    async def report_lost(self, card_id: str, kind: Any, key: str, **more: Any) -> Receipt:
        return await self._through(lambda: self.bank.report_lost(card_id, kind, key, **more))

    async def lift_loss(self, card_id: str, key: str, **more: Any) -> Receipt:
        return await self._through(lambda: self.bank.lift_loss(card_id, key, **more))

    async def outcome(self, key: str) -> Receipt | None:
        if self.away:
            raise UnavailableError("bank")
        return await self.bank.outcome(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bank, name)

    async def _through(self, act: Any) -> Receipt:
        self.calls += 1
        fault = self.plan.pop(0) if self.plan else "ok"
        if self.away or fault == "down":
            raise UnavailableError("bank")
        if fault == "kill_before":
            raise Killed
        if fault == "drop_before":
            raise OutcomeUnknown
        receipt: Receipt = await act()
        self.executed.append((receipt.act, receipt.key))
        if fault == "kill_after":
            raise Killed
        if fault == "drop_after":
            raise OutcomeUnknown
        return receipt
