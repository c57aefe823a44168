"""Transcripts as evidence: every message is sealed as it is stored, and a flipped byte is named (L23)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from bot.conversation import integrity
from bot.conversation.chain import Fault
from bot.conversation.integrity import Report
from bot.conversation.store import conversations, messages
from bot.database import Database
from bot.wiring import Rooms
from tests.store.test_migrations import NOW, empty, revise  # noqa: F401
from tests.support.record import opened, queued, rows, say
from tests.support.tickets import turn


async def look(rooms: Rooms) -> Report:
    async with rooms.database.read() as connection:
        return await integrity.verify(connection)


async def change(rooms: Rooms, statement: Any) -> None:
    async with rooms.database.write() as connection:
        await connection.execute(statement)


async def talked(rooms: Rooms, *said: str) -> str:
    """A conversation of a greeting and these words."""
    talk = await opened(rooms)
    for text in said or ("余额怎么查", "手机银行可以吗", "谢谢"):
        await say(rooms, talk, text)
    return talk


def of(talk: str, seq: int) -> Any:
    return (messages.c.conversation_id == talk) & (messages.c.seq == seq)


async def test_what_was_said_is_whole_and_counted(rooms: Rooms) -> None:
    await talked(rooms)
    await talked(rooms, "再见")
    assert await look(rooms) == Report(conversations=2, messages=6)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("text", "手机银行可以嘛"), ("author", "agent"), ("receiver", "agent"), ("kind", "notice"), ("language", "en"),
        ("topic", "faq/x"), ("payload", {"hidden": ["code"]}), ("client_id", "another"), ("turn_id", "another"),
        ("at", NOW + timedelta(microseconds=1)), ("salt", "0" * 32), ("salt", None), ("content_hash", "0" * 64),
        ("hash", "0" * 64), ("altered", "erased"), ("altered", "other"),
    ],
)
async def test_a_changed_column_names_its_row(rooms: Rooms, column: str, value: object) -> None:
    await talked(rooms)
    talk = await talked(rooms)
    await change(rooms, update(messages).where(of(talk, 3)).values({column: value}))
    assert (await look(rooms)).fault == Fault(talk, 3, "changed")


async def test_a_deleted_message_is_named(rooms: Rooms) -> None:
    talk = await talked(rooms)
    await change(rooms, delete(messages).where(of(talk, 2)))
    assert (await look(rooms)).fault == Fault(talk, 2, "deleted")


async def test_a_cut_end_is_named(rooms: Rooms) -> None:
    talk = await talked(rooms)
    await change(rooms, delete(messages).where(of(talk, 4)))
    assert (await look(rooms)).fault == Fault(talk, 4, "cut")


async def test_an_end_that_was_cut_with_its_number_is_named(rooms: Rooms) -> None:
    talk = await talked(rooms)
    await change(rooms, delete(messages).where(of(talk, 4)))
    await change(rooms, update(conversations).where(conversations.c.id == talk).values(last_seq=3))
    assert (await look(rooms)).fault == Fault(talk, 3, "changed")


async def test_a_message_put_in_at_the_end_is_named(rooms: Rooms) -> None:
    talk = await talked(rooms)
    (last,) = [row for row in await rows(rooms, messages) if row.seq == 4]
    await change(rooms, insert(messages).values(**{**last._mapping, "seq": 5, "client_id": None}))
    assert (await look(rooms)).fault == Fault(talk, 5, "changed")


async def test_messages_that_are_all_gone_are_not_taken_for_retention(rooms: Rooms) -> None:
    talk = await talked(rooms)
    await change(rooms, delete(messages).where(messages.c.conversation_id == talk))
    assert (await look(rooms)).fault == Fault(talk, 1, "cut")


async def test_the_receiver_is_whoever_had_the_conversation(rooms: Rooms) -> None:
    talk = await queued(rooms)
    await say(rooms, talk, "还在吗")
    found = [(row.author, row.receiver) for row in await rows(rooms, messages) if row.author in ("bot", "customer")]
    assert found == [("bot", "customer"), ("customer", "queue")]


async def test_a_masked_message_is_whole_and_its_salt_is_gone(rooms: Rooms) -> None:
    talk = await talked(rooms, "我的卡号是 62220212", "34567890128")
    report = await look(rooms)
    assert (report.fault, report.masked) == (None, 1)
    (masked,) = [row for row in await rows(rooms, messages) if row.altered == "masked"]
    assert masked.salt is None
    await change(rooms, update(messages).where(of(talk, masked.seq)).values(text=masked.text + "。"))
    assert (await look(rooms)).fault == Fault(talk, masked.seq, "changed")


async def test_an_erased_conversation_is_whole_and_counted_as_erased(rooms: Rooms) -> None:
    talk = await talked(rooms)
    await rooms.people_data.erase(talk, turn_id=turn())
    report = await look(rooms)
    assert (report.fault, report.erased) == (None, 4)
    assert {row.salt for row in await rows(rooms, messages)} == {None}
    await change(rooms, update(messages).where(of(talk, 2)).values(text="别的话"))
    assert (await look(rooms)).fault == Fault(talk, 2, "changed")


async def test_a_conversation_goes_on_after_it_was_erased(rooms: Rooms) -> None:
    talk = await talked(rooms)
    await rooms.people_data.erase(talk, turn_id=turn())
    await say(rooms, talk, "你好")
    report = await look(rooms)
    assert (report.fault, report.messages, report.erased) == (None, 5, 4)


async def test_a_conversation_that_had_its_time_is_no_fault(rooms: Rooms) -> None:
    talk = await talked(rooms)
    await rooms.conversations.end(talk)
    rooms.clock.advance(4 * 366 * 86400)
    await rooms.retention.run()
    assert await look(rooms) == Report(conversations=1, emptied=1)


@pytest.mark.slow
async def test_messages_that_are_older_than_the_chain_are_sealed(empty: str, rooms: Rooms) -> None:  # noqa: F811
    await asyncio.to_thread(revise, empty, "upgrade", "head")
    talk = await talked(rooms, "你好", "再见")
    await asyncio.to_thread(revise, empty, "downgrade", "0006")
    kept_talk = dict((await rows(rooms, conversations))[0]._mapping)
    kept = [dict(row._mapping) for row in await rows(rooms, messages)]
    database = Database(empty)
    async with database.write() as connection:
        await connection.execute(insert(conversations).values(_without(kept_talk, "chain_hash")))
        for row in kept:
            if row["seq"] == 2:
                row |= {"text": "［已删除］", "payload": {"erased": True}}
            await connection.execute(insert(messages).values(_without(row, *_NEW)))
    await asyncio.to_thread(revise, empty, "upgrade", "head")
    async with database.read() as connection:
        assert await integrity.verify(connection) == Report(conversations=1, messages=3, erased=1)
        receivers = list((await connection.execute(select(messages.c.receiver).order_by(messages.c.seq))).scalars())
    assert (receivers, talk) == (["customer", "unknown", "unknown"], kept_talk["id"])
    await database.close()


_NEW = ("receiver", "salt", "content_hash", "hash", "altered", "altered_at", "altered_hash")


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
