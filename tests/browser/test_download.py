"""A file that goes with a message: fetched with the conversation's token, saved once, refused in words."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from bot import wiring
from bot.conversation import store
from bot.conversation.store import Draft
from bot.conversation.wakes import CHANNEL
from bot.wiring import Rooms
from tests.browser.chat import Widget
from tests.browser.conftest import axe

TITLE = "下载我的信息"


@pytest.fixture
async def beside(front: Any) -> AsyncIterator[Rooms]:
    """The rooms of the same record, as the actions have them."""
    rooms = wiring.rooms(front.settings.model_copy(update={"redis_url": front.redis_url}))
    yield rooms
    await rooms.close()


async def offered(rooms: Rooms, *, allowed: bool) -> str:
    """The newest conversation is offered its copy; returns its id."""
    async with rooms.database.write() as connection:
        query = store.conversations.select().order_by(store.conversations.c.created_at.desc())
        talk = str((await connection.execute(query)).first().id)
        locked = await store.lock(connection, talk)
        if allowed:
            await rooms.people_data.allow_export(connection, locked, turn_id="turn-1")
        draft = Draft("bot", "副本准备好了。", payload={"download": {"name": "my-data", "title": TITLE}})
        await store.append(connection, locked, draft, now=rooms.clock.now(), epoch=locked.epoch)
    await rooms.redis.publish(CHANNEL, talk)
    return talk


def button_of(chat: Widget) -> Locator:
    return chat.log.get_by_role("button", name=TITLE)


async def test_the_copy_is_saved_as_a_file_and_the_button_is_done(front, page, beside):
    tab = await page(front)
    chat = await Widget(tab).open()
    talk = await offered(beside, allowed=True)
    async with tab.expect_download() as coming:
        await button_of(chat).click()
    download = await coming.value
    assert download.suggested_filename.startswith("my-data")
    content = await asyncio.to_thread(Path(await download.path()).read_text)
    assert json.loads(content)["conversations"] == [talk]
    await expect(chat.log.get_by_text("已下载")).to_be_visible()
    assert await button_of(chat).count() == 0
    assert await axe(tab) == []


async def test_a_copy_that_is_not_open_is_refused_in_words_and_the_button_stays(front, page, beside):
    tab = await page(front, quiet=False)  # Chromium notes every refusal in its console
    chat = await Widget(tab).open()
    await offered(beside, allowed=False)
    await button_of(chat).click()
    await expect(chat.log.get_by_role("alert")).to_contain_text("10 分钟内有效")
    await expect(button_of(chat)).to_be_enabled()
