"""The ledger of consents: a yes opens one purpose, a no is respected, taking back ends what was kept."""

import asyncio
from typing import Any

import pytest

from bot.clock import FakeClock
from bot.errors import BadRequest, Forbidden, NotFound
from bot.records.audit import audit
from bot.records.contact_store import contacts
from bot.records.store import consents
from bot.wiring import Rooms
from tests.support.people_records import (
    NAME,
    PHONE,
    agree,
    complain,
    give,
    take_down,
    ticket_fields,
)
from tests.support.record import count, opened, rows


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    return await opened(rooms)


async def test_a_decision_is_logged_with_text_version_language_time_and_channel(
    rooms: Rooms, clock: FakeClock
) -> None:
    talk = await opened(rooms, "en")
    await rooms.consents.decide(talk, "callback", "given", turn_id="t1", channel="app")
    (row,) = await rows(rooms, consents)
    version = rooms.consents.purposes["callback"].version
    assert (row.conversation_id, row.purpose, row.decision) == (talk, "callback", "given")
    assert (row.version, row.language, row.channel, row.at) == (version, "en", "app", clock.now())


async def test_a_repeated_turn_gets_its_first_answer(rooms: Rooms, talk: str) -> None:
    first = await rooms.consents.decide(talk, "callback", "given", turn_id="t1")
    again = await rooms.consents.decide(talk, "callback", "refused", turn_id="t1")
    assert again == first
    assert await count(rooms, consents) == 1


async def test_a_turn_repeated_at_once_decides_once(rooms: Rooms, talk: str) -> None:
    await asyncio.gather(
        *(rooms.consents.decide(talk, "callback", "given", turn_id="t1") for _ in range(6))
    )
    assert await count(rooms, consents) == 1


async def test_a_yes_is_for_one_purpose_and_one_conversation(rooms: Rooms, talk: str) -> None:
    await agree(rooms, talk, "callback")
    other = await opened(rooms)
    assert await rooms.consents.standing(talk, "callback") == "given"
    assert await rooms.consents.standing(talk, "follow_up") is None
    assert await rooms.consents.standing(other, "callback") is None


async def test_who_has_said_no_is_not_asked_again_but_may_come_back_to_it(rooms: Rooms, talk: str) -> None:
    assert await rooms.consents.may_ask(talk, "callback")
    await rooms.consents.decide(talk, "callback", "refused", turn_id="t1")
    assert not await rooms.consents.may_ask(talk, "callback")
    assert await rooms.consents.may_ask(talk, "follow_up")
    await rooms.consents.decide(talk, "callback", "given", turn_id="t2")
    assert await rooms.consents.standing(talk, "callback") == "given"


async def test_a_changed_text_is_asked_anew(rooms: Rooms, talk: str) -> None:
    await agree(rooms, talk, "callback")
    newer = rooms.consents.purposes["callback"].model_copy(update={"version": "2099-01"})
    rooms.consents.purposes["callback"] = newer
    assert await rooms.consents.standing(talk, "callback") is None
    with pytest.raises(Forbidden):
        await rooms.contacts.save(talk, "name", NAME, "callback")


@pytest.mark.parametrize("answer", [None, "refused", "withdrawn"])
async def test_without_a_standing_yes_nothing_is_kept(
    rooms: Rooms, talk: str, answer: str | None
) -> None:
    if answer:
        await rooms.consents.decide(
            talk, "callback", "refused" if answer == "refused" else "given", turn_id="t1"
        )
    if answer == "withdrawn":
        await rooms.consents.withdraw(talk, "callback")
    with pytest.raises(Forbidden) as refused:
        await rooms.contacts.save(talk, "phone", PHONE, "callback")
    assert refused.value.reason == "no_consent"
    assert await count(rooms, contacts) == 0


async def test_taking_back_erases_what_was_kept_under_it_and_nothing_else(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback")
    await give(rooms, talk, "feedback", name=NAME)
    ended = await rooms.consents.withdraw(talk, "callback", turn_id="t9")
    assert sorted(effect.key for effect in ended) == [f"{talk}:callback:name", f"{talk}:callback:phone"]
    assert {effect.outcome for effect in ended} == {"erased"}
    assert [(row.purpose, row.field) for row in await rows(rooms, contacts)] == [("feedback", "name")]
    assert await rooms.consents.standing(talk, "callback") == "withdrawn"
    assert not await rooms.consents.may_ask(talk, "callback")


async def test_taking_back_twice_in_a_turn_tells_the_same(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback")
    first = await rooms.consents.withdraw(talk, "callback", turn_id="t9")
    assert await rooms.consents.withdraw(talk, "callback", turn_id="t9") == first
    assert [row.decision for row in await rows(rooms, consents)] == ["given", "withdrawn"]


async def test_yes_and_taking_back_in_one_turn_are_two_decisions(rooms: Rooms, talk: str) -> None:
    await agree(rooms, talk, "callback", "t1")
    await rooms.consents.withdraw(talk, "callback", turn_id="t1")
    assert await rooms.consents.standing(talk, "callback") == "withdrawn"


async def test_a_no_after_a_yes_ends_what_was_kept(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback")
    said = await rooms.consents.decide(talk, "callback", "refused", turn_id="t9")
    assert len(said.ended) == 2
    assert await count(rooms, contacts) == 0


async def test_taking_back_what_was_never_given_does_nothing(rooms: Rooms, talk: str) -> None:
    assert await rooms.consents.withdraw(talk, "callback") == []
    assert await count(rooms, consents) == 0


async def test_a_request_loses_its_persons_data_and_keeps_its_number(rooms: Rooms, talk: str) -> None:
    reference = await take_down(rooms, talk)
    (ended,) = await rooms.consents.withdraw(talk, "manual_request")
    assert (ended.key, ended.outcome) == (reference, "erased")
    assert await ticket_fields(rooms, reference) == {"name": "", "phone": "", "matter": ""}


async def test_what_the_law_keeps_is_locked_and_out_of_everybodys_sight(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "complaint_contact")
    reference = await complain(rooms, talk)
    ended = await rooms.consents.withdraw(talk, "complaint_contact")
    assert {(effect.outcome, effect.rule) for effect in ended} == {("locked", "complaint")}
    assert {effect.key for effect in ended} >= {f"{reference}:complaint_contact"}
    # The complaint itself goes on: it needs no contact (L18).
    assert await ticket_fields(rooms, reference) == {"name": "", "phone": "", "matter": "排队太久"}
    assert await rooms.contacts.card(talk) == []
    assert await rooms.consents.withdraw(talk, "complaint_contact") == []


async def test_consents_and_their_end_are_audited_without_a_word_of_the_person(
    rooms: Rooms, talk: str
) -> None:
    await give(rooms, talk, "callback")
    await rooms.consents.withdraw(talk, "callback")
    found = [row for row in await rows(rooms, audit) if row.subject == talk]
    assert [row.action for row in found] == [
        "consent_given", "contact_kept", "contact_kept", "consent_withdrawn",
    ]
    assert found[-1].details["erased"] == 2
    assert NAME not in str(found)
    assert PHONE not in str(found)


@pytest.mark.parametrize(
    ("call", "field"),
    [({"purpose": "marketing"}, "purpose"), ({"decision": "maybe"}, "decision"),
     ({"decision": "withdrawn"}, "decision")],
)
async def test_an_unknown_purpose_or_answer_is_refused(
    rooms: Rooms, talk: str, call: dict[str, Any], field: str
) -> None:
    values = {"purpose": "callback", "decision": "given", **call}
    with pytest.raises(BadRequest) as refused:
        await rooms.consents.decide(talk, values["purpose"], values["decision"], turn_id="t1")
    assert refused.value.field == field
    assert await count(rooms, consents) == 0


async def test_nobody_decides_for_a_conversation_that_is_not_there(rooms: Rooms) -> None:
    with pytest.raises(NotFound):
        await rooms.consents.decide("none", "callback", "given", turn_id="t1")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_wording_tells_use_scope_eyes_and_days(rooms: Rooms, language: str) -> None:
    told = rooms.consents.wording("callback", language)
    purpose = rooms.consents.purposes["callback"]
    assert told.text == purpose.text.of(language)
    assert told.use == purpose.use.of(language)
    assert told.seen_by == purpose.seen_by.of(language)
    assert told.retention_days == 180
    assert told.fields == ("name", "phone", "matter", "contact_time")


async def test_all_that_stands_is_listed_for_taking_back(rooms: Rooms, talk: str) -> None:
    await agree(rooms, talk, "callback")
    await rooms.consents.decide(talk, "feedback", "refused", turn_id="t2")
    assert await rooms.consents.all_standing(talk) == {"callback": "given", "feedback": "refused"}
