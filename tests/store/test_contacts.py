"""The contact card: under a consent, checked, encrypted, masked, and never silently overwritten."""

import asyncio

import pytest

from bot.conversation.store import lock
from bot.errors import BadRequest, Forbidden, NotFound
from bot.records.audit import audit
from bot.records.contact_store import contacts
from bot.records.contacts import Contradiction, Kept
from bot.wiring import Rooms
from tests.support.people_records import NAME, PHONE, agree, everything_kept, give
from tests.support.record import count, opened, rows
from tests.support.tickets import file


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    return await opened(rooms)


async def plain(rooms: Rooms, talk: str, field: str) -> str:
    async with rooms.database.read() as connection:
        return await rooms.contacts.value(connection, talk, field)


async def correct(rooms: Rooms, talk: str, field: str, value: str) -> Kept:
    """What an agent writes over a field."""
    async with rooms.database.write() as connection:
        locked = await lock(connection, talk)
        return await rooms.contacts.edit(connection, locked, field, value, "staff:8001")


async def shown(rooms: Rooms, talk: str) -> dict[str, str]:
    return {one.field: one.masked for one in await rooms.contacts.card(talk)}


async def test_the_card_is_masked(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", name=NAME, phone=PHONE, contact_time="下午三点后")
    assert await shown(rooms, talk) == {
        "name": "欧阳**", "phone": "139****0987", "contact_time": "下午三点后",
    }


async def test_nothing_of_the_person_is_in_any_table(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", name=NAME, phone=PHONE, matter="想改寄送地址", contact_time="三点后")
    kept = await everything_kept(rooms)
    assert [value for value in (NAME, PHONE, "寄送地址", "三点后") if value in kept] == []


async def test_saying_the_same_again_changes_nothing(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", phone=PHONE)
    again = await rooms.contacts.save(talk, "phone", "139 1234 0987", "callback")
    assert again == Kept("phone", "139****0987", changed=False)
    assert await count(rooms, contacts) == 1


async def test_another_value_is_a_question_and_not_written(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", phone=PHONE)
    answer = await rooms.contacts.save(talk, "phone", "13800001111", "callback")
    assert isinstance(answer, Contradiction)
    assert (answer.known, answer.given) == ("139****0987", "138****1111")
    assert await plain(rooms, talk, "phone") == PHONE


async def test_a_confirmed_correction_is_right_under_every_purpose(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", phone=PHONE)
    await agree(rooms, talk, "follow_up")
    assert isinstance(await rooms.contacts.save(talk, "phone", "13800001111", "follow_up"), Contradiction)
    kept = await rooms.contacts.save(talk, "phone", "13800001111", "follow_up", replace=True)
    assert kept == Kept("phone", "138****1111", changed=True)
    await rooms.consents.withdraw(talk, "follow_up")
    assert await plain(rooms, talk, "phone") == "13800001111"


async def test_a_field_of_two_purposes_stays_until_both_have_ended(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", phone=PHONE)
    await give(rooms, talk, "follow_up", phone=PHONE)
    await rooms.consents.withdraw(talk, "callback")
    assert await shown(rooms, talk) == {"phone": "139****0987"}
    await rooms.consents.withdraw(talk, "follow_up")
    assert await shown(rooms, talk) == {}


async def test_a_field_the_purpose_does_not_ask_for_is_refused(rooms: Rooms, talk: str) -> None:
    await agree(rooms, talk, "callback")
    with pytest.raises(BadRequest) as refused:
        await rooms.contacts.save(talk, "occupation", "教师", "callback")
    assert (refused.value.reason, refused.value.field) == ("field_not_asked", "occupation")


@pytest.mark.parametrize(("field", "value"), [("phone", "123"), ("name", "42"), ("name", "330104198706294711")])
async def test_a_wrong_value_is_refused_and_nothing_is_kept(
    rooms: Rooms, talk: str, field: str, value: str
) -> None:
    await agree(rooms, talk, "callback")
    with pytest.raises(BadRequest):
        await rooms.contacts.save(talk, field, value, "callback")
    assert await count(rooms, contacts) == 0


async def test_a_card_number_in_free_words_is_hidden_before_it_is_kept(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", matter="卡号6217005830094177267，密码是Vk7qzM2x")
    kept = await plain(rooms, talk, "matter")
    assert "6217005830094177267" not in kept
    assert "Vk7qzM2x" not in kept


async def test_the_same_field_given_many_times_at_once_is_kept_once(rooms: Rooms, talk: str) -> None:
    await agree(rooms, talk, "callback")
    await asyncio.gather(*(rooms.contacts.save(talk, "phone", PHONE, "callback") for _ in range(6)))
    assert await count(rooms, contacts) == 1


async def test_a_card_is_of_one_conversation(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk)
    other = await opened(rooms)
    assert await shown(rooms, other) == {}
    with pytest.raises(NotFound):
        await plain(rooms, other, "phone")


async def test_an_agents_correction_is_written_down_without_the_value(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", phone=PHONE)
    assert (await correct(rooms, talk, "phone", "13800001111")).changed
    assert await plain(rooms, talk, "phone") == "13800001111"
    last = (await rows(rooms, audit))[-1]
    assert (last.actor, last.action, last.details) == ("staff:8001", "contact_corrected", {"field": "phone"})


async def test_an_agent_can_not_add_what_the_customer_did_not_give(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", name=NAME)
    with pytest.raises(NotFound):
        await correct(rooms, talk, "phone", PHONE)


async def test_an_agent_writes_under_the_customers_consent_or_not_at_all(rooms: Rooms, talk: str) -> None:
    async def put() -> None:
        async with rooms.database.write() as connection:
            locked = await lock(connection, talk)
            await rooms.contacts.put(connection, locked, "phone", PHONE, "callback", "staff:8001")

    with pytest.raises(Forbidden):
        await put()
    assert await count(rooms, contacts) == 0


async def let_go(rooms: Rooms, talk: str, purpose: str = "callback") -> int:
    async with rooms.database.write() as connection:
        return await rooms.contacts.let_go(connection, await lock(connection, talk), purpose)


async def test_what_was_given_for_a_dropped_matter_goes_and_may_be_asked_for_again(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", name=NAME, phone=PHONE)
    assert await let_go(rooms, talk) == 2
    assert await count(rooms, contacts) == 0
    assert await rooms.consents.standing(talk, "callback") == "given"


async def test_what_a_ticket_was_filed_with_stays(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", name=NAME, phone=PHONE)
    async with rooms.database.read() as connection:
        consent_id = await rooms.consents.require(connection, talk, "callback")
    await file(rooms, talk, "callback", private={"phone": PHONE}, consent_id=consent_id)
    await agree(rooms, talk, "callback")  # for a second call, which is dropped
    assert await let_go(rooms, talk) == 0
    assert await shown(rooms, talk) == {"name": "欧阳**", "phone": "139****0987"}


async def test_what_was_given_for_another_purpose_stays(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", phone=PHONE)
    await give(rooms, talk, "complaint_contact", phone=PHONE)
    assert await let_go(rooms, talk) == 1
    assert [row.purpose for row in await rows(rooms, contacts)] == ["complaint_contact"]


async def test_letting_go_is_audited_by_count(rooms: Rooms, talk: str) -> None:
    await give(rooms, talk, "callback", name=NAME, phone=PHONE)
    await let_go(rooms, talk)
    await let_go(rooms, talk)
    told = [row for row in await rows(rooms, audit) if row.action == "contact_let_go"]
    assert [(row.reason, row.details) for row in told] == [("callback", {"fields": 2})]
