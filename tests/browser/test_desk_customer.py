"""An agent looks at a customer's data: masked, one field for a purpose, and only for a minute."""

import re

import pytest
from playwright.async_api import Page, expect

from bot import wiring
from tests.browser.conftest import axe
from tests.browser.test_desk import Seat
from tests.support.lines import wait_for_a_person
from tests.support.people_records import NAME, PHONE, give
from tests.support.refusals import rows


@pytest.fixture
async def seat(front, arrive, agent, page) -> Page:
    """The desk with a chat open whose customer has left name and phone."""
    customer, desk = await arrive(front), await agent(front)
    rooms = wiring.rooms(front.settings.model_copy(update={"redis_url": front.redis_url}))
    await give(rooms, customer.id, "callback", name=NAME, phone=PHONE, contact_time="下午")
    await rooms.database.close()
    await rooms.redis.aclose()
    await wait_for_a_person(customer)
    await desk.claim(customer.id)
    tab = await page(front, desk=True)
    await tab.clock.install()
    await Seat(tab).sign_in(desk)
    await tab.get_by_role("button", name=re.compile("^客户 ")).click()
    await expect(tab.get_by_text("139****0987")).to_be_visible()
    return tab


async def test_a_field_is_shown_by_keyboard_for_a_purpose_and_hidden_after_a_minute(seat: Page, front) -> None:
    await seat.get_by_role("button", name="查看电话").focus()
    await seat.keyboard.press("Enter")
    purpose = seat.get_by_label("用途（会留下记录）")
    await expect(purpose).to_be_focused()
    await purpose.select_option("call_back")
    await seat.keyboard.press("Tab")
    await seat.keyboard.press("Enter")
    await expect(seat.get_by_text(PHONE)).to_be_visible()
    await expect(seat.get_by_role("button", name="隐藏电话")).to_be_focused()
    await seat.clock.run_for(61_000)
    await expect(seat.get_by_text(PHONE)).to_have_count(0)
    await expect(seat.get_by_text("139****0987")).to_be_visible()
    (last,) = rows(front, "select reason from audit where action = 'revealed' order by id desc limit 1")
    assert last == ("call_back",)


async def test_without_a_purpose_it_is_asked_for_and_escape_goes_back(seat: Page) -> None:
    await seat.get_by_role("button", name="查看称呼").click()
    await seat.locator(".purpose").get_by_role("button", name="查看称呼").click()
    await expect(seat.get_by_role("alert")).to_have_text("请先选择用途")
    await expect(seat.get_by_label("用途（会留下记录）")).to_be_focused()
    await seat.keyboard.press("Escape")
    await expect(seat.get_by_label("用途（会留下记录）")).to_have_count(0)
    await expect(seat.get_by_role("button", name="查看称呼")).to_be_focused()
    await expect(seat.get_by_text(NAME)).to_have_count(0)


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_the_open_question_is_usable_by_everybody(seat: Page, colours) -> None:
    await seat.emulate_media(color_scheme=colours)
    await seat.get_by_role("button", name="查看电话").click()
    await expect(seat.get_by_label("用途（会留下记录）")).to_be_focused()
    assert await axe(seat) == []
