"""Retention: each class ends at its time, not a day before, and every run says what it did."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.bank.store import acts
from bot.clock import FakeClock
from bot.conversation.store import messages, turns
from bot.handoff.store import handoffs, notes
from bot.identity.store import verifications
from bot.records import retention
from bot.records.archive import archive
from bot.records.audit import audit
from bot.records.contact_store import contacts
from bot.records.retention import Swept, erasures
from bot.records.store import consents, feedback, ticket_events, tickets
from bot.wiring import Rooms
from tests.support.bank import GOOD, LIFT, REPORT, REPORTED, card, performed, prepared
from tests.support.identity import begin, join
from tests.support.people_records import complain, give, praise, take_down, ticket_fields
from tests.support.record import agent, ask_for_person, conversation, count, opened, rows, say
from tests.support.tickets import answered, file, worker

pytestmark = pytest.mark.slow  # goes through years

DAY_S = 24 * 3600.0
BLANK = {"name": "", "phone": "", "matter": ""}


async def ended(rooms: Rooms) -> str:
    """A conversation with words and a note that is over."""
    talk = await opened(rooms)
    await say(rooms, talk, "我想问一下")
    await ask_for_person(rooms, talk, summary="想问利率")
    await rooms.handoffs.claim(agent(), talk)
    await rooms.handoffs.add_note(agent(), talk, "客户很着急")
    await rooms.conversations.end(talk)
    return talk


async def run(rooms: Rooms) -> dict[str, int]:
    return {swept.record_class: swept.items for swept in await rooms.retention.run()}


@pytest.mark.parametrize(("purpose", "days"), [("callback", 180), ("appointment", 90), ("feedback", 365)])
async def test_a_contact_is_kept_for_its_purposes_days_and_no_longer(
    rooms: Rooms, clock: FakeClock, purpose: str, days: int
) -> None:
    await give(rooms, await opened(rooms), purpose)
    clock.advance(days * DAY_S)
    assert await run(rooms) == {}
    assert await count(rooms, contacts) == 2
    clock.advance(1)
    assert await run(rooms) == {"contact": 2}
    assert await count(rooms, contacts) == 0


async def test_a_tickets_person_is_forgotten_and_its_number_stays(rooms: Rooms, clock: FakeClock) -> None:
    reference = await take_down(rooms, await opened(rooms))
    clock.advance(180 * DAY_S)
    assert await run(rooms) == {}
    clock.advance(1)
    assert await run(rooms) == {"ticket": 1}
    assert await ticket_fields(rooms, reference) == BLANK
    assert [row.reference for row in await rows(rooms, tickets)] == [reference]
    assert await run(rooms) == {}


async def test_a_transcript_is_kept_three_years_with_all_that_belongs_to_it(
    rooms: Rooms, clock: FakeClock
) -> None:
    talk = await ended(rooms)
    clock.advance((365 * 3 + 1) * DAY_S)  # with 29 February 2028
    assert await run(rooms) == {}
    clock.advance(1)
    assert await run(rooms) == {"transcript": 1}
    for table in (messages, turns, notes):
        assert await count(rooms, table) == 0
    (handoff,) = await rows(rooms, handoffs)
    assert (handoff.summary, handoff.slots, handoff.reason) == ("", {}, "asked")
    assert (await conversation(rooms, talk)).context == {}


async def test_a_conversation_that_goes_on_has_no_end_to_count_from(rooms: Rooms, clock: FakeClock) -> None:
    await opened(rooms)
    clock.advance(4 * 365 * DAY_S)
    assert await run(rooms) == {}


async def test_a_complaints_file_is_kept_five_years_with_its_transcript(
    rooms: Rooms, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await say(rooms, talk, "我要投诉")
    reference = await complain(rooms, talk)
    await rooms.conversations.end(talk)
    clock.advance((365 * 5 + 1) * DAY_S)  # with 29 February 2028
    assert await run(rooms) == {}
    assert await ticket_fields(rooms, reference) != BLANK
    clock.advance(1)
    assert await run(rooms) == {"complaint": 1}
    assert await ticket_fields(rooms, reference) == BLANK
    assert await count(rooms, messages) == 0


async def test_what_was_locked_ends_when_the_law_lets_it_go(rooms: Rooms, clock: FakeClock) -> None:
    talk = await opened(rooms)
    reference = await complain(rooms, talk)
    await rooms.consents.withdraw(talk, "complaint_contact")
    clock.advance((365 * 5 + 1) * DAY_S)
    assert (await run(rooms)).get("locked") is None
    clock.advance(1)
    assert (await run(rooms))["locked"] == 1
    (row,) = [row for row in await rows(rooms, archive) if row.key == f"{reference}:complaint_contact"]
    assert (row.outcome, row.data) == ("erased", None)
    assert await count(rooms, archive) == 2  # and the mark of the file itself, which has had its time too


async def test_a_ticket_in_ones_own_words_ends_with_its_kinds_purpose(rooms: Rooms, clock: FakeClock) -> None:
    reference = (await file(rooms, await opened(rooms), "follow_up", private={"matter": "补打对账单"})).reference
    clock.advance(180 * DAY_S)
    assert await run(rooms) == {}
    clock.advance(1)
    assert await run(rooms) == {"ticket": 1}
    assert await ticket_fields(rooms, reference) == {"matter": ""}


async def test_the_answer_and_the_notes_end_with_the_ticket_and_so_does_what_is_noted_later(
    rooms: Rooms, clock: FakeClock
) -> None:
    private = {"matter": "补打对账单"}
    talk = await opened(rooms)
    reference = (await answered(rooms, talk, "follow_up", private=private)).reference
    await rooms.ticket_work.reopen(reference, worker())
    clock.advance(180 * DAY_S + 1)
    assert await run(rooms) == {"ticket": 1}
    await rooms.ticket_work.note(reference, worker(), "又来电")
    assert await run(rooms) == {"ticket": 1}
    (ticket,) = await rows(rooms, tickets)
    assert (ticket.cause, ticket.answer) == (None, None)
    assert {row.text for row in await rows(rooms, ticket_events)} == {None}


async def test_the_words_of_feedback_end_after_a_year_and_the_score_stays(rooms: Rooms, clock: FakeClock) -> None:
    await praise(rooms, await opened(rooms), "柜员很耐心")
    clock.advance(365 * DAY_S)
    assert await run(rooms) == {}
    clock.advance(1)
    assert await run(rooms) == {"feedback": 1}
    (row,) = await rows(rooms, feedback)
    assert (row.text, row.score, row.kind) == (None, 5, "praise")


async def test_an_act_is_kept_ten_years_and_one_that_is_not_settled_longer(rooms: Rooms, clock: FakeClock) -> None:
    await performed(rooms, await opened(rooms), REPORT, GOOD)
    clock.advance(60)
    await rooms.acts.settle()  # and the customer has been told
    going_on = await prepared(rooms, await opened(rooms), LIFT, await card(rooms, REPORTED))
    clock.advance((365 * 10 + 3) * DAY_S - 60)  # with the leap days of 2028, 2032 and 2036
    assert await run(rooms) == {}
    clock.advance(61)
    assert await run(rooms) == {"act": 1}
    assert [row.id for row in await rows(rooms, acts)] == [going_on.id]


async def test_a_verification_is_kept_thirty_days_after_its_end(rooms: Rooms, clock: FakeClock) -> None:
    join(rooms)
    talk = await opened(rooms)
    await begin(rooms, talk)
    clock.advance(30 * DAY_S + 1)
    assert await run(rooms) == {}  # it has not ended yet
    await rooms.verification.sweep()
    clock.advance(30 * DAY_S)
    assert await run(rooms) == {}
    clock.advance(1)
    assert await run(rooms) == {"verification": 1}
    assert await count(rooms, verifications) == 0


@pytest.mark.parametrize("days", [1, 183, 4000])
async def test_the_audit_and_the_ledger_are_there_on_day_183_and_long_after(
    rooms: Rooms, clock: FakeClock, days: int
) -> None:
    await give(rooms, await opened(rooms))
    before = sorted(await rows(rooms, audit))
    clock.advance(days * DAY_S)
    await run(rooms)
    assert sorted(await rows(rooms, audit))[: len(before)] == before


async def test_the_ledger_ends_after_ten_years_unless_a_number_stands_on_it(
    rooms: Rooms, clock: FakeClock
) -> None:
    await give(rooms, await opened(rooms), "feedback")
    await take_down(rooms, await opened(rooms))
    clock.advance((365 * 10 + 4) * DAY_S)
    await run(rooms)
    assert [row.purpose for row in await rows(rooms, consents)] == ["manual_request"]


async def test_the_report_says_what_how_many_and_of_when(rooms: Rooms, clock: FakeClock) -> None:
    first = clock.now()
    await give(rooms, await opened(rooms), "callback", name="王敏")
    clock.advance(60)
    await give(rooms, await opened(rooms), "callback", name="李雷")
    clock.advance(181 * DAY_S)
    await rooms.retention.run()
    async with rooms.database.read() as connection:
        told = await retention.reports(connection)
    assert told == [
        Swept("all", None, 2), Swept("contact", "callback", 2, first, first + timedelta(seconds=60)),
    ]
    found = [row for row in await rows(rooms, audit) if row.action == "retention"]
    assert [(row.reason, row.details["items"]) for row in found] == [("contact", 2), ("all", 2)]


async def test_a_dry_run_tells_the_same_and_ends_nothing(rooms: Rooms, clock: FakeClock) -> None:
    await give(rooms, await opened(rooms))
    await ended(rooms)
    clock.advance(3 * 366 * DAY_S)
    would = await rooms.retention.dry_run()
    assert await count(rooms, contacts) == 2
    assert await count(rooms, erasures) == 0
    assert await rooms.retention.run() == would


async def test_more_than_a_batch_ends_in_several(rooms: Rooms, clock: FakeClock, monkeypatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    for _ in range(4):
        await give(rooms, await opened(rooms))
    clock.advance(181 * DAY_S)
    assert await run(rooms) == {"contact": 8}
    assert await count(rooms, contacts) == 0


async def test_it_runs_once_a_day_of_the_bank(rooms: Rooms, clock: FakeClock) -> None:
    talk = await opened(rooms)
    await give(rooms, talk)
    assert await rooms.retention.run_once() == 0  # noon of the bank's day
    clock.advance(180 * DAY_S + 12 * 3600)  # midnight there: another day
    assert await rooms.retention.run_once() == 2
    await give(rooms, talk, "callback", name="王敏")
    assert await rooms.retention.run_once() == 0
    async with rooms.database.read() as connection:
        query = select(erasures.c.day).where(erasures.c.record_class == "all").order_by(erasures.c.id)
        assert list((await connection.execute(query)).scalars()) == ["2026-11-23", "2027-05-23"]
