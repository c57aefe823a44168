"""Brings every case to its end: asks the bank what came of it, tries again, tells the customer.

Run by the worker; any number may run at once, for a case is claimed before it is looked at.
"""

from datetime import timedelta

import structlog

from bot.bank import cases
from bot.bank.calls import Calls, Outcome
from bot.bank.cases import Case
from bot.bank.states import (
    GIVE_UP,
    MUST_CONFIRM,
    SETTLED,
    Event,
    Next,
    State,
    is_over,
    next_look,
    next_step,
)
from bot.conversation import store as conversations
from bot.conversation.turns import was_answered
from bot.errors import UnavailableError

log = structlog.get_logger()

#: How many cases are looked at in one go.
BATCH = 50
#: A worker may be at one case for so long before another one takes it over, in seconds; more than
#: two calls of the bank take.
CLAIM_S = 30.0
WORKER = "system"


async def settle(acts: Calls) -> int:
    """Look at every case that is due; how many came to their end."""
    async with acts.database.read() as connection:
        due = await cases.due(connection, acts.clock.now(), BATCH)
    ended = 0
    for case in due:
        until = acts.clock.now() + timedelta(seconds=CLAIM_S)
        async with acts.database.write() as connection:
            if not await cases.claim(connection, case, until):
                continue
        if case.state in SETTLED:
            await _make_sure_it_was_told(acts, case)
        else:
            ended += await _settle(acts, case)
    return ended


async def _settle(acts: Calls, case: Case) -> bool:
    """Whether the case has come to its end."""
    now = acts.clock.now()
    if case.state is State.CONFIRMING and now - case.created_at > MUST_CONFIRM:
        await _alarm(acts, case)
    try:
        receipt = await acts.outcome(case)
    except UnavailableError:
        if now - case.created_at > GIVE_UP:
            return await _end(acts, case, Outcome(Event.GIVEN_UP))
        await _look_again(acts, case)
        return False
    if receipt:
        return await _end(acts, case, Outcome(Event.EXECUTED, receipt))
    if not is_over(case.attempted_at, now):
        await _look_again(acts, case)
        return False
    match next_step(case.act, case.created_at, now):
        case Next.GIVE_UP:
            return await _end(acts, case, Outcome(Event.GIVEN_UP))
        case Next.DROP:
            return await _drop(acts, case)
    ended = await acts.call(case, WORKER, tell=True)
    if ended.state not in SETTLED:
        await _look_again(acts, ended)
    return ended.state in SETTLED


async def _end(acts: Calls, case: Case, outcome: Outcome, *, tell: bool = True) -> bool:
    ended = await acts.end(case, outcome, WORKER, tell=tell)
    return ended.state in SETTLED


async def _drop(acts: Calls, case: Case) -> bool:
    """Not tried again behind the customer's back; told, unless they have heard it already."""
    async with acts.database.read() as connection:
        answered = await was_answered(connection, case.turn_id)
    heard = case.state is State.OPEN and case.attempts > 0 and answered is not False
    return await _end(acts, case, Outcome(Event.DROPPED, reason="bank_away"), tell=not heard)


async def _alarm(acts: Calls, case: Case) -> None:
    """Put it down, once, as a case that somebody has to confirm by hand (F10)."""
    if case.alarmed:
        return
    async with acts.database.write() as connection:
        await cases.change(connection, case.id, alarmed=True)
        await acts.note(connection, case, "case_must_confirm", WORKER)
    log.error("case_must_confirm", reference=case.reference, attempts=case.attempts)


async def _look_again(acts: Calls, case: Case) -> None:
    later = next_look(case.created_at, acts.clock.now())
    async with acts.database.write() as connection:
        await cases.postpone(connection, case.id, later)


async def _make_sure_it_was_told(acts: Calls, case: Case) -> None:
    """The turn that should have told the result may have been killed before its answer was stored."""
    async with acts.database.write() as connection:
        conversation = await conversations.lock(connection, case.conversation_id)
        found = await acts.found(connection, case.id)
        answered = await was_answered(connection, found.turn_id)
        missed = found.due_at is not None and answered is False
        if missed:
            await acts.tell(connection, conversation, found)
        await cases.change(connection, case.id, due_at=None)
    if missed:
        await acts.wakes.publish(case.conversation_id)
