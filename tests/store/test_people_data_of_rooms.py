"""What the bank's acts, verifications, tickets and feedback keep about a person: shown, copied, erased or kept."""

from collections import Counter

import pytest

from bot.bank.store import acts
from bot.content.catalogue import Catalogue
from bot.identity.store import verifications
from bot.records.archive import archive
from bot.records.store import feedback, ticket_events, tickets
from bot.wiring import Rooms
from tests.support.bank import GOOD, REPORT, performed
from tests.support.identity import LAST_SIX, begin, join, type_id
from tests.support.people_records import (
    complain,
    everything_kept,
    give,
    praise,
    raw,
    take_down,
    ticket_fields,
    told,
)
from tests.support.record import agent, ask_for_person, count, opened, rows
from tests.support.tickets import answered, consent, file, investigated, worker

PRAISE, ANSWER, NOTE = "柜员很耐心", "已加开窗口", "客户说明天再来"


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    """A conversation of a customer who was verified, had a card blocked, was answered and gave feedback."""
    talk = await opened(rooms)
    join(rooms)
    await begin(rooms, talk, full=True)
    await type_id(rooms, talk, LAST_SIX)
    await performed(rooms, talk, REPORT, GOOD)
    request = await answered(rooms, talk, "follow_up", private={"matter": "补打对账单"})
    await rooms.ticket_work.reopen(request.reference, worker())
    await rooms.ticket_work.note(request.reference, worker(), NOTE)
    await praise(rooms, talk, PRAISE)
    return talk


async def test_the_copy_has_their_rows_too(rooms: Rooms, talk: str) -> None:
    found = await raw(rooms, talk)
    assert {"acts", "verifications", "verification_answers", "feedback", "tickets"} <= found.keys()
    assert await told(rooms, talk) == found


async def test_the_copy_has_answers_notes_and_feedback_in_full(rooms: Rooms, talk: str) -> None:
    records = (await rooms.people_data.export(talk))["records"]
    (ticket,) = records["ticket"]
    assert (ticket["answer"], ticket["notes"], ticket["fields"]) == (ANSWER, [NOTE], {"matter": "补打对账单"})
    assert [one["text"] for one in records["feedback"]] == [PRAISE]
    assert [(one["act"], one["state"], one["last4"]) for one in records["act"]] == [(REPORT, "done", GOOD)]


async def test_nothing_that_could_be_tried_out_is_in_the_copy(rooms: Rooms, talk: str) -> None:
    (row,) = await rows(rooms, verifications)
    text = str(await rooms.people_data.export(talk))
    assert row.code_hash
    assert [kept for kept in (row.code_hash, *row.subjects, "matched") if kept in text] == []


async def test_what_is_shown_has_no_word_of_the_customer(rooms: Rooms, talk: str) -> None:
    shown = await rooms.people_data.about(talk)
    assert {"act", "verification", "feedback"} <= shown.keys()
    assert [word for word in (PRAISE, ANSWER, NOTE) if word in str(shown)] == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_kind_that_is_shown_or_erased_has_a_name(
    rooms: Rooms, talk: str, catalogue: Catalogue, language: str
) -> None:
    await give(rooms, talk)
    await ask_for_person(rooms, talk, summary="想问利率")
    await rooms.handoffs.claim(agent(), talk)
    await rooms.handoffs.add_note(agent(), talk, "x")
    await rooms.consents.withdraw(talk, "callback")
    shown = await rooms.people_data.about(talk)
    lines = [catalogue.say(f"data_kind_{kind}", language, count=1, what="x") for kind in shown]
    await give(rooms, talk)
    done = await rooms.people_data.erase(talk, turn_id="t1")
    names = [catalogue.say(f"data_name_{kind}", language) for kind in {one.kind for one in done.erased}]
    assert len(set(lines)) == len(shown) >= 11
    assert len(set(names)) == 6


async def test_erasing_takes_the_words_and_keeps_the_proofs_and_says_why(rooms: Rooms, talk: str) -> None:
    done = await rooms.people_data.erase(talk, turn_id="t1")
    assert Counter(one.kind for one in done.erased)["ticket"] == 1
    assert Counter(one.kind for one in done.erased)["feedback"] == 1
    kept = await everything_kept(rooms)
    assert [word for word in (PRAISE, ANSWER, NOTE) if word in kept] == []
    (ticket,) = await rows(rooms, tickets)
    assert (ticket.cause, ticket.answer) == (None, None)
    assert {row.text for row in await rows(rooms, ticket_events)} == {None}
    assert {row.text for row in await rows(rooms, feedback)} == {None}
    assert await count(rooms, acts) == 1
    assert done.rules() == ["act", "verification"]
    assert all(rooms.people_data.law(rule, lang) for rule in done.rules() for lang in ("zh", "en"))


async def test_a_complaints_findings_are_locked_with_it(rooms: Rooms, talk: str) -> None:
    reference = await complain(rooms, talk)
    await rooms.ticket_work.take(reference, worker())
    await rooms.ticket_work.note(reference, worker(), "已回访")
    await investigated(rooms, reference)
    await rooms.people_data.erase(talk, turn_id="t1")
    (row,) = [row for row in await rows(rooms, archive) if row.key == reference]
    locked = rooms.contacts.cipher.decrypt(row.data, f"archive:ticket:{reference}")
    assert [word for word in ("只开了一个窗口", "已回访", "排队太久") if word not in locked] == []
    kept = {one.reference: one for one in await rows(rooms, tickets)}[reference]
    assert kept.cause is None


async def test_the_occupation_of_a_booking_goes_alone(rooms: Rooms) -> None:
    talk = await opened(rooms)
    await give(rooms, talk, "appointment_occupation", occupation="教师")
    reference = (
        await file(
            rooms, talk, "appointment", private={"name": "欧阳测试", "occupation": "教师"},
            consent_id=await consent(rooms, talk, purpose="appointment"),
        )
    ).reference
    ended = await rooms.consents.withdraw(talk, "appointment_occupation", turn_id="t1")
    assert sorted(one.kind for one in ended) == ["contact", "ticket"]
    assert await ticket_fields(rooms, reference) == {"name": "欧阳测试", "occupation": ""}


async def test_taking_one_purpose_back_leaves_what_belongs_to_another(rooms: Rooms, talk: str) -> None:
    reference = await take_down(rooms, talk)
    await rooms.consents.withdraw(talk, "manual_request")
    fields = {row.reference: await ticket_fields(rooms, row.reference) for row in await rows(rooms, tickets)}
    assert fields.pop(reference) == {"name": "", "phone": "", "matter": ""}
    assert list(fields.values()) == [{"matter": "补打对账单"}]
