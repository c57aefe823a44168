"""An agent works at the desk's page."""

import asyncio
import re

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import axe


class Seat:
    """The desk's page, as the agent uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.reply = page.get_by_role("textbox", name="回复客户")
        self.log = page.get_by_role("log")
        self.next = page.get_by_role("button", name=re.compile("接待下一位"))
        self.waiting = page.get_by_role("region", name="等候的客户").get_by_role("listitem")

    async def sign_in(self, desk) -> "Seat":
        await self.page.get_by_label("用户名").fill(desk.user)
        await self.page.get_by_label("密码").fill(desk.password)
        await self.page.get_by_label("动态码").fill(desk.code())
        await self.page.get_by_role("button", name="登录").click()
        await expect(self.next).to_be_visible()
        return self

    async def act(self, action: str, **choices: str) -> None:
        """Open the dialog of an action, choose, and confirm."""
        await self.page.get_by_role("group", name="处理").get_by_role("button", name=action).click()
        dialog = self.page.get_by_role("dialog")
        for title in choices.values():
            await dialog.get_by_text(title, exact=True).click()
        await dialog.get_by_role("button", name=action).click()

    def said(self, text: str) -> Locator:
        return self.log.get_by_text(text)


async def waiting_customer(live, arrive, question: str = "信用卡年费多少钱"):
    """Somebody who asked, and then asked for a person."""
    customer = await arrive(live)
    await customer.ask(question)
    await customer.send(text="转人工")
    await customer.until_owner("queue")
    return customer


async def test_a_wrong_code_is_said_and_nothing_has_to_be_typed_twice(live, page, agent):
    desk = await agent(live)
    tab = await page(live, desk=True, quiet=False)
    await tab.get_by_label("用户名").fill(desk.user)
    await tab.get_by_label("密码").fill(desk.password)
    await tab.get_by_label("动态码").fill("000000")
    await tab.get_by_role("button", name="登录").click()
    await expect(tab.get_by_role("alert")).to_be_visible()
    await expect(tab.get_by_label("用户名")).to_have_value(desk.user)
    await expect(tab.get_by_label("动态码")).to_be_focused()
    await tab.keyboard.type(desk.code())
    await tab.keyboard.press("Enter")
    await expect(Seat(tab).next).to_be_visible()


async def test_an_agent_takes_answers_notes_and_closes(live, page, agent, arrive):
    desk, customer = await agent(live), await waiting_customer(live, arrive)
    seat = await Seat(await page(live, desk=True)).sign_in(desk)
    await seat.next.click()
    await expect(seat.reply).to_be_focused()
    await expect(seat.said("信用卡年费多少钱")).to_be_visible()
    await seat.page.keyboard.type("您好，我帮您看一下。")
    await seat.page.keyboard.press("Enter")
    await customer.until_hears("您好，我帮您看一下。")
    await customer.send(text="好的谢谢")
    await expect(seat.said("好的谢谢")).to_be_visible()
    note = seat.page.get_by_role("textbox", name="写备注")
    await note.fill("老客户，语气温和")
    await note.press("Control+Enter")
    await expect(seat.page.get_by_text("老客户，语气温和")).to_be_visible()
    await seat.act("结束对话", wrap_up="已解答", resolved="已解决")
    await customer.until_owner("closed")
    assert not any("语气温和" in line for line in customer.texts())


async def test_the_assistant_gets_the_chat_back(live, page, agent, arrive):
    desk, customer = await agent(live), await waiting_customer(live, arrive)
    seat = await Seat(await page(live, desk=True)).sign_in(desk)
    await seat.next.click()
    await expect(seat.reply).to_be_visible()
    await seat.act("交还小禾", wrap_up="已解答")
    await customer.until_owner("bot")
    assert (await customer.ask("怎么查余额"))[-1]["author"] == "bot"


async def test_the_line_and_a_chat_are_worked_with_the_keyboard_alone(live, page, agent, arrive):
    desk = await agent(live)
    seat = await Seat(await page(live, desk=True)).sign_in(desk)
    customer = await waiting_customer(live, arrive)
    await expect(seat.waiting).to_have_count(1)
    await seat.page.keyboard.press("?")
    keys = seat.page.get_by_role("dialog", name="快捷键")
    await expect(keys).to_be_visible()
    await seat.page.keyboard.press("Escape")
    await expect(keys).to_have_count(0)
    await seat.page.keyboard.press("Alt+n")
    await expect(seat.reply).to_be_focused()
    await seat.page.keyboard.type("在的")
    await seat.page.keyboard.press("Enter")
    await customer.until_hears("在的")
    await seat.page.keyboard.press("Alt+e")
    await expect(seat.page.get_by_role("dialog", name="结束这段对话")).to_be_visible()


async def test_a_key_right_after_a_dialog_was_closed_is_not_lost(live, page, agent, arrive):
    desk = await agent(live)
    seat = await Seat(await page(live, desk=True)).sign_in(desk)
    await waiting_customer(live, arrive)
    await expect(seat.waiting).to_have_count(1)
    await seat.page.keyboard.press("?")
    await expect(seat.page.get_by_role("dialog", name="快捷键")).to_be_visible()
    await asyncio.gather(seat.page.keyboard.press("Escape"), seat.page.keyboard.press("Alt+n"))
    await expect(seat.reply).to_be_focused()


async def test_a_dialog_opened_right_after_another_was_closed_stays_open(live, page, agent, arrive):
    desk = await agent(live)
    await waiting_customer(live, arrive)
    seat = await Seat(await page(live, desk=True)).sign_in(desk)
    await seat.next.click()
    await expect(seat.reply).to_be_visible()
    await seat.page.keyboard.press("Alt+t")
    await expect(seat.page.get_by_role("dialog", name="转给其他技能组")).to_be_visible()
    await asyncio.gather(seat.page.keyboard.press("Escape"), seat.page.keyboard.press("Alt+e"))
    ends = seat.page.get_by_role("dialog", name="结束这段对话")
    await expect(ends).to_be_visible()
    await seat.page.wait_for_timeout(200)  # a late event of the one before would close it
    await expect(ends).to_be_visible()
    await seat.page.keyboard.press("Escape")
    await expect(ends).to_have_count(0)


async def test_a_reload_keeps_the_agent_signed_in_and_the_draft(live, page, agent, arrive):
    desk = await agent(live)
    await waiting_customer(live, arrive)
    seat = await Seat(await page(live, desk=True, quiet=False)).sign_in(desk)
    await seat.next.click()
    await seat.reply.fill("我查一下，请")
    await seat.page.reload()
    await expect(seat.reply).to_have_value("我查一下，请")


async def test_a_cut_line_says_so_and_catches_up(live, page, agent, arrive):
    desk = await agent(live)
    customer = await waiting_customer(live, arrive)
    seat = await Seat(await page(live, desk=True, quiet=False)).sign_in(desk)
    await seat.next.click()
    await expect(seat.reply).to_be_visible()
    live.kill("desk")
    try:
        await expect(seat.page.get_by_text("连接断开了")).to_be_visible()
        await seat.reply.fill("写到一半")
        await customer.send(text="还在吗")
    finally:
        live.heal()
    await expect(seat.said("还在吗")).to_be_visible(timeout=30_000)
    await expect(seat.reply).to_have_value("写到一半")


async def test_what_a_customer_writes_is_text_at_the_desk_too(live, page, agent, arrive):
    desk = await agent(live)
    customer = await arrive(live)
    nasty = "<img src=x onerror=\"document.title='stolen'\"> 转人工"
    await customer.ask(nasty)
    if customer.state.get("owner") != "queue":
        await customer.send(text="转人工")
        await customer.until_owner("queue")
    seat = await Seat(await page(live, desk=True)).sign_in(desk)
    await seat.next.click()
    await expect(seat.said("<img src=x").first).to_be_visible()
    assert await seat.log.locator("img").count() == 0
    assert "stolen" not in await seat.page.title()


async def test_nothing_stands_in_the_way_of_agents_with_a_screen_reader(live, page, agent, arrive):
    for scheme in ("light", "dark"):
        desk = await agent(live)
        await waiting_customer(live, arrive)
        tab = await page(live, desk=True, color_scheme=scheme, reduced_motion="reduce")
        await expect(tab.get_by_label("用户名")).to_be_visible()
        assert await axe(tab) == []
        seat = await Seat(tab).sign_in(desk)
        assert await axe(tab) == []
        await seat.next.click()
        await expect(seat.reply).to_be_visible()
        assert await axe(tab) == []
        for key, name in (("Alt+t", "转给其他技能组"), ("Alt+e", "结束这段对话")):
            await tab.keyboard.press(key)
            await expect(tab.get_by_role("dialog", name=name)).to_be_visible()
            assert await axe(tab) == []
            await tab.keyboard.press("Escape")
            await expect(tab.get_by_role("dialog")).to_have_count(0)
        await seat.act("结束对话", wrap_up="已解答", resolved="已解决")
