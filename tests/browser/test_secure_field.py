"""The secure field: masked, apart from the chat, sent once, and kept nowhere in the page."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from bot import wiring
from bot.conversation import store
from bot.conversation.store import Draft
from bot.conversation.wakes import CHANNEL
from bot.identity.forms import secret_form
from bot.wiring import Rooms
from tests.browser.chat import Widget
from tests.browser.conftest import axe
from tests.support.identity import begin_for_nobody, join


@pytest.fixture
async def beside(front: Any) -> AsyncIterator[Rooms]:
    """The rooms of the same record, as the actions have them."""
    rooms = wiring.rooms(front.settings.model_copy(update={"redis_url": front.redis_url}))
    join(rooms)
    yield rooms
    await rooms.database.close()
    await rooms.redis.aclose()


async def ask_in_secret(rooms: Rooms, kind: str = "code") -> str:
    """The newest conversation is asked for a secret, as a dialogue does it; returns its id."""
    async with rooms.database.read() as connection:
        query = store.conversations.select().order_by(store.conversations.c.created_at.desc())
        talk = str((await connection.execute(query)).first().id)
    await begin_for_nobody(rooms, talk, full=kind != "code")
    form = secret_form(kind, "zh", rooms.catalogue.say)
    async with rooms.database.write() as connection:
        locked = await store.lock(connection, talk)
        draft = Draft("bot", "请在下方安全输入框填写。", "form", payload={"form": form})
        await store.append(connection, locked, draft, now=rooms.clock.now(), epoch=locked.epoch)
    await rooms.redis.publish(CHANNEL, talk)
    return talk


async def opened(front: Any, page: Any, rooms: Rooms, kind: str = "code") -> tuple[Page, Widget, str]:
    tab = await page(front)
    chat = await Widget(tab).open()
    talk = await ask_in_secret(rooms, kind)
    await expect(field_of(chat)).to_be_visible()
    await chat.at_rest()
    return tab, chat, talk


def field_of(chat: Widget) -> Locator:
    return chat.log.locator(".secret input")


async def test_a_code_is_masked_until_the_customer_looks(front, page, beside):
    _, chat, _ = await opened(front, page, beside)
    field, look = field_of(chat), chat.log.get_by_role("button", name="显示填写的内容")
    await expect(field).to_have_attribute("type", "password")
    await expect(field).to_have_attribute("autocomplete", "one-time-code")
    await expect(field).to_have_attribute("inputmode", "numeric")
    await field.fill("482913")
    await look.click()
    await expect(field).to_have_attribute("type", "text")
    await expect(field).to_have_value("482913")
    await expect(look).to_have_attribute("aria-pressed", "true")


async def test_enter_sends_it_and_the_field_folds(front, page, beside):
    tab, chat, talk = await opened(front, page, beside)
    await field_of(chat).fill("482913")
    await field_of(chat).press("Enter")
    await expect(chat.log.locator(".secret-sent")).to_be_visible()
    await expect(chat.log.locator(".form-past")).to_be_visible()
    assert await field_of(chat).count() == 0
    assert "482913" not in await tab.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
    _, messages = await beside.conversations.read(talk, 0)
    assert [m.text for m in messages if m.author == "customer"] == ["[secret]"]


async def test_a_code_typed_into_the_chat_folds_the_field_too(front, page, beside):
    _, chat, _ = await opened(front, page, beside)
    await chat.say("482913")
    await expect(chat.log.locator(".form-past")).to_be_visible()
    await expect(chat.log.locator(".row.is-mine").last).not_to_contain_text("482913")


async def test_an_empty_field_is_named(front, page, beside):
    _, chat, _ = await opened(front, page, beside)
    await field_of(chat).press("Enter")
    await expect(chat.log.get_by_role("alert")).to_have_text("请填写这一项")
    await expect(field_of(chat)).to_be_focused()


async def test_a_question_leaves_the_field_open(front, page, beside):
    _, chat, _ = await opened(front, page, beside)
    await chat.ask("为什么要验证码")
    await expect(field_of(chat)).to_be_visible()


@pytest.mark.parametrize("kind", ["code", "id_characters"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_it(front, page, beside, kind, scheme):
    tab = await page(front, color_scheme=scheme)
    chat = await Widget(tab).open()
    await ask_in_secret(beside, kind)
    await expect(field_of(chat)).to_be_visible()
    await chat.at_rest()
    assert await axe(tab) == []
