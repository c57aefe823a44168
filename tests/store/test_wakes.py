"""Wake-ups reach who waits in this process at once, in the others through Redis, and nobody twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from bot.conversation.wakes import Wakes

#: Longer than any wake-up takes to arrive, in seconds.
SOON_S = 10


@pytest.fixture
async def processes(redis: Redis) -> AsyncIterator[tuple[Wakes, Wakes]]:
    """Two of them, both listening."""
    both = Wakes(redis), Wakes(redis)
    running = [asyncio.create_task(wakes.run()) for wakes in both]
    for wakes in both:
        async with asyncio.timeout(SOON_S), wakes.listen("any") as waiter:
            while not wakes.connected:
                await waiter.wait(0.05)
    yield both
    for task in running:
        task.cancel()
    await asyncio.wait(running)


async def test_a_waiter_of_the_same_process_is_awake_before_the_sender_goes_on(processes) -> None:
    here, _ = processes
    async with here.listen("talk") as waiter:
        await here.publish("talk")
        assert await waiter.wait(0.001)


async def test_a_waiter_of_another_process_is_woken(processes) -> None:
    here, there = processes
    async with there.listen("talk") as waiter:
        await here.publish("talk")
        assert await waiter.wait(SOON_S)


async def test_who_was_woken_here_is_not_woken_again_by_redis(processes) -> None:
    here, there = processes
    async with here.listen("talk") as waiter, there.listen("talk") as other:
        await here.publish("talk")
        assert await waiter.wait(SOON_S)
        assert await other.wait(SOON_S)  # so Redis has passed it on
        assert not await waiter.wait(0.2)


async def test_without_redis_a_waiter_of_the_same_process_is_woken() -> None:
    alone = Wakes(Redis.from_url("unix:///nowhere"))
    async with alone.listen("talk") as waiter:
        await alone.publish("talk")
        assert await waiter.wait(0.001)
