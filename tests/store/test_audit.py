"""The audit: every row in the chain whoever writes at once, and nobody changes one unnoticed."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.errors import Conflict, NotFound
from bot.records.audit import audit, record, verify
from bot.records.chain import Fault
from bot.wiring import Rooms
from tests.support.record import agent, count, opened, queued, rows

NO_TRIGGERS = {
    "sqlite": ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"],
    "postgresql": ["ALTER TABLE audit DISABLE TRIGGER USER"],
}


async def note(rooms: Rooms, subject: str, **details: Any) -> None:
    async with rooms.database.write() as connection:
        await record(
            connection, at=rooms.clock.now(), actor="system", action="act", subject=subject, **details
        )


async def checked(rooms: Rooms) -> tuple[int, Fault | None]:
    async with rooms.database.read() as connection:
        report = await verify(connection)
    return report.length, report.fault


async def tamper(rooms: Rooms, *statements: str) -> None:
    """What somebody with all rights on the database can do."""
    async with rooms.database.write() as connection:
        for statement in (*NO_TRIGGERS[connection.dialect.name], *statements):
            await connection.execute(text(statement))


async def test_an_empty_audit_is_whole(rooms: Rooms) -> None:
    assert await checked(rooms) == (0, None)


async def test_rows_of_many_writers_at_once_are_one_chain(rooms: Rooms) -> None:
    await asyncio.gather(*(note(rooms, f"s{n}", n=n, none=None, words=["一", "two"]) for n in range(40)))
    assert await checked(rooms) == (40, None)
    assert [row.id for row in await rows(rooms, audit)] == list(range(1, 41))


async def test_writers_that_lock_the_same_rows_in_any_order_never_wait_for_each_other(rooms: Rooms) -> None:
    talks = [await queued(rooms) for _ in range(4)]
    agents = [agent(number) for number in range(1, 5)]

    async def claim(who: Any, talk: str) -> None:
        with suppress(Conflict):  # a colleague was faster
            await rooms.handoffs.claim(who, talk)

    await asyncio.gather(*(claim(who, talk) for who in agents for talk in talks))
    length, fault = await checked(rooms)
    assert fault is None
    assert length == 8  # four asked, four were claimed


async def test_the_row_comes_with_the_transaction_or_not_at_all(rooms: Rooms) -> None:
    async def fail() -> None:
        async with rooms.database.write() as connection:
            await record(connection, at=rooms.clock.now(), actor="system", action="act")
            raise NotFound()

    with pytest.raises(NotFound):
        await fail()
    assert await count(rooms, audit) == 0
    await note(rooms, "s")
    assert await checked(rooms) == (1, None)


async def test_what_can_not_be_audited_does_not_happen(rooms: Rooms) -> None:
    talk = await opened(rooms)

    async def act() -> None:
        async with rooms.database.write() as connection:
            await connection.execute(text("UPDATE conversations SET language = 'en'"))
            await record(connection, at=rooms.clock.now(), actor="system", action="act", what=object())

    with pytest.raises(TypeError):
        await act()
    assert (await rooms.conversations.read(talk, 0))[0].language == "zh"


async def test_a_look_that_only_reads_can_not_be_audited(rooms: Rooms) -> None:
    async with rooms.database.read() as connection:
        with pytest.raises(RuntimeError):
            await record(connection, at=rooms.clock.now(), actor="system", action="act")


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 1"]
)
async def test_the_database_refuses_to_change_or_delete_a_row(rooms: Rooms, statement: str) -> None:
    await note(rooms, "s")
    with pytest.raises(DBAPIError, match="only ever added"):
        async with rooms.database.write() as connection:
            await connection.execute(text(statement))
    assert await checked(rooms) == (1, None)


TAMPERINGS = [
    ("UPDATE audit SET actor = 'x' WHERE id = 3", Fault(3, "changed")),
    ("UPDATE audit SET details = '{\"n\": 9}' WHERE id = 2", Fault(2, "changed")),
    ("DELETE FROM audit WHERE id = 2", Fault(2, "deleted")),
    ("DELETE FROM audit WHERE id > 3", Fault(4, "deleted")),
    ("UPDATE audit SET hash = prev WHERE id = 1", Fault(1, "changed")),
    ("DELETE FROM audit_head", Fault(1, "inserted")),
]


@pytest.mark.parametrize(("statement", "fault"), TAMPERINGS)
async def test_what_was_done_behind_our_back_is_named(rooms: Rooms, statement: str, fault: Fault) -> None:
    for n in range(1, 6):
        await note(rooms, f"s{n}", n=n)
    await tamper(rooms, statement)
    assert (await checked(rooms))[1] == fault


async def test_rows_that_have_changed_places_are_named(rooms: Rooms) -> None:
    for n in range(1, 6):
        await note(rooms, f"s{n}", n=n)
    await tamper(
        rooms, "UPDATE audit SET id = 99 WHERE id = 2", "UPDATE audit SET id = 2 WHERE id = 4",
        "UPDATE audit SET id = 4 WHERE id = 99",
    )
    assert (await checked(rooms))[1] == Fault(2, "reordered")


async def test_without_its_head_the_audit_takes_no_further_row(rooms: Rooms) -> None:
    await note(rooms, "s")
    await tamper(rooms, "DELETE FROM audit_head")
    with pytest.raises(DBAPIError):
        await note(rooms, "t")
