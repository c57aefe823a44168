"""What a customer is told at each step of a verification.

One place, because what an unsigned customer reads must be the same whether anybody is there or
not (S06): no text of theirs says that a detail was right, wrong or known.
"""

from datetime import datetime

from bot.clock import BANK_ZONE
from bot.conversation.ports import Say
from bot.identity.answers import Outcome, Step
from bot.identity.cases import CODE_LIFE


def step_words(say: Say, step: Step, language: str) -> str:
    """The words for a step; empty for `verified`, after which the dialogue speaks."""
    if step.state == "verified":
        return ""
    key = f"verify_{step.problem or step.state}"
    if step.state == "asks_code" and step.phone:
        key = "verify_asks_code_signed"
    return say(
        key, language, phone=step.phone or "", wait=_wait(say, step.wait_s, language),
        tries=step.tries_left, until=_clock(step.locked_until), minutes=int(CODE_LIFE.total_seconds()) // 60,
    )


def outcome_words(say: Say, outcome: Outcome, language: str) -> str:
    """The words for what came of a code; empty for `verified`."""
    if outcome.result == "verified":
        return ""
    return say(
        f"verify_code_{outcome.result}", language, tries=outcome.tries_left,
        until=_clock(outcome.locked_until),
    )


def _wait(say: Say, wait_s: int, language: str) -> str:
    if wait_s < 120:
        return say("verify_wait_seconds", language, count=wait_s)
    if wait_s < 2 * 3600:
        return say("verify_wait_minutes", language, count=-(-wait_s // 60))
    return say("verify_wait_hours", language, count=-(-wait_s // 3600))


def _clock(moment: datetime | None) -> str:
    """In the bank's calendar; a lock ends today or tomorrow."""
    return f"{moment.astimezone(BANK_ZONE):%H:%M}" if moment else ""
