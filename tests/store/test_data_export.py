"""A copy of one's data: allowed after a proof, taken once, within ten minutes, by nobody else."""

from datetime import timedelta

import pytest

from bot.clock import FakeClock
from bot.conversation import store
from bot.errors import Forbidden, NotFound
from bot.records.audit import audit
from bot.records.people_data import EXPORT_LIFE
from bot.wiring import Rooms
from tests.support.people_records import NAME, PHONE, give
from tests.support.record import opened, rows, say


async def allow(rooms: Rooms, talk: str, turn_id: str = "turn-1", **more) -> None:
    async with rooms.database.write() as connection:
        conversation = await store.lock(connection, talk)
        await rooms.people_data.allow_export(connection, conversation, turn_id=turn_id, **more)


async def actions_of(rooms: Rooms, talk: str) -> list[str]:
    return [row.action for row in await rows(rooms, audit) if row.subject == talk and "data_" in row.action]


async def signed(rooms: Rooms, customer_id: str) -> str:
    """A conversation of a customer whom the bank's app has named."""
    return (await rooms.conversations.open("zh", customer_id)).conversation.id


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    talk = await opened(rooms)
    await give(rooms, talk)
    return talk


async def test_nothing_can_be_taken_that_was_not_allowed(rooms: Rooms, talk: str) -> None:
    with pytest.raises(Forbidden, match="export_not_open"):
        await rooms.people_data.take_export(talk)
    assert await actions_of(rooms, talk) == ["data_export_denied"]


async def test_what_was_allowed_is_taken_in_full(rooms: Rooms, talk: str) -> None:
    await allow(rooms, talk)
    document = await rooms.people_data.take_export(talk)
    assert [one["value"] for one in document["records"]["contact"]] == [NAME, PHONE]


async def test_it_is_taken_once(rooms: Rooms, talk: str) -> None:
    await allow(rooms, talk)
    await rooms.people_data.take_export(talk)
    with pytest.raises(Forbidden, match="export_not_open"):
        await rooms.people_data.take_export(talk)
    assert await actions_of(rooms, talk) == ["data_export_allowed", "data_exported", "data_export_denied"]


async def test_it_waits_ten_minutes_and_no_longer(rooms: Rooms, clock: FakeClock, talk: str) -> None:
    await allow(rooms, talk)
    clock.advance((EXPORT_LIFE - timedelta(seconds=1)).total_seconds())
    assert await rooms.people_data.take_export(talk)
    await allow(rooms, talk, "turn-2")
    clock.advance(EXPORT_LIFE.total_seconds())
    with pytest.raises(Forbidden, match="export_not_open"):
        await rooms.people_data.take_export(talk)


async def test_without_the_proof_nothing_is_allowed(rooms: Rooms, talk: str) -> None:
    async def refuse(_connection) -> None:
        raise Forbidden("not_verified")

    with pytest.raises(Forbidden, match="not_verified"):
        await allow(rooms, talk, let_in=refuse)
    with pytest.raises(Forbidden, match="export_not_open"):
        await rooms.people_data.take_export(talk)


async def test_a_repeated_turn_uses_its_proof_once_and_opens_nothing_again(rooms: Rooms, talk: str) -> None:
    proofs: list[str] = []

    async def prove(_connection) -> None:
        proofs.append("used")

    await allow(rooms, talk, let_in=prove)
    await rooms.people_data.take_export(talk)
    await allow(rooms, talk, let_in=prove)
    assert proofs == ["used"]
    with pytest.raises(Forbidden, match="export_not_open"):
        await rooms.people_data.take_export(talk)


async def test_the_customer_of_the_card_has_the_chats_they_signed_in_for_too(rooms: Rooms, talk: str) -> None:
    theirs, others = await signed(rooms, "c-1"), await signed(rooms, "c-2")
    await say(rooms, theirs, "我的定期到期了")
    await allow(rooms, talk, customer_id="c-1")
    document = await rooms.people_data.take_export(talk)
    assert sorted(document["conversations"]) == sorted([talk, theirs])
    assert others not in str(document)


async def test_without_a_known_card_the_copy_is_of_this_chat_alone(rooms: Rooms, talk: str) -> None:
    theirs = await signed(rooms, "c-1")
    await allow(rooms, talk, customer_id=None)
    document = await rooms.people_data.take_export(talk)
    assert document["conversations"] == [talk]
    assert theirs not in str(document)


async def test_what_one_chat_was_allowed_opens_no_other(rooms: Rooms, talk: str) -> None:
    other = await opened(rooms)
    await allow(rooms, talk)
    with pytest.raises(Forbidden, match="export_not_open"):
        await rooms.people_data.take_export(other)


async def test_a_chat_that_is_not_there_has_no_copy(rooms: Rooms) -> None:
    with pytest.raises(NotFound):
        await rooms.people_data.take_export("none")


async def test_who_is_not_let_in_erases_nothing(rooms: Rooms, talk: str) -> None:
    async def refuse(_connection) -> None:
        raise Forbidden("not_verified")

    with pytest.raises(Forbidden, match="not_verified"):
        await rooms.people_data.erase(talk, turn_id="turn-1", let_in=refuse)
    assert [one.field for one in await rooms.contacts.card(talk)] == ["name", "phone"]


async def test_a_repeated_erasure_needs_no_second_proof(rooms: Rooms, talk: str) -> None:
    proofs: list[str] = []

    async def prove(_connection) -> None:
        proofs.append("used")

    first = await rooms.people_data.erase(talk, turn_id="turn-1", let_in=prove)
    assert await rooms.people_data.erase(talk, turn_id="turn-1", let_in=prove) == first
    assert proofs == ["used"]


async def test_the_customer_of_the_card_erases_the_chats_they_signed_in_for_too(rooms: Rooms, talk: str) -> None:
    theirs, others = await signed(rooms, "c-1"), await signed(rooms, "c-2")
    for one in (theirs, others):
        await give(rooms, one)
    await rooms.people_data.erase(talk, turn_id="turn-1", customer_id="c-1")
    assert [await rooms.contacts.card(one) for one in (talk, theirs)] == [[], []]
    assert [one.field for one in await rooms.contacts.card(others)] == ["name", "phone"]
