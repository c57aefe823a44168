"""Tickets as their customers know them: filed once, with consent, found by the right people only."""

import asyncio
import uuid
from typing import Any

import orjson
import pytest

from bot.clock import BANK_ZONE, FakeClock
from bot.conversation import store
from bot.errors import BadRequest, Conflict, Forbidden, NotFound
from bot.records.audit import audit
from bot.records.store import ticket_alarms, ticket_events, tickets
from bot.wiring import Rooms
from tests.support.record import ask_for_person, count, opened, rows, said
from tests.support.tickets import (
    BOOKING,
    FACTS,
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

KINDS = {
    "request": "R", "complaint": "C", "callback": "B", "follow_up": "F", "appointment": "A", "data_request": "D",
}


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    return await opened(rooms)


# ---- filing


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reference_can_be_read_out(rooms: Rooms, talk: str, kind: str) -> None:
    assert (await file(rooms, talk, kind)).reference == f"{KINDS[kind]}20261123-0001"


async def test_the_day_of_a_reference_is_the_banks(rooms: Rooms, talk: str, clock: FakeClock) -> None:
    clock.advance(12.5 * 3600)  # half past midnight in the bank's zone
    assert (await file(rooms, talk)).reference == "C20261124-0001"


async def test_references_count_up_without_a_gap_when_many_file_at_once(rooms: Rooms) -> None:
    talks = [await opened(rooms) for _ in range(8)]
    filed = await asyncio.gather(*(file(rooms, talk) for talk in talks))
    assert sorted(one.reference for one in filed) == [f"C20261123-000{n}" for n in range(1, 9)]


async def test_a_repeated_turn_gets_the_first_ticket_again(rooms: Rooms, talk: str) -> None:
    turn_id = turn()
    filed = await asyncio.gather(*(file(rooms, talk, turn_id=turn_id) for _ in range(5)))
    assert len({one.reference for one in filed}) == 1
    assert await count(rooms, tickets) == 1


async def test_one_turn_may_file_two_kinds(rooms: Rooms, talk: str) -> None:
    turn_id = turn()
    first = await file(rooms, talk, turn_id=turn_id)
    second = await file(rooms, talk, "callback", turn_id=turn_id)
    assert {first.kind, second.kind} == {"complaint", "callback"}


async def test_filing_leaves_a_row_of_history_and_one_of_audit(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    assert await events(rooms, ticket.reference) == ["filed"]
    (row,) = [row for row in await rows(rooms, audit) if row.subject == ticket.reference]
    assert (row.action, row.actor) == ("ticket_filed", f"conversation:{talk}")


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("complaint", "2026-12-08 23:59:59"), ("data_request", "2026-12-08 23:59:59"),
        ("request", "2026-11-24 12:00:00"), ("follow_up", "2026-11-24 12:00:00"),
        ("callback", "2026-11-24 12:00:00"), ("appointment", "2026-11-25 23:59:59"),
    ],
)
async def test_each_kind_is_due_when_it_was_promised(
    rooms: Rooms, talk: str, kind: str, due: str
) -> None:
    local = (await file(rooms, talk, kind)).due_at.astimezone(BANK_ZONE)
    assert f"{local:%Y-%m-%d %H:%M:%S}" == due


# ---- consent and secrets


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PERSON)
async def test_L01_no_personal_field_is_kept_without_a_yes(
    rooms: Rooms, talk: str, kind: str, name: str
) -> None:
    with pytest.raises(Forbidden) as refused:
        await file(rooms, talk, kind, private={name: PERSON[name]})
    assert refused.value.reason == "no_consent"
    assert await count(rooms, tickets) == await count(rooms, ticket_events) == 0


async def test_L01_a_no_is_no_yes(rooms: Rooms, talk: str) -> None:
    consent_id = await consent(rooms, talk, "refused")
    with pytest.raises(Forbidden):
        await file(rooms, talk, private=PERSON, consent_id=consent_id)


async def test_L01_another_conversations_yes_is_none(rooms: Rooms, talk: str) -> None:
    consent_id = await consent(rooms, await opened(rooms))
    with pytest.raises(Forbidden):
        await file(rooms, talk, private=PERSON, consent_id=consent_id)


async def test_L04_a_yes_that_was_taken_back_is_none(rooms: Rooms, talk: str) -> None:
    consent_id = await consent(rooms, talk)
    await consent(rooms, talk, "refused")
    with pytest.raises(Forbidden):
        await file(rooms, talk, private=PERSON, consent_id=consent_id)


async def test_L04_a_no_to_another_purpose_does_not_undo_a_yes(rooms: Rooms, talk: str) -> None:
    consent_id = await consent(rooms, talk)
    await consent(rooms, talk, "refused", purpose="marketing")
    assert await file(rooms, talk, private=PERSON, consent_id=consent_id)


@pytest.mark.parametrize("kind", ["complaint", "follow_up", "data_request"])
async def test_a_matter_alone_needs_no_contact(rooms: Rooms, talk: str, kind: str) -> None:
    ticket = await file(rooms, talk, kind, private={"matter": "扣费", "demand": "退费"})
    assert ticket.consent_id is None


@pytest.mark.parametrize("kind", ["request", "callback", "appointment"])
async def test_who_wants_to_be_reached_needs_a_yes_for_the_matter_too(
    rooms: Rooms, talk: str, kind: str
) -> None:
    with pytest.raises(Forbidden):
        await file(rooms, talk, kind, private={"matter": "扣费"})


async def test_what_identifies_a_person_is_in_no_table(rooms: Rooms, talk: str) -> None:
    private = {**PERSON, "matter": "标记事由", "demand": "标记诉求"}
    await file(rooms, talk, private=private, consent_id=await consent(rooms, talk))
    kept = "\n".join([str(await rows(rooms, table)) for table in store.metadata.sorted_tables])
    assert [value for value in private.values() if value in kept] == []


async def test_what_was_filed_can_be_read_with_the_key_and_for_this_ticket(
    rooms: Rooms, talk: str
) -> None:
    private = {**PERSON, "matter": "想退费"}
    ticket = await file(rooms, talk, private=private, consent_id=await consent(rooms, talk))
    plain = rooms.tickets.cipher.decrypt(ticket.fields, ticket.reference)
    assert orjson.loads(plain) == private


@pytest.mark.parametrize("name", ["matter", "demand"])
async def test_L12_a_password_in_the_customers_words_is_never_kept(
    rooms: Rooms, talk: str, name: str
) -> None:
    ticket = await file(rooms, talk, private={name: "我的密码是 a1b2c3d4"})
    assert "a1b2c3d4" not in rooms.tickets.cipher.decrypt(ticket.fields, ticket.reference)


@pytest.mark.parametrize(
    ("kind", "facts", "field"),
    [
        ("callback", {}, "window"), ("callback", {"window": "2026-11-23-morning"}, "window"),
        ("appointment", {**BOOKING, "branch": "moon"}, "branch"),
        ("appointment", {**BOOKING, "day": "2026-11-28"}, "day"),
    ],
)
async def test_what_is_not_on_offer_is_named_and_nothing_is_kept(
    rooms: Rooms, talk: str, kind: str, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        await file(rooms, talk, kind, public=facts)
    assert refused.value.field == field
    assert await count(rooms, tickets) == 0


# ---- who may see it


async def test_ones_own_conversation_shows_its_tickets_newest_first(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    first = await file(rooms, talk)
    clock.advance(60)
    second = await file(rooms, talk, "follow_up")
    found = await rooms.tickets.progress(asker(talk))
    assert [one.reference for one in found] == [second.reference, first.reference]


async def test_another_conversation_sees_a_ticket_when_it_was_verified(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    other = await opened(rooms)
    (found,) = await rooms.tickets.progress(asker(other, verified=True), ticket.reference)
    assert found.reference == ticket.reference


async def test_another_known_customer_does_not_see_it_even_verified(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk, customer_id="one")
    other = asker(await opened(rooms), verified=True, customer_id="two")
    with pytest.raises(NotFound):
        await rooms.tickets.progress(other, ticket.reference)


async def test_a_foreign_number_sounds_like_one_that_does_not_exist(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    other = asker(await opened(rooms))
    refusals = []
    for reference in (ticket.reference, "C20261123-9999"):
        with pytest.raises(NotFound) as refused:
            await rooms.tickets.progress(other, reference)
        refusals.append((refused.value.reason, refused.value.field, refused.value.details))
    assert refusals[0] == refusals[1]


async def test_a_look_that_was_denied_is_audited(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    other = await opened(rooms)
    with pytest.raises(NotFound):
        await rooms.tickets.progress(asker(other), ticket.reference)
    denied = [row for row in await rows(rooms, audit) if row.action == "ticket_denied"]
    assert [(row.actor, row.subject) for row in denied] == [(f"conversation:{other}", other)]


async def test_nobody_elses_ticket_can_be_confirmed_or_withdrawn(rooms: Rooms, talk: str) -> None:
    ticket = await answered(rooms, talk)
    other = asker(await opened(rooms))
    with pytest.raises(NotFound):
        await rooms.tickets.confirm(ticket.reference, True, turn(), other)
    with pytest.raises(NotFound):
        await rooms.tickets.withdraw(ticket.reference, turn(), other)
    assert (await rooms.tickets.find(ticket.reference)).state == "answered"


async def test_no_tickets_are_not_found(rooms: Rooms, talk: str) -> None:
    with pytest.raises(NotFound) as refused:
        await rooms.tickets.progress(asker(talk))
    assert refused.value.reason == "ticket_not_found"


async def test_only_live_tickets_of_one_kind_can_be_asked_for(rooms: Rooms, talk: str) -> None:
    live = await file(rooms, talk)
    over = await file(rooms, talk)
    await file(rooms, talk, "callback")
    await rooms.tickets.withdraw(over.reference, turn(), asker(talk))
    found = await rooms.tickets.of_conversation(talk, "complaint", live_only=True)
    assert [one.reference for one in found] == [live.reference]


# ---- what a customer does with it


async def test_a_yes_closes_the_ticket(rooms: Rooms, talk: str, clock: FakeClock) -> None:
    ticket = await answered(rooms, talk)
    closed = await rooms.tickets.confirm(ticket.reference, True, turn(), asker(talk))
    assert (closed.state, closed.closed_at) == ("closed", clock.now())


async def test_a_no_reopens_it_with_a_new_clock(rooms: Rooms, talk: str, clock: FakeClock) -> None:
    ticket = await answered(rooms, talk, "follow_up")
    clock.advance(3 * 86400)
    again = await rooms.tickets.confirm(ticket.reference, False, turn(), asker(talk))
    assert again.state == "assigned"
    assert again.assigned_to == "8001"
    assert (again.due_at - clock.now()).total_seconds() == 86400


async def test_a_closed_ticket_can_be_reopened_by_its_customer(rooms: Rooms, talk: str) -> None:
    ticket = await answered(rooms, talk)
    await rooms.tickets.confirm(ticket.reference, True, turn(), asker(talk))
    again = await rooms.tickets.confirm(ticket.reference, False, turn(), asker(talk))
    assert (again.state, again.closed_at) == ("investigating", None)


async def test_a_repeated_turn_takes_its_step_once(rooms: Rooms, talk: str) -> None:
    ticket = await answered(rooms, talk)
    turn_id = turn()
    for _ in range(3):
        await rooms.tickets.confirm(ticket.reference, False, turn_id, asker(talk))
    assert (await events(rooms, ticket.reference)).count("reopened") == 1


async def test_an_answer_that_was_not_given_can_not_be_confirmed(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    with pytest.raises(Conflict) as refused:
        await rooms.tickets.confirm(ticket.reference, True, turn(), asker(talk))
    assert refused.value.details == {"state": "open"}
    assert await events(rooms, ticket.reference) == ["filed"]


async def test_L18_a_withdrawn_complaint_ends_the_same_day(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    ticket = await file(rooms, talk)
    clock.advance(3600)
    ended = await rooms.tickets.withdraw(ticket.reference, turn(), asker(talk))
    assert (ended.state, ended.closed_at) == ("withdrawn", clock.now())
    assert [row for row in await rows(rooms, ticket_alarms) if row.fired_at is None] == []


async def test_L18_a_withdrawn_complaint_never_comes_back(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    await rooms.tickets.withdraw(ticket.reference, turn(), asker(talk))
    with pytest.raises(Conflict):
        await rooms.tickets.confirm(ticket.reference, False, turn(), asker(talk))
    with pytest.raises(Conflict):
        await rooms.ticket_work.reopen(ticket.reference, supervisor())


async def test_a_changed_appointment_waits_for_its_branch_again(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk, "appointment")
    await rooms.ticket_work.confirm_appointment(ticket.reference, worker())
    changed = await rooms.tickets.change_appointment(
        ticket.reference, turn(), asker(talk), {"day": "2026-11-30", "branch": "university"}
    )
    assert changed.state == "changed"
    assert changed.facts == {**BOOKING, "day": "2026-11-30", "branch": "university"}
    assert f"{changed.due_at.astimezone(BANK_ZONE):%m-%d}" == "11-30"


async def test_an_appointment_is_not_changed_to_a_day_that_is_not_on_offer(
    rooms: Rooms, talk: str
) -> None:
    ticket = await file(rooms, talk, "appointment")
    with pytest.raises(BadRequest) as refused:
        await rooms.tickets.change_appointment(
            ticket.reference, turn(), asker(talk), {"day": "2026-11-29"}
        )
    assert refused.value.field == "day"
    assert (await rooms.tickets.find(ticket.reference)).state == "requested"


async def test_a_cancelled_appointment_is_over(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk, "appointment")
    await rooms.tickets.cancel_appointment(ticket.reference, turn(), asker(talk))
    with pytest.raises(Conflict):
        await rooms.tickets.change_appointment(
            ticket.reference, turn(), asker(talk), {"day": "2026-11-30"}
        )


# ---- words


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_public_view_has_words_and_nothing_personal(
    rooms: Rooms, talk: str, kind: str, language: str
) -> None:
    consent_id = await consent(rooms, talk)
    ticket = await file(rooms, talk, kind, private={**PERSON, "matter": "标记"}, consent_id=consent_id)
    shown = rooms.tickets.public_view(ticket, language)
    assert shown["reference"] == ticket.reference
    assert all(shown[name] for name in ("kind_title", "state_title", "due", "next"))
    assert "{" not in str(list(shown.values()))
    assert [value for value in (*PERSON.values(), "标记") if value in str(shown)] == []


async def test_a_complaint_says_until_which_day_it_is_answered(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    assert "12 月 8 日" in rooms.tickets.public_view(ticket, "zh")["next"]
    assert "8 December" in rooms.tickets.public_view(ticket, "en")["next"]


async def test_a_broken_promise_is_not_repeated(rooms: Rooms, talk: str, clock: FakeClock) -> None:
    ticket = await file(rooms, talk, "follow_up")
    clock.advance(25 * 3600)
    words = rooms.tickets.public_view(ticket, "en")["next"]
    assert words.startswith("I'm sorry")


@pytest.mark.parametrize("kind", ["complaint", "follow_up"])
async def test_every_state_has_words(rooms: Rooms, talk: str, kind: str) -> None:
    ticket = await file(rooms, talk, kind)
    seen = {rooms.tickets.public_view(ticket, "zh")["next"]}
    await rooms.ticket_work.take(ticket.reference, worker())
    seen.add(rooms.tickets.public_view(await rooms.tickets.find(ticket.reference), "zh")["next"])
    if kind == "complaint":
        await investigated(rooms, ticket.reference)
    done = await rooms.ticket_work.answer(ticket.reference, worker(), "好了")
    seen.add(rooms.tickets.public_view(done, "zh")["next"])
    done = await rooms.tickets.confirm(ticket.reference, True, turn(), asker(talk))
    seen.add(rooms.tickets.public_view(done, "zh")["next"])
    assert len(seen) == 4


async def test_the_times_for_a_call_are_named_in_both_languages(rooms: Rooms) -> None:
    zh, en = rooms.tickets.windows("zh"), rooms.tickets.windows("en")
    assert zh[0] == {"id": "2026-11-23-afternoon", "title": "今天周一下午（12:00–18:00）"}
    assert en[2]["title"] == "tomorrow, Tuesday morning (08:30–12:00)"
    assert [one["id"] for one in zh] == [one["id"] for one in en]


async def test_what_is_due_soon_comes_first_due_first(rooms: Rooms, talk: str, clock: FakeClock) -> None:
    await file(rooms, talk)
    later = await file(rooms, talk, "follow_up")
    sooner = await file(rooms, talk, "callback", public={"window": "2026-11-23-evening"})
    found = await rooms.tickets.due_soon(clock.now())
    assert [one.reference for one in found] == [sooner.reference, later.reference]


# ---- evidence (L23)


async def test_L23_the_transcript_of_a_complaint_is_kept_by_its_hash(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    assert ticket.to_seq == (await said(rooms, talk))[-1].seq
    assert (await rooms.ticket_work.read(ticket.reference, worker())).evidence_holds is True


async def test_L23_what_is_said_later_leaves_the_evidence_as_it_is(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    await ask_for_person(rooms, talk)
    await file(rooms, talk, "follow_up", turn_id=str(uuid.uuid4()))
    assert (await rooms.ticket_work.read(ticket.reference, worker())).evidence_holds is True


async def test_L23_a_changed_word_shows(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk)
    async with rooms.database.write() as connection:
        await connection.execute(
            store.messages.update().where(store.messages.c.conversation_id == talk).values(text="改过")
        )
    assert (await rooms.ticket_work.read(ticket.reference, worker())).evidence_holds is False


async def test_other_kinds_need_no_evidence(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk, "callback", public=FACTS["callback"])
    assert (await rooms.ticket_work.read(ticket.reference, worker())).evidence_holds is None


# ---- of a customer whom the bank's app names


async def test_L18_what_is_owed_to_a_known_customer_needs_no_number(rooms: Rooms) -> None:
    first, second = await opened(rooms), await opened(rooms)
    call = await file(rooms, first, "follow_up", customer_id="c-1")
    complaint = await file(rooms, second, customer_id="c-1")
    assert await rooms.tickets.owed_to("c-1") == [call, complaint]  # first due first


async def test_an_answer_that_is_not_confirmed_is_still_owed(rooms: Rooms, talk: str) -> None:
    ticket = await answered(rooms, talk, customer_id="c-1")
    assert [one.reference for one in await rooms.tickets.owed_to("c-1")] == [ticket.reference]


async def test_what_is_over_or_somebody_elses_is_not_owed(rooms: Rooms, talk: str) -> None:
    ticket = await file(rooms, talk, customer_id="c-1")
    await file(rooms, talk, customer_id="c-2")
    await file(rooms, talk)
    await rooms.tickets.withdraw(ticket.reference, turn(), asker(talk))
    assert await rooms.tickets.owed_to("c-1") == []
