"""I29: a dialogue in which the customer has fallen silent ends, and what was verified is forgotten."""

import asyncio

import pytest

from bot.clock import FakeClock
from bot.conversation import store
from bot.wiring import Rooms, work_of
from bot.worker.jobs import SILENCE, WorkerServices, end_silent_dialogues
from tests.support.identity import ACT, CARD, FakeGateway, begin, join, type_code
from tests.support.record import agent, conversation, opened, say, texts

FORM = "report_lost_form"


@pytest.fixture
def worker(rooms: Rooms) -> WorkerServices:
    return work_of(rooms)


@pytest.fixture
def gateway(rooms: Rooms) -> FakeGateway:
    return join(rooms)[1]


async def in_dialogue(rooms: Rooms, language: str = "zh") -> str:
    """A customer who has said something, while a dialogue waits for more."""
    talk = await opened(rooms, language)
    await say(rooms, talk, "挂失")
    async with rooms.database.write() as connection:
        await store.set_dialogue(connection, await store.lock(connection, talk), FORM)
    return talk


def silent(clock: FakeClock, *, longer_s: float = 1) -> None:
    clock.advance(SILENCE.total_seconds() + longer_s)


@pytest.mark.parametrize(("language", "words"), [("zh", "10 分钟没有收到"), ("en", "haven't heard from you for 10")])
async def test_after_ten_minutes_of_silence_it_is_said_that_nothing_unfinished_was_done(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock, gateway: FakeGateway, language: str, words: str
) -> None:
    talk = await in_dialogue(rooms, language)
    silent(clock, longer_s=0)
    assert await end_silent_dialogues(worker) == 0
    clock.advance(1)
    assert await end_silent_dialogues(worker) == 1
    (said,) = await texts(rooms, talk, "system")
    assert words in said


async def test_the_next_word_begins_in_a_new_session_without_the_dialogue(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock, gateway: FakeGateway
) -> None:
    talk = await in_dialogue(rooms)
    before = await conversation(rooms, talk)
    silent(clock)
    await end_silent_dialogues(worker)
    after = await conversation(rooms, talk)
    assert (after.session_no, after.dialogue) == (before.session_no + 1, None)
    assert after.sender != before.sender


async def test_what_was_verified_is_forgotten(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock, gateway: FakeGateway
) -> None:
    talk = await in_dialogue(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, gateway.code)
    assert await rooms.verification.verified(talk, ACT, CARD)
    silent(clock)
    await end_silent_dialogues(worker)
    assert not await rooms.verification.verified(talk, ACT, CARD)


async def test_a_code_that_comes_after_the_silence_opens_nothing_and_is_hidden(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock, gateway: FakeGateway
) -> None:
    talk = await in_dialogue(rooms)
    await begin(rooms, talk)
    code = gateway.code
    silent(clock)
    await end_silent_dialogues(worker)
    assert (await type_code(rooms, talk, code)).result == "not_open"
    receipt = await say(rooms, talk, code)
    assert receipt.turn_due_at is None
    assert not [text for text in await texts(rooms, talk) if code in text]


async def test_who_speaks_in_time_keeps_the_dialogue(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock, gateway: FakeGateway
) -> None:
    talk = await in_dialogue(rooms)
    clock.advance(SILENCE.total_seconds())
    await say(rooms, talk, "还在")
    clock.advance(2)
    assert await end_silent_dialogues(worker) == 0
    assert (await conversation(rooms, talk)).dialogue == FORM


async def test_without_a_dialogue_silence_ends_nothing(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await say(rooms, talk, "年费多少")
    silent(clock)
    assert await end_silent_dialogues(worker) == 0


async def test_who_waits_for_a_person_hears_nothing_of_it(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock, gateway: FakeGateway
) -> None:
    talk = await in_dialogue(rooms)
    await rooms.handoffs.request(
        talk, turn_id="t-1", reason="asked", skill="card", priority=0, summary="", slots={}
    )
    await rooms.handoffs.claim(agent(), talk)
    before = await texts(rooms, talk, "system")
    silent(clock)
    await end_silent_dialogues(worker)
    assert await texts(rooms, talk, "system") == before


async def test_two_workers_end_it_once(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock, gateway: FakeGateway
) -> None:
    talk = await in_dialogue(rooms)
    silent(clock)
    ended = await asyncio.gather(*(end_silent_dialogues(worker) for _ in range(4)))
    assert sum(ended) == 1
    assert len(await texts(rooms, talk, "system")) == 1
