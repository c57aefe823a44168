"""Who works on tickets, and which of them they may know of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, or_

from bot.records.store import tickets
from bot.records.ticket_states import Kind
from bot.records.ticket_store import Ticket

SUPERVISOR = "supervisor"
#: Complaints are for those who are trained for them.
COMPLAINT_SKILL = "complaint"


@dataclass(frozen=True)
class Worker:
    """A member of staff, as far as tickets need to know."""

    number: str
    roles: tuple[str, ...]
    skills: tuple[str, ...] = ()
    honorific: Mapping[str, str] = field(default_factory=dict)

    @property
    def actor(self) -> str:
        return f"staff:{self.number}"

    @property
    def is_supervisor(self) -> bool:
        return SUPERVISOR in self.roles

    def may_see(self, ticket: Ticket) -> bool:
        """One's own tickets, and those that wait for somebody like them."""
        if ticket.about_agent == self.number:
            return False
        if self.is_supervisor or ticket.assigned_to == self.number or ticket.kind is Kind.APPOINTMENT:
            return True
        return ticket.assigned_to is None and self.may_take(ticket)

    def wanted(self) -> list[ColumnElement[bool]]:
        """What must hold in the record of a ticket that they may see in a list; `may_see` has the last word."""
        not_about = or_(tickets.c.about_agent.is_(None), tickets.c.about_agent != self.number)
        if self.is_supervisor:
            return [not_about]
        mine = tickets.c.assigned_to == self.number
        free: ColumnElement[bool] = tickets.c.assigned_to.is_(None)
        if COMPLAINT_SKILL not in self.skills:
            free = and_(free, tickets.c.kind != Kind.COMPLAINT.value)
        return [not_about, or_(mine, free)]

    def may_take(self, ticket: Ticket) -> bool:
        """Whether they may know of it when they ask for it: somebody like them still works on it."""
        if ticket.about_agent == self.number:
            return False
        trained = ticket.kind is not Kind.COMPLAINT or COMPLAINT_SKILL in self.skills
        return self.is_supervisor or (ticket.is_live and trained)

    def may_know(self, ticket: Ticket) -> bool:
        """Whether the customer's details of it are shown to them beside the customer's chat (L18)."""
        if ticket.about_agent == self.number:
            return False
        return self.is_supervisor or ticket.kind is not Kind.COMPLAINT or COMPLAINT_SKILL in self.skills
