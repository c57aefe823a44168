"""The chat window when lines are cut, services are away, and people come in."""

import re

from playwright.async_api import expect

from tests.browser.chat import Widget
from tests.browser.conftest import axe
from tests.support.lines import waiting_ids


async def test_a_cut_line_keeps_what_is_written_and_sends_it_once(live, page):
    tab = await page(live, quiet=False)
    chat = await Widget(tab).open()
    live.kill("chat")
    try:
        await expect(chat.window.get_by_text("正在重新连接")).to_be_visible()
        await chat.say("怎么查余额")
        await expect(chat.log.locator(".is-pending, .is-failed")).to_have_count(1)
    finally:
        live.heal()
    await expect(chat.bubbles).to_have_count(2, timeout=30_000)
    await expect(chat.log.locator(".is-mine")).to_have_count(1)
    await expect(chat.ticks).to_have_count(1)


async def test_where_no_socket_can_be_had_the_chat_goes_on_by_asking(live, page):
    tab = await page(live, quiet=False)
    await tab.route_web_socket(re.compile("/socket$"), lambda ws: ws.close())
    chat = await Widget(tab).open()
    await chat.ask("信用卡年费多少钱")
    await expect(chat.ticks).to_have_count(1)


async def test_a_message_that_was_refused_says_why_and_can_be_sent_again(live, page):
    tab = await page(live, quiet=False)
    await tab.route_web_socket(re.compile("/socket$"), lambda ws: ws.close())
    chat = await Widget(tab).open()
    refusal = {"error": {"code": "too_fast", "message": "您发得有点快，请稍等片刻再发。", "id": "x"}}
    address = re.compile(r"/messages$")

    async def refuse(route):
        await route.fulfill(status=429, json=refusal)

    await tab.route(address, refuse)
    await chat.say("怎么查余额")
    await expect(chat.log.get_by_role("alert")).to_contain_text("请稍等片刻再发")
    await tab.unroute(address, refuse)
    await chat.log.get_by_role("button", name="重新发送").click()
    await expect(chat.bubbles).to_have_count(2)
    await expect(chat.ticks).to_have_count(1)


async def test_without_the_assistant_the_request_is_taken_down_in_a_form(front, page):
    tab = await page(front)
    chat = await Widget(tab).open()
    answer = await chat.ask("我想问问贷款的事")
    await expect(answer).to_contain_text("智能助手正在恢复")
    await chat.log.get_by_role("button", name="登记我的问题").click()
    form = chat.log.get_by_role("form", name="登记问题")
    await form.get_by_label("怎么称呼您").fill("陈女士")
    await form.get_by_label("联系电话").fill("123")
    await form.get_by_label("您要办的事").fill("房贷提前还款预约")
    await form.get_by_role("button", name="提交").click()
    await expect(form.get_by_role("alert")).to_have_text("需要您同意才能提交")
    await form.get_by_role("checkbox").check()
    await form.get_by_role("button", name="提交").click()
    await expect(form.get_by_role("alert")).to_have_text("请检查这一项。")
    assert await axe(tab) == []
    await form.get_by_label("联系电话").fill("13800138000")
    await form.get_by_role("button", name="提交").click()
    await expect(chat.log.locator(".notice")).to_contain_text("受理编号")
    await expect(chat.log).not_to_contain_text("13800138000")


async def waiting(desk) -> set[str]:
    """The conversations in the line; customers of other tests may be among them."""
    return set(waiting_ids((await desk.get("/desk/queue")).json()))


async def test_a_person_comes_by_name_and_number_and_the_line_can_be_left(live, page, agent):
    desk = await agent(live)
    others = await waiting(desk)
    tab = await page(live)
    chat = await Widget(tab).open()
    await chat.person.click()
    await expect(chat.window.get_by_role("status").filter(has_text=re.compile(r"第 \d+ 位"))).to_be_visible()
    await chat.window.get_by_role("button", name="离开队伍").click()
    await expect(chat.log.locator(".notice")).to_contain_text("已离开队伍")
    await chat.person.click()
    await expect(chat.window.get_by_role("button", name="离开队伍")).to_be_visible()
    assert await axe(tab) == []
    (conversation,) = await waiting(desk) - others
    await desk.claim(conversation)
    number = desk.me["number"]
    await expect(chat.log.locator(".speaker").last).to_contain_text(number)
    await expect(chat.window.locator(".header")).to_contain_text(number)
    await chat.say("我的卡被吞了")
    await desk.say(conversation, "请问是哪台机器？")
    await expect(chat.bubbles.last).to_have_text("请问是哪台机器？")
    closed = await desk.post(f"/desk/conversations/{conversation}/close", wrap_up="answered", resolved=True)
    assert closed.status_code == 200, closed.text
    await expect(chat.window.get_by_text("这次服务怎么样")).to_be_visible()


async def test_news_while_the_window_is_away_are_counted(live, page, agent):
    desk = await agent(live)
    others = await waiting(desk)
    chat = await Widget(await page(live)).open()
    await chat.person.click()
    await expect(chat.window.get_by_role("button", name="离开队伍")).to_be_visible()
    await chat.window.get_by_role("button", name="收起聊天窗口").click()
    (conversation,) = await waiting(desk) - others
    await desk.claim(conversation)
    await expect(chat.launcher).to_have_accessible_name(re.compile(r"\d 条新消息"))
    await chat.launcher.click()
    await expect(chat.launcher).to_have_accessible_name("收起聊天窗口")
