"""A customer uses the chat window with the assistant behind it."""

import gzip
import re

from playwright.async_api import expect

from tests.browser.chat import Widget
from tests.browser.conftest import axe
from tests.support.product import ROOT


async def test_a_question_is_answered_and_every_turn_of_the_robot_says_so(live, page):
    chat = await Widget(await page(live)).open()
    await chat.ask("信用卡年费多少钱")
    await expect(chat.ticks).to_have_count(1)
    speakers = chat.log.locator(".speaker")
    await expect(speakers).to_have_count(2)
    assert {await speakers.nth(0).inner_text(), await speakers.nth(1).inner_text()} == {"小禾 · 智能客服"}


async def test_a_choice_answers_and_stays_readable(live, page):
    chat = await Widget(await page(live)).open()
    await chat.ask("信用卡年费多少钱")
    chip = chat.log.get_by_role("button").first
    title = await chip.inner_text()
    await chip.click()
    await expect(chat.bubbles).to_have_count(3)
    await expect(chat.log.locator(".chip.is-chosen")).to_have_text(re.compile(re.escape(title)))


async def test_the_words_follow_the_language_of_the_page(live, page):
    tab = await page(live, "/?lang=en")
    chat = await Widget(tab, "en").open()
    answer = await chat.ask("how do I get a bank statement")
    assert re.search("[a-z]{4}", await answer.inner_text())
    await expect(tab.get_by_role("dialog", name="Chat with Qinghe Bank")).to_be_visible()


async def test_what_is_sent_is_shown_as_text_whatever_it_says(live, page):
    tab = await page(live)
    chat = await Widget(tab).open()
    nasty = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>"
    await chat.ask(nasty)
    await expect(chat.log.locator(".is-mine .text")).to_have_text(nasty)
    assert await tab.title() != "stolen"
    assert await chat.log.locator("img").count() == 0


async def test_a_password_is_hidden_at_once_and_the_customer_is_told(live, page):
    chat = await Widget(await page(live)).open()
    await chat.say("我的登录密码是 Qx7hello99 怎么登不上")
    await expect(chat.log.locator(".notice")).to_contain_text("不要把密码")
    await expect(chat.log.locator(".is-mine .text")).not_to_contain_text("Qx7hello99")


async def test_a_reload_keeps_the_conversation_and_what_was_being_written(live, page):
    tab = await page(live)
    chat = await Widget(tab).open()
    await chat.ask("怎么查余额")
    await chat.box.fill("我还想问")
    said = await chat.bubbles.all_inner_texts()
    await tab.reload()
    await expect(chat.bubbles).to_have_count(len(said))
    assert await chat.bubbles.all_inner_texts() == said
    await expect(chat.box).to_have_value("我还想问")


async def test_everything_can_be_done_with_the_keyboard(live, page):
    tab = await page(live)
    chat = Widget(tab)
    await chat.launcher.focus()
    await tab.keyboard.press("Enter")
    await expect(chat.box).to_be_focused()
    await tab.keyboard.type("年费")
    await tab.keyboard.press("Enter")
    await expect(chat.bubbles).to_have_count(2)
    await tab.keyboard.press("Shift+Tab")  # back to the last choice
    await tab.keyboard.press("Enter")
    await expect(chat.bubbles).to_have_count(3)
    await tab.keyboard.press("Escape")
    await expect(chat.window).to_have_count(0)
    await expect(chat.launcher).to_be_focused()


async def test_enter_while_a_word_is_composed_sends_nothing(live, page):
    tab = await page(live)
    chat = await Widget(tab).open()
    session = await tab.context.new_cdp_session(tab)
    await chat.box.focus()
    await session.send("Input.imeSetComposition", {"text": "nian", "selectionStart": 4, "selectionEnd": 4})
    await chat.box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "isComposing": True})
    await expect(chat.log.locator(".is-mine")).to_have_count(0)


async def test_on_a_phone_the_window_takes_the_whole_screen(live, page):
    tab = await page(live, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    chat = await Widget(tab).open()
    await chat.at_rest()
    assert await chat.window.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    small = await tab.evaluate(
        """() => [...document.querySelector("qiantai-chat").shadowRoot.querySelectorAll(".window button")]
            .map(b => [b.textContent || b.ariaLabel, b.getBoundingClientRect()])
            .filter(([, r]) => r.height < 40 || r.width < 40).map(([name]) => name)"""
    )
    assert small == []


async def test_a_text_that_is_too_long_is_not_sent_and_says_how_much(live, page):
    chat = await Widget(await page(live)).open()
    await chat.box.fill("长" * 2_003)
    await chat.box.press("Enter")
    await expect(chat.window.locator(".room-left")).to_have_text("超出 3 个字")
    await expect(chat.log.locator(".is-mine")).to_have_count(0)


async def test_the_transcript_can_be_taken_home(live, page):
    tab = await page(live)
    chat = await Widget(tab).open()
    await chat.ask("怎么查余额")
    async with tab.expect_download() as coming:
        await chat.pick("下载聊天记录")
    download = await coming.value
    text = (await download.path()).read_text()
    assert "怎么查余额" in text
    assert "小禾 (智能客服)" in text


async def test_after_the_end_the_customer_rates_and_begins_anew(live, page):
    chat = await Widget(await page(live)).open()
    await chat.ask("怎么查余额")
    await chat.pick("结束会话")
    await chat.window.get_by_title("5 分").click()
    await chat.window.get_by_role("textbox", name="想说点什么").fill("很清楚")
    await chat.window.get_by_role("button", name="提交评价").click()
    await expect(chat.window.get_by_text("谢谢您的评价")).to_be_visible()
    await chat.window.get_by_role("button", name="开始新的会话").click()
    await expect(chat.bubbles).to_have_count(1)
    await expect(chat.box).to_be_visible()


async def test_nothing_stands_in_the_way_of_people_with_a_screen_reader(live, page):
    for scheme in ("light", "dark"):
        tab = await page(live, color_scheme=scheme, reduced_motion="reduce")
        assert await axe(tab) == []
        chat = await Widget(tab).open()
        await chat.ask("信用卡年费多少钱")
        assert await axe(tab) == []
        await chat.pick("结束会话")
        await expect(chat.window.get_by_role("button", name="开始新的会话")).to_be_visible()
        assert await axe(tab) == []


async def test_the_script_is_small_and_leaves_one_global(live, page):
    assert len(gzip.compress((ROOT / "bot/web/dist/widget.js").read_bytes())) <= 40_000
    tab = await page(live)
    added = await tab.evaluate(
        """async () => {
            const frame = document.body.appendChild(document.createElement("iframe"));
            const clean = new Set(Object.getOwnPropertyNames(frame.contentWindow));
            frame.remove();
            return Object.getOwnPropertyNames(window).filter(name => !clean.has(name) && isNaN(name));
        }"""
    )
    assert [name for name in added if name not in ("event",)] == ["Qiantai"]
