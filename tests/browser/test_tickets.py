"""Staff work on tickets at the desk's page."""

import re
import uuid

import pytest
from playwright.async_api import Page, expect

from bot import wiring
from bot.conversation import store
from tests.browser.conftest import axe
from tests.support.people import Customer, Desk


@pytest.fixture
async def complaint(front, arrive):
    """(customer, reference) of a complaint that nobody has taken."""
    customer = await arrive(front)
    rooms = wiring.rooms(front.settings.model_copy(update={"redis_url": front.redis_url}))
    async with rooms.database.write() as connection:
        conversation = await store.lock(connection, customer.id)
        ticket = await rooms.tickets.open(
            connection, conversation, kind="complaint", turn_id=str(uuid.uuid4()), public={},
            private={"matter": "排队两小时只开一个窗口", "demand": "加开窗口"},
        )
    await rooms.database.close()
    await rooms.redis.aclose()
    return customer, ticket.reference


async def at_the_desk(tab: Page, desk: Desk) -> Page:
    """Sign in and go to the tickets."""
    await tab.get_by_label("用户名").fill(desk.user)
    await tab.get_by_label("密码").fill(desk.password)
    await tab.get_by_label("动态码").fill(desk.code())
    await tab.get_by_role("button", name="登录").click()
    await tab.get_by_role("button", name=re.compile("工单")).click()
    return tab


async def opened(tab: Page, reference: str) -> Page:
    await tab.get_by_role("navigation", name="工单列表").get_by_role("button", name=re.compile(reference)).click()
    await expect(tab.get_by_role("heading", name=re.compile(reference))).to_be_visible()
    return tab


async def test_a_complaint_is_taken_investigated_and_answered(front, page, agent, complaint):
    customer, reference = complaint
    tab = await opened(await at_the_desk(await page(front, desk=True), await agent(front)), reference)
    await expect(tab.get_by_text("排队两小时只开一个窗口")).to_be_visible()
    await tab.get_by_role("button", name="接下这张工单").click()
    answer = tab.get_by_role("textbox", name="答复客户")
    await answer.fill("非常抱歉，明天起午间多开一个窗口。")
    await expect(tab.get_by_role("button", name="发送答复")).to_have_attribute("aria-disabled", "true")
    await tab.get_by_role("textbox", name="根本原因").fill("午间轮休")
    await tab.get_by_text("网点", exact=True).click()
    await tab.get_by_role("textbox", name="改进措施").fill("错开轮休")
    await tab.get_by_role("button", name="保存").click()
    await tab.get_by_role("button", name="发送答复").click()
    told = await heard(customer, "午间多开一个窗口")
    assert [choice["title"] for choice in told["choices"]] == ["解决了", "还没有解决"]
    await expect(tab.get_by_text("已经给客户的答复")).to_be_visible()


async def test_a_draft_of_an_answer_is_there_after_a_reload(front, page, agent, complaint):
    _customer, reference = complaint
    tab = await opened(await at_the_desk(await page(front, desk=True), await agent(front)), reference)
    await tab.get_by_role("button", name="接下这张工单").click()
    await tab.get_by_role("textbox", name="答复客户").fill("写到一半")
    await tab.reload()
    await tab.get_by_role("button", name=re.compile("工单")).click()
    await opened(tab, reference)
    await expect(tab.get_by_role("textbox", name="答复客户")).to_have_value("写到一半")


async def test_the_list_says_in_words_how_much_time_is_used(front, page, agent, complaint):
    _customer, reference = complaint
    tab = await at_the_desk(await page(front, desk=True), await agent(front))
    row = tab.get_by_role("navigation", name="工单列表").get_by_role("button", name=re.compile(reference))
    await expect(row).to_contain_text("已用 0%")
    await expect(row).to_contain_text("还没有人接")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_wrong_with_a_ticket(front, page, agent, complaint, scheme):
    _customer, reference = complaint
    tab = await page(front, desk=True, color_scheme=scheme)
    await opened(await at_the_desk(tab, await agent(front)), reference)
    await tab.get_by_role("button", name="接下这张工单").click()
    await expect(tab.get_by_role("textbox", name="答复客户")).to_be_visible()
    assert await axe(tab) == []


async def heard(customer: Customer, words: str) -> dict:
    """The message with these words."""
    await customer.until("system")
    return next(message for message in customer.messages if words in message["text"])
