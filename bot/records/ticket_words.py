"""A ticket in a customer's words: where it stands, by when, what happens next; never a personal detail."""

import secrets
from datetime import datetime, time
from typing import Any

from bot.clock import BANK_ZONE
from bot.conversation.ports import Say
from bot.conversation.states import Owner
from bot.conversation.store import Conversation, Draft
from bot.records import due
from bot.records.store import due_label
from bot.records.ticket_states import Kind, State
from bot.records.ticket_store import Ticket

_DAY_ENDS = time(23, 59, 59)


def due_words(due_at: datetime, language: str) -> str:
    """A due time as a customer reads it; what is due at the end of a day names the day alone."""
    local = due_at.astimezone(BANK_ZONE)
    if local.time() != _DAY_ENDS:
        return due_label(local, language)
    return f"{local.day} {local:%B}" if language == "en" else f"{local.month} 月 {local.day} 日"


def window_title(say: Say, window: due.Window, now: datetime, language: str) -> str:
    """A time to be called in: 明天上午（08:30–12:00）."""
    days = (window.day - due.bank_day(now)).days
    day = say("window_today" if days == 0 else "window_tomorrow" if days == 1 else "window_day", language,
              weekday=say(f"weekday_{window.day.weekday()}", language))
    hours = f"{window.from_at:%H:%M}–{window.to_at:%H:%M}"
    return say(f"window_{window.part}", language, day=day, hours=hours)


def kind_title(say: Say, kind: Kind, language: str) -> str:
    """What this kind of ticket is called."""
    return say(f"ticket_kind_{kind.value}", language)


def public_view(say: Say, ticket: Ticket, now: datetime, language: str) -> dict[str, Any]:
    """What the customer may know of their ticket."""
    when = due_words(ticket.due_at, language)
    return {
        "reference": ticket.reference,
        "kind": ticket.kind.value,
        "kind_title": kind_title(say, ticket.kind, language),
        "state": ticket.state.value,
        "state_title": say(f"ticket_state_{ticket.state.value}", language),
        "due_at": ticket.due_at.isoformat().replace("+00:00", "Z"),
        "due": when,
        "next": say(_next_key(ticket, now), language, due=when, reference=ticket.reference),
    }


def _next_key(ticket: Ticket, now: datetime) -> str:
    """The words on what happens next; a promise that was broken is never repeated."""
    if ticket.kind is Kind.APPOINTMENT:
        missed = ticket.state is State.CLOSED
        return "ticket_next_missed" if missed else f"ticket_next_{ticket.state.value}"
    if ticket.is_live and now > ticket.due_at:
        return "ticket_next_late"
    if ticket.kind is Kind.CALLBACK and ticket.is_live:
        return "ticket_next_callback"
    return f"ticket_next_{ticket.state.value}"


def answer_text(say: Say, ticket: Ticket, answer: dict[str, str], now: datetime, language: str) -> str:
    """The promised reply, with its reference; a complaint's names the way to a review (L17)."""
    lines = [say("ticket_answer", language, reference=ticket.reference, honorific=answer["honorific"],
                 number=answer["number"], text=answer["text"])]
    if ticket.kind is Kind.COMPLAINT:
        last = due.end_of_day(due.review_by(ticket.answered_at or now))
        lines.append(say("ticket_review", language, last=due_words(last, language), days=due.REVIEW_DAYS))
    return "\n".join(lines)


def answer_draft(
    say: Say, conversation: Conversation, ticket: Ticket, answer: dict[str, Any], now: datetime
) -> Draft:
    """The reply as it goes into this conversation.

    With a person it is the colleague's own message; with the bot the customer is asked whether
    it has solved the matter. Nothing can be chosen in a conversation that is closed or waits: the
    text says how to come back to it.
    """
    language = conversation.language
    badge = {"name": answer["honorific"][language], "number": answer["number"]}
    told = {"honorific": badge["name"], "number": badge["number"], "text": answer["text"]}
    text = answer_text(say, ticket, told, now, language)
    if conversation.owner is Owner.AGENT:
        return Draft("agent", text, language=language, payload={"agent": badge})
    if conversation.owner is not Owner.BOT:
        again = say("ticket_come_back", language, reference=ticket.reference)
        return Draft("system", f"{text}\n{again}", "notice", language)
    asked = say("ticket_solved", language)
    choices = [_choice(say, ticket, said, language) for said in ("yes", "no")]
    return Draft("system", f"{text}\n{asked}", "choices", language, payload={"choices": choices})


def _choice(say: Say, ticket: Ticket, said: str, language: str) -> dict[str, Any]:
    return {
        "id": secrets.token_urlsafe(12),
        "title": say(f"ticket_solved_{said}", language),
        "intent": "ticket_confirm",
        "slots": {"ticket_reference": ticket.reference, "ticket_answer": said},
    }


def notice(say: Say, conversation: Conversation, ticket: Ticket, key: str) -> Draft:
    """A short word of the system about the ticket."""
    language = conversation.language
    text = say(
        key, language, kind=kind_title(say, ticket.kind, language), reference=ticket.reference,
        due=due_words(ticket.due_at, language),
    )
    return Draft("system", text, "notice", language)
