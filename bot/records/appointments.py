"""What can be booked for an account opening: branches, days, classes of account, and the papers to bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.clock import Clock
from bot.content.branches import Branch, Branches
from bot.conversation.ports import Say
from bot.errors import BadRequest
from bot.records import due

#: So many working days ahead can be booked, from tomorrow on.
DAYS_AHEAD = 10
#: Who comes: the customer, somebody for a minor, or somebody for another adult.
WHO = ("self", "minor", "proxy")


@dataclass
class Appointments:
    """Looks up and checks; books nothing itself, that is `Tickets.open` with the kind appointment."""

    clock: Clock
    say: Say
    bank: Branches

    def branches(self) -> dict[str, Branch]:
        """Every branch by its id."""
        return dict(self.bank.branches)

    def days(self) -> list[date]:
        """The days that can be booked now: the next ten on which the branches work."""
        return due.working_days(due.bank_day(self.clock.now()), DAYS_AHEAD, self.bank.works)

    def day_title(self, day: date, language: str) -> str:
        """A day as a customer reads it: 11 月 24 日 周二; Tuesday 24 November."""
        weekday = self.say(f"weekday_{day.weekday()}", language)
        if language == "en":
            return f"{weekday} {day.day} {day:%B}"
        return f"{day.month} 月 {day.day} 日 {weekday}"

    def classes(self, language: str) -> dict[str, str]:
        """The classes of account, each with its title."""
        return {name: one.title.of(language) for name, one in self.bank.account_classes.items()}

    def wants_occupation(self, account_class: str) -> bool:
        """Whether the bank has to ask what the customer works as."""
        return self.bank.account_classes[account_class].occupation

    def papers(self, account_class: str, who: str, language: str) -> list[str]:
        """What to bring, a line each (R12)."""
        lines = [*self.bank.account_classes[account_class].papers.of(language)]
        if who in self.bank.papers:
            lines += self.bank.papers[who].of(language)
        return lines

    def checked(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts of an appointment: branch, day (as 2026-11-24), account_class and who.

        Raises:
            BadRequest: one of them is not on offer; names it (R11).
        """
        if facts.get("branch") not in self.bank.branches:
            raise BadRequest("bad_branch", field="branch")
        if facts.get("account_class") not in self.bank.account_classes:
            raise BadRequest("bad_account_class", field="account_class")
        if facts.get("who") not in WHO:
            raise BadRequest("bad_who", field="who")
        if facts.get("day") not in [day.isoformat() for day in self.days()]:
            raise BadRequest("bad_day", field="day")
        return {name: facts[name] for name in ("branch", "day", "account_class", "who")}
