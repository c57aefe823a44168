"""What a customer works as rides on an appointment under a consent of its own, and goes with that consent alone."""

import pytest

from bot.conversation import store
from bot.wiring import Rooms
from tests.support.people_records import give, ticket_fields
from tests.support.record import opened

FACTS = {"branch": "binjiang", "account_class": "I", "who": "self"}
PRIVATE = {"name": "何小满", "phone": "13912345678", "occupation": "教师"}


@pytest.fixture
async def booked(rooms: Rooms) -> tuple[str, str]:
    """(conversation, reference) of an appointment with an occupation."""
    talk = await opened(rooms)
    await give(rooms, talk, "appointment", name=PRIVATE["name"], phone=PRIVATE["phone"])
    await give(rooms, talk, "appointment_occupation", occupation=PRIVATE["occupation"])
    day = rooms.appointments.days()[0].isoformat()
    async with rooms.database.write() as connection:
        conversation = await store.lock(connection, talk)
        ticket = await rooms.tickets.open(
            connection, conversation, kind="appointment", turn_id="t1", public={**FACTS, "day": day},
            private=PRIVATE, consent_id=await rooms.consents.require(connection, talk, "appointment"),
        )
    return talk, ticket.reference


async def test_taking_its_consent_back_takes_it_from_card_and_ticket_and_leaves_the_visit(rooms, booked) -> None:
    talk, reference = booked
    ended = await rooms.consents.withdraw(talk, "appointment_occupation", turn_id="t2")
    assert {(one.kind, one.outcome) for one in ended} == {("contact", "erased"), ("ticket", "erased")}
    assert await ticket_fields(rooms, reference) == {**PRIVATE, "occupation": ""}
    assert [one.field for one in await rooms.contacts.card(talk)] == ["name", "phone"]


async def test_a_repeated_turn_tells_the_same_again(rooms, booked) -> None:
    talk, _ = booked
    first = await rooms.consents.withdraw(talk, "appointment_occupation", turn_id="t2")
    assert await rooms.consents.withdraw(talk, "appointment_occupation", turn_id="t2") == first


async def test_taking_the_visits_consent_back_takes_everything_from_the_ticket(rooms, booked) -> None:
    talk, reference = booked
    await rooms.consents.withdraw(talk, "appointment_occupation", turn_id="t2")
    await rooms.consents.withdraw(talk, "appointment", turn_id="t3")
    assert set((await ticket_fields(rooms, reference)).values()) == {""}
    assert await rooms.contacts.card(talk) == []


async def test_another_purposes_end_leaves_it(rooms, booked) -> None:
    talk, reference = booked
    await give(rooms, talk, "callback", name=PRIVATE["name"])
    await rooms.consents.withdraw(talk, "callback", turn_id="t2")
    assert await ticket_fields(rooms, reference) == PRIVATE
