"""What staff do with tickets: one wins, complaints are investigated, answers arrive, looks are audited."""

import asyncio
from typing import Any

import pytest

from bot.clock import BANK_ZONE, FakeClock
from bot.conversation import store
from bot.conversation.states import Step
from bot.errors import BadRequest, Conflict, Forbidden, NotFound
from bot.records.audit import audit
from bot.records.store import ticket_events
from bot.wiring import Rooms
from tests.support.record import agent, conversation, opened, queued, rows, said
from tests.support.tickets import (
    PERSON,
    answered,
    asker,
    consent,
    events,
    file,
    investigated,
    supervisor,
    turn,
    worker,
)


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    return await opened(rooms)


async def closed(rooms: Rooms, talk: str) -> None:
    """The conversation has ended."""
    async with rooms.database.write() as connection:
        locked = await store.lock(connection, talk)
        await store.take_step(connection, locked, Step.CLOSED, now=rooms.clock.now())


# ---- who works on it


async def test_of_many_who_take_a_ticket_at_once_one_wins(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    takers = [rooms.ticket_work.take(ticket.reference, worker(n)) for n in range(1, 11)]
    done = await asyncio.gather(*takers, return_exceptions=True)
    refused = [one.details for one in done if isinstance(one, Conflict)]
    assert refused == [{"state": "assigned"}] * 9
    assert (await events(rooms, ticket.reference)) == ["filed", "taken"]


async def test_I34_a_colleagues_ticket_looks_like_none_at_all(rooms: Rooms, talk: str) -> None:
    ticket = await answered(rooms, talk)
    for verb in (
        rooms.ticket_work.read(ticket.reference, worker(2)),
        rooms.ticket_work.note(ticket.reference, worker(2), "x"),
        rooms.ticket_work.close(ticket.reference, worker(2)),
    ):
        with pytest.raises(NotFound) as refused:
            await verb
        assert refused.value.reason == "ticket_not_found"


async def test_a_supervisor_sees_every_ticket(rooms: Rooms, talk: str) -> None:
    ticket = await answered(rooms, talk)
    assert (await rooms.ticket_work.read(ticket.reference, supervisor())).ticket == ticket


async def test_complaints_are_for_those_who_are_trained_for_them(rooms: Rooms, talk: str) -> None:
    complaint, question = await file(rooms, talk), await file(rooms, talk, "follow_up")
    found = await rooms.ticket_work.listed(worker(skills=("card",)))
    assert [one.reference for one in found] == [question.reference]
    with pytest.raises(NotFound):
        await rooms.ticket_work.take(complaint.reference, worker(skills=("card",)))


@pytest.mark.parametrize("accused", [worker(7), supervisor(7)], ids=["agent", "supervisor"])
async def test_L18_nobody_works_on_a_complaint_about_themselves(
    rooms: Rooms, talk: str, accused: Any
) -> None:
    ticket = await file(rooms, talk, about_agent="8007")
    with pytest.raises(NotFound):
        await rooms.ticket_work.take(ticket.reference, accused)
    with pytest.raises(NotFound):
        await rooms.ticket_work.read(ticket.reference, accused)
    assert await rooms.ticket_work.listed(accused) == []


async def test_L18_a_complaint_is_not_assigned_to_the_one_it_is_about(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk, about_agent="8007")
    with pytest.raises(Conflict) as refused:
        await rooms.ticket_work.assign(ticket.reference, supervisor(), "8007")
    assert (refused.value.reason, refused.value.field) == ("has_interest", "number")
    assert await events(rooms, ticket.reference) == ["filed"]


async def test_a_supervisor_gives_a_ticket_to_a_colleague(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    await rooms.ticket_work.assign(ticket.reference, supervisor(), "8003")
    assert [t.reference for t in await rooms.ticket_work.listed(worker(3), mine=True)] == [ticket.reference]


async def test_an_agent_does_not_assign(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    with pytest.raises(Forbidden) as refused:
        await rooms.ticket_work.assign(ticket.reference, worker(), "8003")
    assert refused.value.reason == "needs_supervisor"


async def test_the_list_is_ordered_by_what_is_due_first(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    complaint = await file(rooms, talk)
    question = await file(rooms, talk, "follow_up")
    call = await file(rooms, talk, "callback", public={"window": "2026-11-23-evening"})
    found = await rooms.ticket_work.listed(worker())
    assert [t.reference for t in found] == [call.reference, question.reference, complaint.reference]


async def test_a_state_that_does_not_exist_is_named(rooms: Rooms) -> None:
    with pytest.raises(BadRequest) as refused:
        await rooms.ticket_work.listed(worker(), "done")
    assert (refused.value.reason, refused.value.field) == ("bad_ticket_state", "state")


async def test_the_list_can_be_of_one_state(rooms: Rooms, talk: str) -> None:
    await file(rooms, talk)
    done = await answered(rooms, talk)
    found = await rooms.ticket_work.listed(worker(), "answered")
    assert [one.reference for one in found] == [done.reference]


# ---- investigation (R28, R29)


async def test_R28_a_complaint_is_not_answered_before_its_cause_is_known(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    await rooms.ticket_work.take(ticket.reference, worker())
    await rooms.ticket_work.note(ticket.reference, worker(), "调了监控")
    with pytest.raises(Conflict) as refused:
        await rooms.ticket_work.answer(ticket.reference, worker(), "好的")
    assert (refused.value.reason, refused.value.details) == ("cause_missing", {"state": "investigating"})
    assert await events(rooms, ticket.reference) == ["filed", "taken", "noted"]


async def test_R28_a_complaint_is_not_closed_before_it_is_answered(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    await rooms.ticket_work.take(ticket.reference, worker())
    await investigated(rooms, ticket.reference)
    with pytest.raises(Conflict):
        await rooms.ticket_work.close(ticket.reference, worker())


async def test_a_cause_names_one_of_the_sides(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    await rooms.ticket_work.take(ticket.reference, worker())
    with pytest.raises(BadRequest) as refused:
        await rooms.ticket_work.set_cause(ticket.reference, worker(), "x", "the moon", "y")
    assert (refused.value.reason, refused.value.field) == ("bad_responsible", "responsible")


async def test_what_staff_write_is_encrypted_and_read_by_those_who_may(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    await rooms.ticket_work.take(ticket.reference, worker())
    await rooms.ticket_work.note(ticket.reference, worker(), "标记记录")
    await rooms.ticket_work.set_cause(ticket.reference, worker(), "标记原因", "branch", "标记措施")
    kept = "\n".join([str(await rows(rooms, table)) for table in store.metadata.sorted_tables])
    assert [text for text in ("标记记录", "标记原因", "标记措施") if text in kept] == []
    seen = await rooms.ticket_work.read(ticket.reference, worker())
    assert seen.cause == {"root_cause": "标记原因", "measure": "标记措施"}
    assert [one.note for one in seen.history] == [None, None, "标记记录", None]


# ---- more time (L16)


async def assigned(rooms: Rooms, talk: str) -> str:
    """A complaint that 8001 works on; its reference."""
    ticket = await file(rooms, talk)
    await rooms.ticket_work.take(ticket.reference, worker())
    return ticket.reference


def days(ticket: Any) -> int:
    """How many calendar days a complaint has, in the bank's zone."""
    received, due = (at.astimezone(BANK_ZONE).date() for at in (ticket.received_at, ticket.due_at))
    return (due - received).days


async def test_L16_a_supervisor_extends_to_thirty_days_and_the_customer_is_told(
    rooms: Rooms, talk: str
) -> None:
    reference = await assigned(rooms, talk)
    ticket = await rooms.ticket_work.extend(reference, supervisor(), "等合作方回函")
    assert (days(ticket), ticket.approvers) == (30, ["8009"])
    told = (await said(rooms, talk))[-1]
    assert reference in told.text
    assert "12 月 23 日" in told.text
    assert "等合作方回函" not in told.text


async def test_L16_thirty_more_days_want_a_second_supervisor(rooms: Rooms, talk: str) -> None:
    reference = await assigned(rooms, talk)
    await rooms.ticket_work.extend(reference, supervisor(8), "一")
    with pytest.raises(Conflict) as refused:
        await rooms.ticket_work.extend(reference, supervisor(8), "二")
    assert refused.value.reason == "needs_second_approver"
    ticket = await rooms.ticket_work.extend(reference, supervisor(9), "二")
    assert (days(ticket), ticket.approvers) == (60, ["8008", "8009"])


async def test_L16_there_is_no_third_extension(rooms: Rooms, talk: str) -> None:
    reference = await assigned(rooms, talk)
    for number in (7, 8):
        await rooms.ticket_work.extend(reference, supervisor(number), "x")
    with pytest.raises(Conflict) as refused:
        await rooms.ticket_work.extend(reference, supervisor(9), "x")
    assert refused.value.reason == "no_more_extensions"


async def test_L16_an_agent_extends_nothing(rooms: Rooms, talk: str) -> None:
    reference = await assigned(rooms, talk)
    with pytest.raises(Forbidden) as refused:
        await rooms.ticket_work.extend(reference, worker(), "x")
    assert refused.value.reason == "needs_supervisor"


async def test_L16_whoever_works_on_it_does_not_approve(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    await rooms.ticket_work.take(ticket.reference, supervisor())
    before = await said(rooms, talk)
    with pytest.raises(Conflict) as refused:
        await rooms.ticket_work.extend(ticket.reference, supervisor(), "x")
    assert refused.value.reason == "approver_is_handler"
    assert (await rooms.tickets.find(ticket.reference)).due_at == ticket.due_at
    assert await said(rooms, talk) == before


@pytest.mark.parametrize("kind", ["follow_up", "callback", "data_request", "appointment"])
async def test_only_complaints_are_extended(rooms: Rooms, talk: str, kind: str) -> None:
    ticket = await file(rooms, talk, kind)
    with pytest.raises(Conflict) as refused:
        await rooms.ticket_work.extend(ticket.reference, supervisor(), "x")
    assert refused.value.reason == "ticket_state"


# ---- the promised reply (R08)


async def test_an_answer_with_the_bot_asks_whether_it_has_solved_it(rooms: Rooms, talk: str) -> None:
    ticket = await answered(rooms, talk, "follow_up")
    told = (await said(rooms, talk))[-1]
    assert (told.author, told.kind) == ("system", "choices")
    assert "已加开窗口" in told.text
    assert ticket.reference in told.text
    assert [(one["title"], one["intent"], one["slots"]) for one in told.payload["choices"]] == [
        (title, "ticket_confirm", {"ticket_reference": ticket.reference, "ticket_answer": said_})
        for title, said_ in (("解决了", "yes"), ("还没有解决", "no"))
    ]


async def test_an_answer_while_a_person_serves_is_that_colleagues_message(rooms: Rooms) -> None:
    talk = await queued(rooms)
    await rooms.handoffs.claim(agent(), talk)
    await answered(rooms, talk, "follow_up")
    told = (await said(rooms, talk))[-1]
    assert told.author == "agent"
    assert told.public()["agent"] == {"name": "王女士", "number": "8001"}
    assert "choices" not in told.payload


async def test_an_answer_in_the_line_offers_nothing_to_choose(rooms: Rooms) -> None:
    talk = await queued(rooms)
    await answered(rooms, talk, "follow_up")
    told = (await said(rooms, talk))[-1]
    assert (told.author, told.kind, "choices" in told.payload) == ("system", "notice", False)


async def test_an_answer_waits_in_a_closed_conversation_and_leaves_it_closed(
    rooms: Rooms, talk: str
) -> None:
    ticket = await file(rooms, talk, "follow_up")
    await rooms.ticket_work.take(ticket.reference, worker())
    await closed(rooms, talk)
    await rooms.ticket_work.answer(ticket.reference, worker(), "已经处理")
    told = (await said(rooms, talk))[-1]
    assert "已经处理" in told.text
    assert (await conversation(rooms, talk)).owner == "closed"


async def test_a_known_customer_hears_the_answer_in_their_next_conversation_once(
    rooms: Rooms, talk: str
) -> None:
    ticket = await answered(rooms, talk, "follow_up", customer_id="one")
    later = await opened(rooms)
    for _ in range(2):
        async with rooms.database.write() as connection:
            locked = await store.lock(connection, later)
            await rooms.tickets.deliver_waiting(connection, locked, "one")
    heard = [message for message in await said(rooms, later) if message.author == "system"]
    assert [ticket.reference in message.text for message in heard] == [True]
    assert heard[0].payload["choices"]
    closed_now = await rooms.tickets.confirm(ticket.reference, True, turn(), asker(later))
    assert closed_now.state == "closed"


async def test_an_answer_is_not_delivered_to_somebody_else(rooms: Rooms, talk: str) -> None:
    await answered(rooms, talk, "follow_up", customer_id="one")
    later = await opened(rooms)
    async with rooms.database.write() as connection:
        locked = await store.lock(connection, later)
        await rooms.tickets.deliver_waiting(connection, locked, "two")
    assert [message.author for message in await said(rooms, later)] == ["bot"]


async def test_a_confirmed_answer_is_not_delivered_again(rooms: Rooms, talk: str) -> None:
    ticket = await answered(rooms, talk, "follow_up", customer_id="one")
    await rooms.tickets.confirm(ticket.reference, True, turn(), asker(talk))
    later = await opened(rooms)
    async with rooms.database.write() as connection:
        locked = await store.lock(connection, later)
        await rooms.tickets.deliver_waiting(connection, locked, "one")
    assert len(await said(rooms, later)) == 1


async def test_L17_the_answer_to_a_complaint_names_the_way_to_a_review(rooms: Rooms, talk: str) -> None:
    await answered(rooms, talk)
    text = (await said(rooms, talk))[-1].text
    assert "12 月 23 日" in text
    assert "收到后 30 天内" in text


async def test_L17_other_answers_name_no_review(rooms: Rooms, talk: str) -> None:
    await answered(rooms, talk, "follow_up")
    assert "核查" not in (await said(rooms, talk))[-1].text


async def test_an_answer_is_given_once(rooms: Rooms, talk: str) -> None:
    ticket = await answered(rooms, talk, "follow_up")
    before = await said(rooms, talk)
    with pytest.raises(Conflict) as refused:
        await rooms.ticket_work.answer(ticket.reference, worker(), "再说一遍")
    assert refused.value.details == {"state": "answered"}
    assert await said(rooms, talk) == before


# ---- ends and beginnings


async def test_a_ticket_that_was_called_about_is_closed_and_the_customer_is_told(
    rooms: Rooms, talk: str
) -> None:
    ticket = await file(rooms, talk, "callback")
    await rooms.ticket_work.take(ticket.reference, worker())
    await rooms.ticket_work.close(ticket.reference, worker())
    assert ticket.reference in (await said(rooms, talk))[-1].text
    assert await events(rooms, ticket.reference) == ["filed", "taken", "closed"]


async def test_a_reopened_complaint_begins_a_new_clock_without_extensions(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    ticket = await file(rooms, talk)
    await rooms.ticket_work.take(ticket.reference, worker())
    await rooms.ticket_work.extend(ticket.reference, supervisor(), "x")
    await investigated(rooms, ticket.reference)
    await rooms.ticket_work.answer(ticket.reference, worker(), "好了")
    clock.advance(10 * 86400)
    again = await rooms.ticket_work.reopen(ticket.reference, worker())
    assert (days(again), again.extensions, again.approvers) == (15, 0, [])


async def test_a_kept_appointment_is_over(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk, "appointment")
    await rooms.ticket_work.confirm_appointment(ticket.reference, worker())
    assert "11 月 25 日" in (await said(rooms, talk))[-1].text
    kept = await rooms.ticket_work.keep_appointment(ticket.reference, worker(2))
    assert kept.state == "kept"
    with pytest.raises(Conflict):
        await rooms.ticket_work.note(ticket.reference, worker(), "x")


# ---- looks (R20, R21)


async def test_a_name_and_a_phone_are_masked_and_the_look_is_audited(rooms: Rooms, talk: str) -> None:
    ticket = await file(
        rooms, talk, private={**PERSON, "matter": "退费"}, consent_id=await consent(rooms, talk)
    )
    seen = await rooms.ticket_work.read(ticket.reference, worker())
    assert seen.private == {"name": "欧阳**", "phone": "139****0987", "matter": "退费"}
    looks = [row for row in await rows(rooms, audit) if row.action == "ticket_read"]
    assert [(row.actor, row.subject) for row in looks] == [("staff:8001", ticket.reference)]


async def test_one_field_is_revealed_with_a_purpose_to_whoever_works_on_it(
    rooms: Rooms, talk: str
) -> None:
    ticket = await file(rooms, talk, "callback", private=PERSON, consent_id=await consent(rooms, talk))
    await rooms.ticket_work.take(ticket.reference, worker())
    phone = await rooms.ticket_work.reveal(ticket.reference, worker(), "phone", "call_customer")
    assert phone == PERSON["phone"]
    (row,) = [row for row in await rows(rooms, audit) if row.action == "ticket_revealed"]
    assert (row.actor, row.reason, row.details) == ("staff:8001", "call_customer", {"field": "phone"})


async def test_nothing_is_revealed_before_it_is_taken(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk, "callback", private=PERSON, consent_id=await consent(rooms, talk))
    with pytest.raises(Conflict) as refused:
        await rooms.ticket_work.reveal(ticket.reference, worker(), "phone", "call_customer")
    assert refused.value.reason == "ticket_not_taken"


@pytest.mark.parametrize(
    ("name", "purpose", "field"), [("phone", "curiosity", "purpose"), ("pin", "call_customer", "field")]
)
async def test_a_reveal_names_what_is_wrong(
    rooms: Rooms, talk: str, name: str, purpose: str, field: str
) -> None:
    ticket = await file(rooms, talk, "callback", private=PERSON, consent_id=await consent(rooms, talk))
    await rooms.ticket_work.take(ticket.reference, worker())
    with pytest.raises(BadRequest) as refused:
        await rooms.ticket_work.reveal(ticket.reference, worker(), name, purpose)
    assert refused.value.field == field


async def test_history_and_audit_say_nothing_about_the_person(rooms: Rooms, talk: str) -> None:
    private = {**PERSON, "matter": "标记事由"}
    ticket = await file(rooms, talk, private=private, consent_id=await consent(rooms, talk))
    await rooms.ticket_work.take(ticket.reference, worker())
    await rooms.ticket_work.note(ticket.reference, worker(), "标记记录")
    kept = str(await rows(rooms, ticket_events)) + str(await rows(rooms, audit))
    assert [text for text in (*private.values(), "标记记录") if text in kept] == []
