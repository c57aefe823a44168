"""Ratings and feedback: a bad rating is followed up once, what was said is kept shielded (R14)."""

import asyncio

import pytest

from bot.conversation import store
from bot.errors import BadRequest
from bot.records.store import feedback, tickets
from bot.wiring import Rooms
from tests.support.people_records import ticket_fields
from tests.support.record import count, opened, rows, said
from tests.support.tickets import turn


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    return await opened(rooms)


@pytest.mark.parametrize("comment", [None, "等了太久"])
@pytest.mark.parametrize("score", [1, 2])
async def test_R14_a_bad_rating_is_followed_up(
    rooms: Rooms, talk: str, score: int, comment: str | None
) -> None:
    await rooms.conversations.rate(talk, score, comment)
    (ticket,) = await rows(rooms, tickets)
    assert (ticket.kind, ticket.conversation_id, ticket.consent_id) == ("follow_up", talk, None)
    assert ticket.facts == {"reason": "low_rating", "score": score}


async def test_R14_the_customer_hears_by_when(rooms: Rooms, talk: str) -> None:
    await rooms.conversations.rate(talk, 1, None)
    (ticket,) = await rows(rooms, tickets)
    told = (await said(rooms, talk))[-1]
    assert (told.author, told.kind) == ("system", "notice")
    assert ticket.reference in told.text
    assert "11 月 24 日 12:00" in told.text


@pytest.mark.parametrize("score", [3, 4, 5])
async def test_a_fair_rating_opens_nothing(rooms: Rooms, talk: str, score: int) -> None:
    before = await said(rooms, talk)
    await rooms.conversations.rate(talk, score, None)
    assert await count(rooms, tickets) == 0
    assert await said(rooms, talk) == before


async def test_a_conversation_is_followed_up_once(rooms: Rooms, talk: str) -> None:
    await asyncio.gather(*(rooms.conversations.rate(talk, score, None) for score in (1, 2, 1, 2)))
    await rooms.conversations.rate(talk, 5, None)
    await rooms.conversations.rate(talk, 1, None)
    assert await count(rooms, tickets) == 1
    assert len(await said(rooms, talk)) == 2


async def test_R14_whoever_follows_up_reads_what_was_said(rooms: Rooms, talk: str) -> None:
    async with rooms.database.write() as connection:
        conversation = await store.lock(connection, talk)
        await rooms.feedback.rated(connection, conversation, 1, "打我13912345678，等了太久")
    (ticket,) = await rows(rooms, tickets)
    assert await ticket_fields(rooms, ticket.reference) == {"matter": "打我139****5678，等了太久"}


async def test_each_conversation_is_followed_up_for_itself(rooms: Rooms, talk: str) -> None:
    await rooms.conversations.rate(talk, 1, None)
    await rooms.conversations.rate(await opened(rooms), 1, None)
    assert await count(rooms, tickets) == 2


async def add(rooms: Rooms, talk: str, **more: object) -> int:
    values = {"turn_id": turn(), "kind": "praise", **more}
    async with rooms.database.write() as connection:
        conversation = await store.lock(connection, talk)
        return await rooms.feedback.add(connection, conversation, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["praise", "suggestion", "complaint_hint"])
async def test_feedback_is_kept_with_its_topic(rooms: Rooms, talk: str, kind: str) -> None:
    await add(rooms, talk, kind=kind, topic="card_limit", text="很耐心", score=5)
    (row,) = await rows(rooms, feedback)
    assert (row.kind, row.topic, row.text, row.score) == (kind, "card_limit", "很耐心", 5)


async def test_a_repeated_turn_keeps_its_feedback_once(rooms: Rooms, talk: str) -> None:
    turn_id = turn()
    ids = {await add(rooms, talk, turn_id=turn_id, text="好") for _ in range(3)}
    assert len(ids) == 1
    assert await count(rooms, feedback) == 1


async def test_a_number_in_feedback_is_shielded(rooms: Rooms, talk: str) -> None:
    await add(rooms, talk, text="我的手机 13912340987")
    (row,) = await rows(rooms, feedback)
    assert "13912340987" not in row.text


async def test_feedback_of_no_kind_is_refused(rooms: Rooms, talk: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await add(rooms, talk, kind="rant")
    assert (refused.value.reason, refused.value.field) == ("bad_feedback_kind", "kind")
    assert await count(rooms, feedback) == 0
