"""One verification and what may happen to it: pure rules, no I/O (S02–S05, S10, L15)."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.identity import limits
from bot.identity.limits import Subjects
from bot.identity.states import Event, State, after

#: How long a code can be used (L15).
CODE_LIFE = timedelta(seconds=300)
#: A code is sent again after this time at the earliest, and so many times (L15).
RESEND_AFTER = timedelta(seconds=60)
MAX_RESENDS = 3
#: Silence of the customer that ends a verification, and the longest life of a verified state (S10).
SILENCE = timedelta(minutes=10)
VERIFIED_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Case:
    """One verification of one act, as its row says; whose it is stays encrypted in the row."""

    id: str
    conversation_id: str
    #: counts the verifications of a conversation
    number: int
    act: str
    #: the brain's session it was begun in: a return from a person ends it
    session_no: int
    state: State
    signed: bool
    full: bool
    #: whether what was claimed is true as far as it was asked; never shown to an unsigned customer
    matched: bool
    #: the keyed hashes under which tries are counted
    subjects: tuple[str, ...]
    code_hash: str | None
    #: codes that a newer one has replaced
    old_hashes: tuple[str, ...]
    code_at: datetime | None
    #: when the present code left the house; None when it did not
    sent_at: datetime | None
    resends: int
    began_at: datetime
    touched_at: datetime
    verified_at: datetime | None


@dataclass(frozen=True)
class Judged:
    """What came of a code: the word for it, and what is to be remembered."""

    result: str
    case: Case
    subjects: Subjects


def is_over(case: Case, last_customer_at: datetime | None, session_no: int, now: datetime) -> bool:
    """Whether silence, time or a return from a person has ended it."""
    heard_at = max(case.touched_at, last_customer_at or case.touched_at)
    if now - heard_at >= SILENCE or case.session_no != session_no:
        return True
    return case.state is State.VERIFIED and not holds(case, now)


def holds(case: Case, now: datetime) -> bool:
    """Whether this is a verified state that may still be used, once (S10)."""
    if case.state is not State.VERIFIED or case.verified_at is None:
        return False
    return now - case.verified_at < VERIFIED_FOR


def step(case: Case, event: Event, now: datetime) -> Case:
    """The case after this event; what it no longer needs is dropped.

    Raises:
        Conflict: it can not happen from here.
    """
    state = after(case.state, event)
    changed = replace(case, state=state, touched_at=now)
    if state is State.ASKS_ID or state is State.ASKS_CODE:
        return changed
    return replace(changed, code_hash=None, old_hashes=())


def take_id(case: Case, *, matched: bool, now: datetime) -> Case:
    """The ID characters were given; right ones open no door, wrong ones close it (S05)."""
    return replace(step(case, Event.ID_TAKEN, now), matched=matched)


def make_code(case: Case, code_hash: str, now: datetime) -> Case:
    """A new code takes the place of the old one (S03); it has not left the house yet."""
    old = (*case.old_hashes, case.code_hash) if case.code_hash else case.old_hashes
    made = step(case, Event.CODE_MADE, now)
    return replace(made, code_hash=code_hash, old_hashes=old, code_at=now, sent_at=None)


def deliver(case: Case, now: datetime, *, again: bool) -> Case:
    """The present code has left the house."""
    return replace(case, sent_at=now, resends=case.resends + int(again))


def take_back(case: Case, before: Case) -> Case:
    """The new code did not leave the house: the one before it stays good (F31).

    A first code stays, in case it arrives late all the same.
    """
    if before.sent_at is None or case.code_hash is None:
        return case
    return replace(
        case,
        code_hash=before.code_hash,
        old_hashes=(*before.old_hashes, case.code_hash),
        code_at=before.code_at,
        sent_at=before.sent_at,
    )


def code_is_old(case: Case, now: datetime) -> bool:
    """Whether there is no code, or its life is over (L15)."""
    return case.code_hash is None or case.code_at is None or now - case.code_at >= CODE_LIFE


def resend_wait_s(case: Case, now: datetime) -> int:
    """Whole seconds until the code may be sent again."""
    if case.sent_at is None:
        return 0
    left = (case.sent_at + RESEND_AFTER - now).total_seconds()
    return max(0, -int(-left // 1))


def judge(case: Case, subjects: Subjects, typed_hash: str | None, now: datetime) -> Judged:
    """What a typed code is worth; `typed_hash` is None when it was not six digits.

    Only a wrong code uses up a try (I21). A code that is expired, replaced or used does not.
    """
    moment = now.timestamp()
    if limits.locked_until(subjects, case.act, moment):
        if case.state in (State.ASKS_ID, State.ASKS_CODE):
            case = step(case, Event.TRIES_USED_UP, now)
        return Judged("locked", case, subjects)
    if case.state in (State.VERIFIED, State.SPENT):
        return Judged("used", case, subjects)
    if case.state is not State.ASKS_CODE:
        return Judged("not_open", case, subjects)
    if typed_hash is None:
        return Judged("malformed", replace(case, touched_at=now), subjects)
    if code_is_old(case, now) or typed_hash in case.old_hashes:
        return Judged("expired", replace(case, touched_at=now), subjects)
    if hmac.compare_digest(case.code_hash or "", typed_hash) and case.matched:
        verified = replace(step(case, Event.CODE_USED, now), verified_at=now)
        return Judged("verified", verified, limits.passed(subjects, case.act))
    return fail(case, subjects, "wrong", now)


def fail(case: Case, subjects: Subjects, result: str, now: datetime) -> Judged:
    """One wrong answer more; the last one locks."""
    subjects = limits.failed(subjects, case.act, now.timestamp())
    if limits.locked_until(subjects, case.act, now.timestamp()):
        return Judged("locked", step(case, Event.TRIES_USED_UP, now), subjects)
    return Judged(result, step(case, Event.TRY_FAILED, now), subjects)
