"""Tickets as the desk shows them: a list with clocks, and one with its history."""

from datetime import date, datetime
from typing import Any

from bot.records.complaint_groups import Group
from bot.records.ticket_states import Kind
from bot.records.ticket_store import Ticket
from bot.records.ticket_work import PURPOSES, RESPONSIBLE, File
from bot.records.ticket_worker import Worker
from bot.staff.service import Agent

LANGUAGES = ("zh", "en")


def worker_of(agent: Agent) -> Worker:
    """The signed-in agent, as far as tickets need to know."""
    return Worker(agent.number, tuple(agent.roles), tuple(agent.skills), agent.honorific)


def list_view(services: Any, tickets: list[Ticket]) -> dict[str, Any]:
    """The tickets without a word about their customers, and the clock that they run by."""
    now = services.clock.now()
    return {
        "tickets": [row_view(services, ticket, now) for ticket in tickets],
        # Clocks on the page run by this one: a wrong clock of a desk must not hide a late answer.
        "now": rfc3339(now),
    }


def row_view(services: Any, ticket: Ticket, now: datetime) -> dict[str, Any]:
    """One line of the list."""
    return {
        "reference": ticket.reference,
        "kind": ticket.kind.value,
        "kind_title": _titles(services, f"ticket_kind_{ticket.kind.value}"),
        "state": ticket.state.value,
        "state_title": _titles(services, f"ticket_state_{ticket.state.value}"),
        "live": ticket.is_live,
        "language": ticket.language,
        "priority": ticket.priority,
        "assigned_to": ticket.assigned_to,
        "group": ticket.group_reference,
        "represents": ticket.represents,
        "received_at": rfc3339(ticket.received_at),
        "due_at": rfc3339(ticket.due_at),
        "used_percent": used_percent(ticket, now),
        "extensions": ticket.extensions,
        "facts": [fact_view(services, name, value) for name, value in ticket.facts.items()],
    }


def fact_view(services: Any, name: str, value: Any) -> dict[str, Any]:
    """One fact with its title and value in both languages; what has no words keeps its code."""
    return {
        "name": name,
        "title": {language: _words(services, f"fact_{name}", language) or name for language in LANGUAGES},
        "value": {language: _fact(services, name, value, language) for language in LANGUAGES},
    }


def _fact(services: Any, name: str, value: Any, language: str) -> str:
    """Branch, class, day and window as a customer has chosen them; other codes by their words."""
    bookable, text = services.appointments, str(value)
    if name == "branch" and (branch := bookable.branches().get(text)):
        return str(branch.name.of(language))
    if name == "account_class":
        return str(bookable.classes(language).get(text, text))
    if name == "day":
        return str(bookable.day_title(date.fromisoformat(text), language))
    if name == "window":
        day, _, part = text.rpartition("-")
        title = bookable.day_title(date.fromisoformat(day), language)
        return f"{title} {services.say(f'fact_window_{part}', language)}"
    return _words(services, f"fact_{name}_{text}", language) or text


def _words(services: Any, key: str, language: str) -> str | None:
    """A text, if there is one with this key."""
    known = services.catalogue.content.words
    return str(services.say(key, language)) if key in known else None


def file_view(services: Any, file: File) -> dict[str, Any]:
    """One ticket with its history; name and phone are masked."""
    ticket = file.ticket
    return {
        "ticket": {
            **row_view(services, ticket, services.clock.now()),
            "conversation_id": ticket.conversation_id,
            "case_reference": ticket.case_reference,
            "created_at": rfc3339(ticket.created_at),
            "answered_at": rfc3339(ticket.answered_at),
            "closed_at": rfc3339(ticket.closed_at),
            "approvers": ticket.approvers,
            "private": file.private,
            "responsible": ticket.responsible,
            "cause": file.cause,
            "answer": file.answer,
            "evidence_holds": file.evidence_holds,
        },
        "history": [
            {
                "at": rfc3339(one.at), "actor": _actor(one.actor), "event": one.event,
                "state": one.state, "details": one.details, "note": one.note,
            }
            for one in file.history
        ],
        "now": rfc3339(services.clock.now()),
        "responsible": [
            {"code": code, "title": _titles(services, f"responsible_{code}")}
            for code in RESPONSIBLE
        ] if ticket.kind is Kind.COMPLAINT else [],
        "purposes": list(PURPOSES),
    }


def group_view(services: Any, group: Group) -> dict[str, Any]:
    """A matter of many people with its complaints."""
    now = services.clock.now()
    return {
        "group": group.reference,
        "opened_at": rfc3339(group.opened_at),
        "major_at": rfc3339(group.major_at),
        "people": group.people,
        "tickets": [row_view(services, ticket, now) for ticket in group.members],
    }


def used_percent(ticket: Ticket, now: datetime) -> int:
    """How much of its time a ticket has used; more than 100 when it is late."""
    whole = (ticket.due_at - ticket.received_at).total_seconds()
    used = (now - ticket.received_at).total_seconds()
    return max(0, int(used * 100 / whole)) if whole > 0 else 100


def _actor(actor: str) -> str:
    """Colleagues by number, everybody else by what they are."""
    return actor.removeprefix("staff:") if actor.startswith("staff:") else actor.partition(":")[0]


def _titles(services: Any, key: str) -> dict[str, str]:
    return {language: services.say(key, language) for language in LANGUAGES}


def rfc3339(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
