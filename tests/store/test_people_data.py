"""What is kept about a person: shown masked, handed out whole, erased or locked, and all of it said."""

import asyncio
import re
from collections import Counter

import orjson
import pytest
from sqlalchemy import Column, MetaData, String, Table, insert

from bot.database import Database
from bot.errors import NotFound
from bot.records import people_data
from bot.records.archive import archive
from bot.records.audit import audit
from bot.records.people_data import of_same_customer
from bot.records.store import consents
from bot.wiring import Rooms
from tests.support.people_records import (
    NAME,
    PHONE,
    complain,
    everything_kept,
    give,
    raw,
    take_down,
    ticket_fields,
    told,
)
from tests.support.record import agent, ask_for_person, count, opened, rows, said, say

MARKER = "利率问题甲乙丙"
#: The card's last digits as a value of its own: four digits also happen inside random ids.
LAST4 = re.compile(r"""["']5678["']""")


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    """A conversation that has left something in every table."""
    talk = await opened(rooms)
    await say(rooms, talk, MARKER)
    await give(rooms, talk, "callback", name=NAME, phone=PHONE)
    await take_down(rooms, talk)
    await rooms.conversations.rate(talk, 2, "等得太久")
    await ask_for_person(rooms, talk, summary=MARKER, slots={"card_last4": "5678"})
    await rooms.handoffs.claim(agent(), talk)
    await rooms.handoffs.add_note(agent(), talk, MARKER)
    return talk


async def test_what_is_shown_is_masked(rooms: Rooms, talk: str) -> None:
    shown = await rooms.people_data.about(talk)
    assert [one["value"] for one in shown["contact"]] == ["欧阳**", "139****0987"]
    followed_up, request = shown["ticket"]  # a bad rating is followed up
    assert followed_up["fields"] == {}
    assert request["fields"] == {"name": "欧阳**", "phone": "139****0987", "matter": "****"}
    assert [one["purpose"] for one in shown["consent"]] == ["callback", "manual_request"]
    assert [secret for secret in (NAME, PHONE, MARKER) if secret in str(shown)] == []


async def test_the_copy_has_every_row_that_carries_the_conversation(rooms: Rooms, talk: str) -> None:
    await rooms.consents.withdraw(talk, "manual_request")
    assert {"conversations", "messages", "contacts", "tickets", "handoffs", "notes"} <= (await raw(rooms, talk)).keys()
    assert await told(rooms, talk) == await raw(rooms, talk)


async def test_the_copy_is_a_document_with_everything_in_full_and_no_token(rooms: Rooms, talk: str) -> None:
    document = orjson.loads(orjson.dumps(await rooms.people_data.export(talk)))
    text = orjson.dumps(document).decode()
    assert [value for value in (NAME, PHONE, MARKER, "等得太久") if value not in text] == []
    assert "token" not in text
    assert document["conversations"] == [talk]


async def test_nobody_elses_rows_are_in_the_copy(rooms: Rooms, talk: str) -> None:
    other = await opened(rooms)
    await give(rooms, other, "callback", name="张三丰", phone="13800001111")
    text = str(await rooms.people_data.export(talk))
    assert other not in text
    assert "张三丰" not in text


async def test_erasing_leaves_no_word_of_the_person(rooms: Rooms, talk: str) -> None:
    before = [message.seq for message in await said(rooms, talk)]
    assert LAST4.search(await everything_kept(rooms))
    done = await rooms.people_data.erase(talk, turn_id="t1")
    assert Counter(one.kind for one in done.erased) == {
        "contact": 2, "ticket": 1, "transcript": 1, "handoff": 1, "note": 1,
    }
    assert done.locked == []
    kept = await everything_kept(rooms)
    assert [value for value in (NAME, PHONE, MARKER, "等得太久") if value in kept] == []
    assert LAST4.search(kept) is None
    after = await said(rooms, talk)
    assert [message.seq for message in after] == before
    assert {message.text for message in after} == {"［这条内容已按要求删除］"}


async def test_erasing_takes_every_consent_back_and_keeps_the_ledger_as_proof(rooms: Rooms, talk: str) -> None:
    done = await rooms.people_data.erase(talk, turn_id="t1")
    assert await rooms.consents.all_standing(talk) == {
        "callback": "withdrawn", "manual_request": "withdrawn",
    }
    assert done.kept == {"consent": await count(rooms, consents)}
    assert done.rules() == ["consent"]
    assert rooms.people_data.law("consent", "en").startswith("the record of your consent")


async def test_a_complaints_file_is_locked_whole_and_said_so(rooms: Rooms, talk: str) -> None:
    reference = await complain(rooms, talk)
    done = await rooms.people_data.erase(talk, turn_id="t1")
    assert Counter(one.kind for one in done.locked) == {
        "ticket": 1, "transcript": 1, "handoff": 1, "note": 1,
    }
    assert {one.rule for one in done.locked} == {"complaint"}
    assert Counter(one.kind for one in done.erased) == {"contact": 2, "ticket": 1}
    assert await ticket_fields(rooms, reference) == {"name": "", "phone": "", "matter": ""}
    kept = await everything_kept(rooms)
    assert [value for value in (NAME, PHONE, MARKER) if value in kept] == []
    assert MARKER not in str(await rooms.people_data.export(talk))


async def test_what_is_locked_can_still_be_read_by_its_key_for_the_law(rooms: Rooms, talk: str) -> None:
    reference = await complain(rooms, talk)
    await rooms.people_data.erase(talk, turn_id="t1")
    (row,) = [row for row in await rows(rooms, archive) if row.key == reference]
    opened_again = orjson.loads(rooms.contacts.cipher.decrypt(row.data, f"archive:ticket:{reference}"))
    assert opened_again == {"name": NAME, "phone": PHONE, "matter": "排队太久"}


async def test_a_repeated_turn_tells_the_same_again(rooms: Rooms, talk: str) -> None:
    first = await rooms.people_data.erase(talk, turn_id="t1")
    assert await rooms.people_data.erase(talk, turn_id="t1") == first
    everywhere = [row for row in await rows(rooms, audit) if row.action == "data_erased"]
    assert len(everywhere) == 1


async def test_what_comes_after_an_erasure_can_be_erased_too(rooms: Rooms, talk: str) -> None:
    await rooms.people_data.erase(talk, turn_id="t1")
    await give(rooms, talk, "callback", name=NAME)
    done = await rooms.people_data.erase(talk, turn_id="t2")
    assert [one.kind for one in done.erased] == ["contact"]


async def test_erasing_twice_at_once_erases_once(rooms: Rooms, talk: str) -> None:
    one, other = await asyncio.gather(*(rooms.people_data.erase(talk, turn_id="t1") for _ in range(2)))
    assert one == other


async def test_every_look_copy_and_erasure_is_audited_with_counts_alone(rooms: Rooms, talk: str) -> None:
    await rooms.people_data.about(talk)
    await rooms.people_data.export(talk)
    await rooms.people_data.erase(talk, turn_id="t1")
    found = {row.action: row.details for row in await rows(rooms, audit) if row.action.startswith("data_")}
    assert found["data_shown"]["counts"]["contact"] == 2
    assert found["data_exported"]["counts"]["ticket"] == 2
    assert found["data_erased"]["counts"]["erased_contact"] == 2


async def test_nobody_who_is_not_there_has_data(rooms: Rooms) -> None:
    with pytest.raises(NotFound):
        await rooms.people_data.about("none")
    async with rooms.database.read() as connection:
        assert await of_same_customer(connection, "none") == []


async def test_a_customers_conversations_are_found_by_the_token_they_came_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = Table("talks", MetaData(), Column("id", String), Column("customer_id", String))
    monkeypatch.setattr(people_data, "conversations", table)
    database = Database("sqlite+aiosqlite:///:memory:")
    async with database.write() as connection:
        await connection.run_sync(table.metadata.create_all)
        rows = [("a", "1"), ("b", "1"), ("c", "2"), ("d", None), ("e", None)]
        await connection.execute(insert(table), [{"id": talk, "customer_id": who} for talk, who in rows])
        expected = {"a": ["a", "b"], "1": ["a", "b"], "c": ["c"], "d": ["d"], "none": []}
        assert {key: sorted(await of_same_customer(connection, key)) for key in expected} == expected
    await database.close()


async def test_all_conversations_of_a_known_customer_go_together(rooms: Rooms, talk: str) -> None:
    other = await opened(rooms)
    await give(rooms, other, "feedback", name=NAME)

    async def theirs(_connection: object, subject: str) -> list[str]:
        return [talk, other] if subject in (talk, other, "customer-1") else []

    rooms.people_data.same_person = theirs
    document = await rooms.people_data.export("customer-1")
    assert document["conversations"] == sorted([talk, other])
    await rooms.people_data.erase("customer-1", turn_id="t1")
    assert NAME not in await everything_kept(rooms)
    assert await rooms.contacts.card(other) == []
