"""Acts at the bank: once, with a receipt, and told as they are, wherever the process dies."""

import asyncio
import uuid
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import update

from bot.bank.states import GIVE_UP, MUST_CONFIRM, SETTLE_AFTER_S, State
from bot.bank.store import acts, history
from bot.clock import FakeClock
from bot.conversation.store import turns
from bot.conversation.turns import Reply
from bot.conversation.turns import finish as finish_turn
from bot.errors import Conflict, NotFound
from bot.records.audit import audit
from bot.wiring import Rooms, work_of
from bot.worker.jobs import JOBS, settle_acts
from tests.support.bank import FORMAL, FORMALLY, GOOD, LIFT, REPORT, REPORTED, card, faulty, performed, prepared
from tests.support.faulty_bank import Killed
from tests.support.record import (
    agent,
    claimed,
    conversation,
    finish,
    opened,
    queued,
    rows,
    said,
    say,
    texts,
)


async def settle(rooms: Rooms, clock: FakeClock, after_s: float = SETTLE_AFTER_S + 1) -> int:
    clock.advance(after_s)
    return await rooms.acts.settle()


async def notices(rooms: Rooms, talk: str) -> list[str]:
    return await texts(rooms, talk, "system")


async def noted(rooms: Rooms, prefix: str = "") -> list[tuple[str, str | None]]:
    found = await rows(rooms, audit)
    return [(row.action, row.reason) for row in found if row.action.startswith(prefix or ("bank_", "case_"))]


async def state(rooms: Rooms, last4: str) -> str:
    return (await card(rooms, last4)).state.value


# ---- the straight way


async def test_a_report_is_done_with_reference_and_receipt(rooms: Rooms, clock: FakeClock) -> None:
    talk = await opened(rooms)
    case = await performed(rooms, talk, REPORT, GOOD)
    assert (case.state, case.reference, case.attempts) == (State.DONE, "L20261123-0001", 1)
    assert case.receipt is not None
    assert (case.receipt.key, case.receipt.card_id, case.receipt.at) == (case.id, case.card_id, clock.now())
    assert (case.last4, case.kind, case.settled_at) == (GOOD, "debit", clock.now())
    assert await state(rooms, GOOD) == "temporary_loss"


async def test_lifting_has_a_number_of_its_own_kind(rooms: Rooms) -> None:
    case = await performed(rooms, await opened(rooms), LIFT, REPORTED)
    assert (case.state, case.reference) == (State.DONE, "U20261123-0001")
    assert await state(rooms, REPORTED) == "active"


async def test_a_case_is_found_by_id_and_by_reference(rooms: Rooms) -> None:
    case = await performed(rooms, await opened(rooms), REPORT, GOOD)
    assert await rooms.acts.case(case.id) == await rooms.acts.case(case.reference.lower()) == case
    with pytest.raises(NotFound):
        await rooms.acts.case("L20261123-0002")


async def test_the_cases_of_a_conversation_are_its_own(rooms: Rooms) -> None:
    talk, other = await opened(rooms), await opened(rooms)
    mine = [await performed(rooms, talk, REPORT, GOOD), await performed(rooms, talk, LIFT, GOOD)]
    await performed(rooms, other, REPORT, "0019")
    assert await rooms.acts.of_conversation(talk) == mine


REFUSALS = [
    (REPORT, REPORTED, "already_lost"), (FORMAL, FORMALLY, "already_lost"), (REPORT, "9108", "card_closed"),
    (LIFT, GOOD, "not_liftable"), (LIFT, FORMALLY, "not_liftable"), (LIFT, "9108", "card_closed"),
]


@pytest.mark.parametrize(("act", "last4", "reason"), REFUSALS)
async def test_a_refusal_is_kept_with_its_reason(rooms: Rooms, act: Any, last4: str, reason: str) -> None:
    case = await performed(rooms, await opened(rooms), act, last4)
    assert (case.state, case.reason, case.receipt) == (State.REFUSED, reason, None)


async def test_a_refusal_keeps_since_when(rooms: Rooms) -> None:
    before = await card(rooms, REPORTED)
    case = await performed(rooms, await opened(rooms), REPORT, REPORTED)
    assert before.since is not None
    assert case.details == {"since": before.since.isoformat(), "state": "temporary_loss"}


async def test_the_bank_refuses_the_card_of_somebody_else(rooms: Rooms) -> None:
    talk = await opened(rooms)
    case = await performed(rooms, talk, REPORT, GOOD, customer_id="c-1002")
    assert (case.state, case.reason) == (State.REFUSED, "other_holder")
    assert await state(rooms, GOOD) == "active"


async def test_every_step_is_audited(rooms: Rooms) -> None:
    talk = await opened(rooms)
    case = await performed(rooms, talk, REPORT, GOOD)
    await performed(rooms, talk, REPORT, REPORTED)
    assert await noted(rooms) == [
        ("bank_act_prepared", None), ("bank_act_called", None), ("bank_act_executed", None),
        ("bank_act_prepared", None), ("bank_act_called", None), ("bank_act_declined", "already_lost"),
    ]
    first = (await rows(rooms, audit))[0]
    assert (first.actor, first.subject) == (f"conversation:{talk}", case.reference)


async def test_no_number_name_or_phone_is_in_any_table(rooms: Rooms) -> None:
    await performed(rooms, await opened(rooms), REPORT, GOOD)
    kept = "\n".join([str(await rows(rooms, table)) for table in acts.metadata.sorted_tables])
    secrets = ("6299990000000385678", "990101199003140204", "140204", "13800215678", "王晓雯", "王女士")
    assert [secret for secret in secrets if secret in kept] == []


# ---- repeats


async def test_a_repeated_turn_gets_the_same_case_and_does_nothing_again(rooms: Rooms) -> None:
    talk, turn_id = await opened(rooms), str(uuid.uuid4())
    first = await performed(rooms, talk, REPORT, GOOD, turn_id=turn_id)
    again = await performed(rooms, talk, REPORT, GOOD, turn_id=turn_id)
    assert again == first
    assert len(await rows(rooms, history)) == 1


async def test_asking_again_while_it_is_under_way_goes_on_with_the_same_case(
    rooms: Rooms, clock: FakeClock
) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = ["down"]
    first = await performed(rooms, talk, REPORT, GOOD)
    second = await performed(rooms, talk, REPORT, GOOD, turn_id="the-second-turn")
    assert (first.state, second.state) == (State.OPEN, State.DONE)
    assert second.id == first.id
    assert second.turn_id == "the-second-turn"


async def test_a_case_that_is_executed_many_times_at_once_acts_once(rooms: Rooms) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    case = await prepared(rooms, talk, REPORT, await card(rooms, GOOD))
    await asyncio.gather(*(rooms.acts.execute(case.id) for _ in range(6)))
    assert bank.calls == 1
    assert (await rooms.acts.case(case.id)).state is State.DONE


# ---- faults and kill-points


@pytest.mark.parametrize("act", [REPORT, FORMAL, LIFT])
async def test_killed_before_the_bank_is_called_the_case_is_confirming_and_not_done(
    rooms: Rooms, act: Any
) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = ["kill_before"]
    with pytest.raises(Killed):
        await performed(rooms, talk, act, REPORTED)
    (case,) = await rooms.acts.of_conversation(talk)
    assert (case.state, case.receipt) == (State.CONFIRMING, None)


async def test_killed_after_prepare_the_report_is_made_by_the_worker_and_told(
    rooms: Rooms, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    case = await prepared(rooms, talk, REPORT, await card(rooms, GOOD))
    assert await settle(rooms, clock) == 1
    (notice,) = await notices(rooms, talk)
    assert case.reference in notice
    assert "储蓄卡 ··5678 已临时挂失" in notice
    assert await state(rooms, GOOD) == "temporary_loss"


@pytest.mark.parametrize("fault", ["kill_before", "drop_before"])
async def test_a_report_that_did_not_arrive_is_made_by_the_worker_with_the_same_key(
    rooms: Rooms, clock: FakeClock, fault: str
) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = [fault]
    case = await attempted(rooms, talk, REPORT, GOOD)
    assert case.state is State.CONFIRMING
    await settle(rooms, clock)
    assert bank.executed == [(REPORT, case.id)]
    assert (await rooms.acts.case(case.id)).state is State.DONE
    assert len(await notices(rooms, talk)) == 1


@pytest.mark.parametrize("act", [REPORT, FORMAL, LIFT])
@pytest.mark.parametrize("fault", ["kill_after", "drop_after"])
async def test_an_act_that_did_happen_is_found_out_and_told_and_never_done_twice(
    rooms: Rooms, clock: FakeClock, fault: str, act: Any
) -> None:
    bank, talk = faulty(rooms), await opened(rooms, "en")
    bank.plan = [fault]
    case = await attempted(rooms, talk, act, REPORTED if act is LIFT else GOOD)
    assert (case.state, case.receipt) == (State.CONFIRMING, None)
    await settle(rooms, clock)
    settled = await rooms.acts.case(case.id)
    assert settled.receipt is not None
    assert bank.executed == [(act, case.id)]
    (notice,) = await notices(rooms, talk)
    assert case.reference in notice


async def test_a_repeated_turn_asks_what_came_of_it_and_gives_the_true_result(rooms: Rooms) -> None:
    bank, talk, turn_id = faulty(rooms), await opened(rooms), str(uuid.uuid4())
    bank.plan = ["kill_after"]
    await attempted(rooms, talk, REPORT, GOOD, turn_id)
    case = await performed(rooms, talk, REPORT, GOOD, turn_id=turn_id)
    assert case.state is State.DONE
    assert bank.calls == 1


async def test_a_repeated_turn_waits_while_the_first_call_may_still_bring_it_about(
    rooms: Rooms, clock: FakeClock
) -> None:
    bank, talk, turn_id = faulty(rooms), await opened(rooms), str(uuid.uuid4())
    bank.plan = ["drop_before", "down"]
    await attempted(rooms, talk, LIFT, REPORTED, turn_id)
    assert (await performed(rooms, talk, LIFT, REPORTED, turn_id=turn_id)).state is State.CONFIRMING
    assert bank.calls == 1
    clock.advance(SETTLE_AFTER_S)
    assert (await performed(rooms, talk, LIFT, REPORTED, turn_id=turn_id)).state is State.OPEN
    assert bank.calls == 2


async def test_lifting_that_did_not_arrive_is_not_tried_behind_the_customers_back(
    rooms: Rooms, clock: FakeClock
) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = ["drop_before"]
    case = await attempted(rooms, talk, LIFT, REPORTED)
    await settle(rooms, clock)
    settled = await rooms.acts.case(case.id)
    assert (settled.state, settled.reason, bank.executed) == (State.REFUSED, "bank_away", [])
    (notice,) = await notices(rooms, talk)
    assert "没有解挂" in notice
    assert await state(rooms, REPORTED) == "temporary_loss"


async def test_lifting_that_was_told_as_not_done_is_not_told_again(rooms: Rooms, clock: FakeClock) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = ["down"]
    case = await performed(rooms, talk, LIFT, REPORTED)
    assert case.state is State.OPEN
    await settle(rooms, clock)
    assert (await rooms.acts.case(case.id)).reason == "bank_away"
    assert await notices(rooms, talk) == []


async def test_a_report_is_tried_until_the_bank_is_back(rooms: Rooms, clock: FakeClock) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.away = True
    case = await performed(rooms, talk, REPORT, GOOD)
    assert case.state is State.OPEN
    for _ in range(5):
        assert await settle(rooms, clock, 61) == 0
    bank.away = False
    assert await settle(rooms, clock, 61) == 1
    assert bank.executed == [(REPORT, case.id)]
    assert len(await notices(rooms, talk)) == 1


async def test_what_is_unknown_is_never_said_to_have_failed_or_gone_well(
    rooms: Rooms, clock: FakeClock
) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = ["drop_after"]
    await performed(rooms, talk, REPORT, GOOD)
    bank.away = True
    for _ in range(20):
        await settle(rooms, clock, 61)
    (case,) = await rooms.acts.of_conversation(talk)
    assert case.state is State.CONFIRMING
    assert await notices(rooms, talk) == []


async def test_a_case_that_must_be_confirmed_by_hand_is_noted_once(rooms: Rooms, clock: FakeClock) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = ["drop_after"]
    await performed(rooms, talk, REPORT, GOOD)
    bank.away = True
    await settle(rooms, clock, MUST_CONFIRM.total_seconds() - 1)
    assert await noted(rooms, "case_") == []
    for _ in range(3):
        await settle(rooms, clock, 61)
    assert await noted(rooms, "case_") == [("case_must_confirm", None)]


@pytest.mark.parametrize("fault", ["down", "drop_before"])
async def test_after_a_day_people_take_over_and_the_customer_is_told(
    rooms: Rooms, clock: FakeClock, fault: str
) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    handed: list[str] = []

    async def escalate(_connection: Any, case: Any) -> None:
        handed.append(case.reference)

    rooms.acts.escalate = escalate
    bank.plan = [fault]
    case = await performed(rooms, talk, REPORT, GOOD)
    bank.away = True
    await settle(rooms, clock, GIVE_UP.total_seconds() + 1)
    assert (await rooms.acts.case(case.id)).state is State.HANDED_OVER
    assert handed == [case.reference]
    (notice,) = await notices(rooms, talk)
    assert "转给同事" in notice


async def test_two_workers_at_once_double_nothing(rooms: Rooms, clock: FakeClock) -> None:
    bank = faulty(rooms)
    talks = [await opened(rooms) for _ in range(4)]
    bank.plan = ["drop_before", "drop_after", "down", "kill_before"]
    for talk, last4 in zip(talks, (GOOD, "0019", "7126", "4417"), strict=True):
        await attempted(rooms, talk, REPORT, last4)
    clock.advance(SETTLE_AFTER_S + 1)
    await asyncio.gather(*(rooms.acts.settle() for _ in range(4)))
    assert len(bank.executed) == len(set(bank.executed)) == 4
    assert [len(await notices(rooms, talk)) for talk in talks] == [1, 1, 1, 1]


async def test_a_worker_that_dies_at_a_case_is_relieved(rooms: Rooms, clock: FakeClock) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = ["down", "kill_after"]
    await performed(rooms, talk, REPORT, GOOD)
    with pytest.raises(Killed):
        await settle(rooms, clock)
    assert await settle(rooms, clock, 31) == 1
    assert len(bank.executed) == 1
    assert len(await notices(rooms, talk)) == 1


async def test_a_late_receipt_corrects_what_was_settled_and_is_told(rooms: Rooms, clock: FakeClock) -> None:
    """A process that was paused after the bank had acted comes back with the receipt."""
    talk = await opened(rooms)
    case = await prepared(rooms, talk, LIFT, await card(rooms, REPORTED))
    real = rooms.bank
    released, waiting = asyncio.Event(), asyncio.Event()

    class Paused:
        async def lift_loss(self, *args: Any, **more: Any) -> Any:
            receipt = await real.lift_loss(*args, **more)
            waiting.set()
            await released.wait()
            return receipt

        async def outcome(self, _key: str) -> None:
            return None  # a bank that does not know what it has done

    rooms.acts.bank = Paused()  # type: ignore[assignment]
    sleeper = asyncio.create_task(rooms.acts.execute(case.id))
    await waiting.wait()
    await settle(rooms, clock)
    assert (await rooms.acts.case(case.id)).reason == "bank_away"
    released.set()
    assert (await sleeper).state is State.DONE
    told = await notices(rooms, talk)
    assert ["没有解挂" in told[0], "已解除挂失" in told[1]] == [True, True]


# ---- telling


async def test_the_result_of_a_turn_that_was_killed_is_told_by_the_worker(
    rooms: Rooms, clock: FakeClock
) -> None:
    talk, turn_id = await turn_of(rooms, clock)
    case = await performed(rooms, talk, REPORT, GOOD, turn_id=turn_id)
    async with rooms.database.write() as connection:
        await connection.execute(update(turns).values(state="failed", outcome="not_asked"))
    await settle(rooms, clock)
    (notice,) = await notices(rooms, talk)
    assert case.reference in notice
    await settle(rooms, clock, 600)
    assert await notices(rooms, talk) == [notice]


async def test_the_result_that_a_turn_has_told_is_not_told_again(rooms: Rooms, clock: FakeClock) -> None:
    talk = await opened(rooms)
    await say(rooms, talk, "挂失")
    clock.advance(1)
    turn = await claimed(rooms, talk)
    await performed(rooms, talk, REPORT, GOOD, turn_id=turn.id)
    await finish(rooms, turn, "已办好")
    await settle(rooms, clock)
    assert await notices(rooms, talk) == []


async def test_a_turn_that_was_degraded_has_told_nothing(rooms: Rooms, clock: FakeClock) -> None:
    talk = await opened(rooms)
    await say(rooms, talk, "挂失")
    clock.advance(1)
    turn = await claimed(rooms, talk)
    await performed(rooms, talk, REPORT, GOOD, turn_id=turn.id)
    async with rooms.database.write() as connection:
        await finish_turn(connection, turn, Reply(outcome="degraded"), now=clock.now())
    await settle(rooms, clock)
    assert len(await notices(rooms, talk)) == 1


async def test_the_result_is_told_while_a_person_has_the_conversation(rooms: Rooms, clock: FakeClock) -> None:
    bank, talk = faulty(rooms), await queued(rooms)
    await rooms.handoffs.claim(agent(), talk)
    bank.plan = ["drop_after"]
    case = await performed(rooms, talk, REPORT, GOOD)
    await settle(rooms, clock)
    last = (await said(rooms, talk))[-1]
    assert (last.author, last.kind) == ("system", "notice")
    assert case.reference in last.text
    assert (await conversation(rooms, talk)).owner == "agent"


async def test_a_conversation_that_was_ended_hears_nothing_and_the_case_ends_all_the_same(
    rooms: Rooms, clock: FakeClock
) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = ["drop_after"]
    case = await performed(rooms, talk, REPORT, GOOD)
    await rooms.conversations.end(talk)
    before = await said(rooms, talk)
    await settle(rooms, clock)
    assert (await rooms.acts.case(case.id)).state is State.DONE
    assert await said(rooms, talk) == before


# ---- taking it back


async def test_a_report_that_is_no_longer_wanted_is_not_made(rooms: Rooms, clock: FakeClock) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = ["down"]
    case = await performed(rooms, talk, REPORT, GOOD)
    withdrawn = await rooms.acts.withdraw(case.id)
    assert (withdrawn.state, withdrawn.reason) == (State.REFUSED, "withdrawn")
    await settle(rooms, clock, 600)
    assert bank.executed == []


async def test_what_may_have_been_done_can_not_be_withdrawn(rooms: Rooms) -> None:
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = ["drop_after"]
    case = await performed(rooms, talk, REPORT, GOOD)
    with pytest.raises(Conflict) as no:
        await rooms.acts.withdraw(case.id)
    assert no.value.details == {"state": "confirming"}


async def attempted(rooms: Rooms, talk: str, act: Any, last4: str, turn_id: str = "") -> Any:
    """Performed, also when we are killed at it; the case as it is then."""
    with suppress(Killed):
        await performed(rooms, talk, act, last4, turn_id=turn_id)
    return (await rooms.acts.of_conversation(talk))[-1]


async def turn_of(rooms: Rooms, clock: FakeClock) -> tuple[str, str]:
    """A conversation and its turn that is being answered."""
    talk = await opened(rooms)
    await say(rooms, talk, "挂失")
    clock.advance(1)
    return talk, (await claimed(rooms, talk)).id


async def test_the_worker_settles_acts_every_five_seconds(rooms: Rooms, clock: FakeClock) -> None:
    assert dict(JOBS)[settle_acts] == 5.0
    bank, talk = faulty(rooms), await opened(rooms)
    bank.plan = ["drop_after"]
    case = await performed(rooms, talk, REPORT, GOOD)
    clock.advance(SETTLE_AFTER_S + 1)
    worker = work_of(rooms)
    assert await settle_acts(worker) == 1
    assert (await rooms.acts.case(case.id)).state is State.DONE
