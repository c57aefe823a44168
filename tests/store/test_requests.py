"""Requests taken down by hand: with consent, encrypted, or not at all."""

import asyncio
import re
import uuid
from typing import Any

import orjson
import pytest

from bot.clock import FakeClock
from bot.conversation import store
from bot.conversation.service import Said
from bot.errors import BadRequest, Conflict
from bot.records.store import consents, tickets
from bot.wiring import Rooms
from tests.support.record import conversation, count, opened, rows, said

FIELDS = {"name": "欧阳测试", "phone": "13912340987", "matter": "想改寄送地址", "consent": True}


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    """A conversation with the form open."""
    talk = await opened(rooms)
    await open_form(rooms, talk)
    return talk


async def open_form(rooms: Rooms, talk: str) -> None:
    async with rooms.database.write() as connection:
        locked = await store.lock(connection, talk)
        await store.set_context(connection, locked, open_form="manual_request")


async def submit(rooms: Rooms, talk: str, client_id: str = "", **changes: Any) -> int:
    fields = {key: value for key, value in {**FIELDS, **changes}.items() if value is not None}
    what = Said(client_id or str(uuid.uuid4()), fields=fields)
    return (await rooms.conversations.receive(talk, what)).seq


async def test_the_customer_is_told_reference_and_due_time(rooms: Rooms, talk: str) -> None:
    await submit(rooms, talk)
    last = (await said(rooms, talk))[-1]
    assert re.search(r"R20261123-0001", last.text)
    assert "11 月 24 日 12:00" in last.text


async def test_what_was_written_down_can_be_read_with_the_key_alone(
    rooms: Rooms, talk: str
) -> None:
    await submit(rooms, talk)
    (ticket,) = await rows(rooms, tickets)
    plain = orjson.loads(rooms.tickets.cipher.decrypt(ticket.fields, ticket.reference))
    assert plain == {key: FIELDS[key] for key in ("name", "phone", "matter")}


async def test_nothing_about_the_person_is_in_any_table(rooms: Rooms, talk: str) -> None:
    await submit(rooms, talk)
    kept = "\n".join([str(await rows(rooms, table)) for table in store.metadata.sorted_tables])
    assert [key for key in ("name", "phone", "matter") if str(FIELDS[key]) in kept] == []


async def test_the_consent_is_logged_with_the_version_of_its_text(rooms: Rooms, talk: str) -> None:
    await submit(rooms, talk)
    (consent,) = await rows(rooms, consents)
    (ticket,) = await rows(rooms, tickets)
    version = rooms.consents.purposes["manual_request"].version
    assert (consent.purpose, consent.version, consent.decision) == (
        "manual_request", version, "given",
    )
    assert ticket.consent_id == consent.id


@pytest.mark.parametrize("consent", [None, False, "true", 1, "yes"])
async def test_without_a_clear_yes_nothing_at_all_is_kept(
    rooms: Rooms, talk: str, consent: object
) -> None:
    before = await said(rooms, talk)
    with pytest.raises(BadRequest) as refused:
        await submit(rooms, talk, consent=consent)
    assert (refused.value.reason, refused.value.field) == ("consent_needed", "consent")
    assert await count(rooms, tickets) == await count(rooms, consents) == 0
    assert await said(rooms, talk) == before


WRONG = [
    ("name", None), ("name", "  "), ("name", "长" * 41), ("name", 7),
    ("phone", None), ("phone", "12345"), ("phone", "phone"), ("phone", "2" * 11),
    ("matter", ""), ("matter", "长" * 501), ("matter", ["x"]),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
async def test_a_wrong_field_is_named_and_nothing_is_kept(
    rooms: Rooms, talk: str, field: str, value: object
) -> None:
    with pytest.raises(BadRequest) as refused:
        await submit(rooms, talk, **{field: value})
    assert refused.value.field == field
    assert await count(rooms, tickets) == 0
    assert (await conversation(rooms, talk)).context["open_form"] == "manual_request"


@pytest.mark.parametrize("phone", ["139 1234 0987", "010-62345678", "057188886666", "+447700900123"])
async def test_phones_are_taken_as_people_write_them(rooms: Rooms, talk: str, phone: str) -> None:
    assert await submit(rooms, talk, phone=phone)


async def test_a_form_is_sent_once(rooms: Rooms, talk: str) -> None:
    await submit(rooms, talk)
    with pytest.raises(Conflict) as refused:
        await submit(rooms, talk)
    assert refused.value.reason == "form_closed"
    assert await count(rooms, tickets) == 1


async def test_a_form_repeated_many_times_at_once_makes_one_request(
    rooms: Rooms, talk: str
) -> None:
    client_id = str(uuid.uuid4())
    numbers = await asyncio.gather(*(submit(rooms, talk, client_id) for _ in range(8)))
    assert len(set(numbers)) == 1
    assert await count(rooms, tickets) == 1


async def test_references_of_a_day_count_up_without_a_gap(rooms: Rooms, clock: FakeClock) -> None:
    talks = [await opened(rooms) for _ in range(6)]
    for talk in talks:
        await open_form(rooms, talk)
    await asyncio.gather(*(submit(rooms, talk) for talk in talks))
    clock.advance(24 * 3600)
    late = await opened(rooms)
    await open_form(rooms, late)
    await submit(rooms, late)
    found = sorted(row.reference for row in await rows(rooms, tickets))
    assert found == [f"R20261123-000{n}" for n in range(1, 7)] + ["R20261124-0001"]
