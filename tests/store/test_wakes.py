"""Wake-ups reach who waits in this process at once, in the others through Redis, and nobody twice."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from bot.conversation.service import Said
from bot.conversation.wakes import News, Wakes
from bot.wiring import Rooms
from tests.support.record import opened, say

#: Longer than any wake-up takes to arrive, in seconds.
SOON_S = 10


@pytest.fixture
async def processes(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Wakes, Wakes]]:
    """Two of them, both listening, which give no publish up, however slow the machine."""
    monkeypatch.setattr("bot.conversation.wakes.PUBLISH_S", SOON_S)
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


@pytest.fixture
def talk() -> str:
    """A conversation of this test's own: what is told of another's comes a moment later."""
    return str(uuid.uuid4())


async def test_a_waiter_of_the_same_process_is_awake_before_the_sender_goes_on(processes, talk) -> None:
    here, _ = processes
    async with here.listen(talk) as waiter:
        await here.publish(talk)
        assert await waiter.wait(0.001)


async def test_a_waiter_of_another_process_is_woken(processes, talk) -> None:
    here, there = processes
    async with there.listen(talk) as waiter:
        await here.publish(talk)
        assert await waiter.wait(SOON_S)


async def test_who_was_woken_here_is_not_woken_again_by_redis(processes, talk) -> None:
    here, there = processes
    async with here.listen(talk) as waiter, there.listen(talk) as other:
        await here.publish(talk)
        assert await waiter.wait(SOON_S)
        assert await other.wait(SOON_S)  # so Redis has passed it on
        assert not await waiter.wait(0.2)


async def test_an_end_that_the_library_swallows_is_kept_all_the_same(redis, monkeypatch) -> None:
    asked = asyncio.Event()

    async def ping(_: PubSub) -> None:
        if not asked.is_set():
            asked.set()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(SOON_S)

    monkeypatch.setattr(PubSub, "ping", ping)
    running = asyncio.create_task(Wakes(redis).run())
    async with asyncio.timeout(SOON_S):
        await asked.wait()
    running.cancel()
    await asyncio.wait({running}, timeout=SOON_S)
    assert running.cancelled()


async def test_without_redis_a_waiter_of_the_same_process_is_woken(talk) -> None:
    alone = Wakes(Redis.from_url("unix:///nowhere"))
    async with alone.listen(talk) as waiter:
        await alone.publish(talk)
        assert await waiter.wait(0.001)


async def test_other_processes_are_told_once_of_what_happens_within_a_moment(processes, talk) -> None:
    here, there = processes
    async with there.listen(talk) as waiter:
        await here.publish(talk)
        await here.publish(talk)
        assert await waiter.wait(SOON_S)
        assert not await waiter.wait(0.2)


async def test_who_waits_here_is_brought_what_was_stored(rooms: Rooms) -> None:
    talk = await opened(rooms)
    async with rooms.wakes.listen(talk) as waiter:
        await say(rooms, talk, "年费多少")
        news = waiter.news()
    assert news
    assert news.follow(1)
    assert (news.conversation, news.messages) == await rooms.conversations.read(talk, 1)
    assert waiter.news() is None  # it is told once


async def test_of_two_wake_ups_before_a_look_neither_is_believed(rooms: Rooms) -> None:
    talk = await opened(rooms)
    async with rooms.wakes.listen(talk) as waiter:
        await say(rooms, talk, "年费多少")
        await say(rooms, talk, "怎么免")
        assert waiter.news() is None


async def test_news_without_what_was_stored_before_are_no_news(rooms: Rooms) -> None:
    talk = await opened(rooms)
    await say(rooms, talk, "年费多少")
    async with rooms.wakes.listen(talk) as waiter:
        await say(rooms, talk, "怎么免")
        news = waiter.news()
    assert news
    assert not news.follow(1)  # the first question is missing
    assert not news.follow(3)  # these messages are known already
    assert News(news.conversation, news.messages).follow(2)
    assert not News(news.conversation, []).follow(3)  # of an owner's change the record tells


async def test_a_message_hidden_as_a_secret_is_told_with_its_notice(rooms: Rooms) -> None:
    talk = await opened(rooms)
    async with rooms.wakes.listen(talk) as waiter:
        await rooms.conversations.receive(talk, Said(str(uuid.uuid4()), text="我的密码是 928371"))
        news = waiter.news()
    assert news
    assert news.follow(1)
    assert [message.author for message in news.messages] == ["customer", "system"]
    assert "928371" not in str(news)
