"""Whose details are shown beside a chat: never a complaint to the colleague it is about (L18, R20)."""

import pytest

from bot.errors import NotFound
from bot.records.audit import audit
from bot.records.ticket_worker import Worker
from bot.wiring import Rooms
from tests.support.people_records import NAME, PHONE, agree, give, take_down
from tests.support.record import opened, rows
from tests.support.tickets import file, supervisor, worker

UNTRAINED = worker(2, skills=("card",))


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    """A customer with a card, a request, and a complaint about colleague 8003."""
    talk = await opened(rooms)
    await give(rooms, talk, "callback", phone=PHONE)
    await take_down(rooms, talk)
    await file(
        rooms, talk, private={"name": NAME, "matter": "态度很差"}, about_agent="8003",
        consent_id=await agree(rooms, talk, "complaint_contact"),
    )
    return talk


async def shown(rooms: Rooms, talk: str, to: Worker) -> list[str]:
    async with rooms.database.read() as connection:
        return [one.id for one in await rooms.reveals.fields(connection, talk, to)]


OPEN = ["phone", "R20261123-0001.name", "R20261123-0001.phone", "R20261123-0001.matter"]
COMPLAINT = ["C20261123-0001.name", "C20261123-0001.matter"]


@pytest.mark.parametrize(
    ("to", "complaint"), [(worker(1), COMPLAINT), (supervisor(), COMPLAINT), (UNTRAINED, []), (worker(3), [])]
)
async def test_a_complaint_is_shown_to_those_alone_who_may_work_on_it(
    rooms: Rooms, talk: str, to: Worker, complaint: list[str]
) -> None:
    assert sorted(await shown(rooms, talk, to)) == sorted(OPEN + complaint)


async def test_the_colleague_it_is_about_cannot_ask_for_it_by_name(rooms: Rooms, talk: str) -> None:
    async with rooms.database.write() as connection:
        with pytest.raises(NotFound):
            await rooms.reveals.reveal(connection, talk, COMPLAINT[0], "legal", worker(3))
    async with rooms.database.write() as connection:
        value = await rooms.reveals.reveal(connection, talk, COMPLAINT[0], "legal", worker(1))
    assert value == NAME
    assert [(row.actor, row.reason) for row in await rows(rooms, audit) if row.action == "revealed"] == [
        ("staff:8001", "legal")
    ]


async def test_a_supervisor_sees_no_complaint_about_themselves_either(rooms: Rooms, talk: str) -> None:
    assert sorted(await shown(rooms, talk, supervisor(3))) == sorted(OPEN)
