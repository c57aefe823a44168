"""The order of the line and an honest guess of the wait. Pure: no clock, no database."""

from dataclasses import dataclass
from datetime import datetime, time

#: How many chats one agent holds at once.
SLOTS_PER_AGENT = 4
#: Length of a chat while we have none to measure, in seconds.
USUAL_CHAT_S = 360.0
#: A guess is shown as a range around it: chats vary about this much.
LOW, HIGH = 0.6, 1.5

PRIORITY_URGENT = 9
PRIORITY_HIGH = 5
PRIORITY_NORMAL = 0

SKILLS = ("savings", "loan", "card", "ebank", "complaint", "general")


@dataclass(frozen=True)
class Waiting:
    """One conversation in the line."""

    id: str
    conversation_id: str
    skill: str
    language: str
    priority: int
    queued_at: datetime


def in_order(line: list[Waiting]) -> list[Waiting]:
    """Urgent first, then who has waited longest (R03)."""
    return sorted(line, key=lambda one: (-one.priority, one.queued_at, one.id))


def may_serve(one: Waiting, skills: list[str], languages: list[str]) -> bool:
    """Whether an agent with these skills and languages may take this one; `general` is everybody's."""
    return one.language in languages and (one.skill == "general" or one.skill in skills)


def estimate_wait_s(
    position: int, *, agents_online: int, busy_slots: int, average_chat_s: float | None
) -> tuple[int, int] | None:
    """The range in which the wait will probably lie, in seconds; None when nobody can say.

    A chat frees a slot every `average / slots` seconds; those with a free slot before
    them wait for none.
    """
    if agents_online <= 0:
        return None
    slots = agents_online * SLOTS_PER_AGENT
    ahead = max(0, position - max(0, slots - busy_slots))
    wait_s = ahead * (average_chat_s or USUAL_CHAT_S) / slots
    return round(wait_s * LOW), round(max(60.0, wait_s * HIGH))


def is_open(local: time, hours: str) -> bool:
    """Whether people chat at this local time; hours as `08:30–21:00`."""
    start, _, end = hours.replace("-", "–").partition("–")
    return time.fromisoformat(start.strip()) <= local < time.fromisoformat(end.strip())
