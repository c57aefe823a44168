"""Conversations that the customer has left are closed, and no others."""

import asyncio

import pytest

from bot.clock import FakeClock
from bot.wiring import Rooms, work_of
from bot.worker.jobs import IDLE, WorkerServices, close_idle
from tests.support.record import agent, conversation, opened, queued, say, texts


@pytest.fixture
def worker(rooms: Rooms) -> WorkerServices:
    return work_of(rooms)


async def test_a_conversation_is_closed_after_a_day_of_silence(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock
) -> None:
    talk = await opened(rooms, "en")
    await say(rooms, talk, "hello")
    clock.advance(IDLE.total_seconds())
    assert await close_idle(worker) == 0
    clock.advance(1)
    assert await close_idle(worker) == 1
    assert (await conversation(rooms, talk)).owner == "closed"
    assert (await texts(rooms, talk, "system"))[-1].startswith("We haven't heard from you")


async def test_one_that_was_only_opened_is_closed_too(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock
) -> None:
    await opened(rooms)
    clock.advance(IDLE.total_seconds() + 1)
    assert await close_idle(worker) == 1


async def test_a_word_of_the_customer_begins_the_day_anew(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    clock.advance(IDLE.total_seconds())
    await say(rooms, talk, "还在")
    clock.advance(1)
    assert await close_idle(worker) == 0


async def test_who_waits_for_or_talks_to_a_person_is_left_alone(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock
) -> None:
    await queued(rooms)
    await rooms.handoffs.claim(agent(), await queued(rooms))
    clock.advance(IDLE.total_seconds() * 2)
    assert await close_idle(worker) == 0


async def test_two_workers_close_a_conversation_once(
    rooms: Rooms, worker: WorkerServices, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    clock.advance(IDLE.total_seconds() + 1)
    await asyncio.gather(*(close_idle(worker) for _ in range(4)))
    assert len(await texts(rooms, talk, "system")) == 1
    assert (await conversation(rooms, talk)).epoch == 2
