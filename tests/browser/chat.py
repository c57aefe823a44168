"""What a customer does in the widget."""

import re

from playwright.async_api import Locator, Page, expect


class Widget:
    """The chat window of a page."""

    def __init__(self, page: Page, language: str = "zh") -> None:
        self.page = page
        zh = language == "zh"
        self.window = page.get_by_role("dialog")
        self.launcher = page.locator("qiantai-chat .launcher")
        self.box = self.window.get_by_role("textbox", name=re.compile("输入您的问题|给客服留言|Type your|Write to"))
        self.log = self.window.get_by_role("log")
        self.person = self.window.get_by_title("转人工" if zh else "Talk to a person")
        self.ticks = self.window.locator(".row.is-mine:not(.is-pending):not(.is-failed) .tick")
        self.more = self.window.get_by_role("button", name="更多" if zh else "More")

    async def open(self) -> "Widget":
        await self.launcher.click()
        await expect(self.bubbles.first).to_be_visible()
        return self

    async def at_rest(self) -> None:
        """Until the window has risen to its place."""
        await self.window.evaluate("box => Promise.all(box.getAnimations().map(one => one.finished))")

    @property
    def bubbles(self) -> Locator:
        """What others said."""
        return self.log.locator(".row:not(.is-mine) .bubble:not(.typing)")

    async def say(self, text: str) -> None:
        await self.box.fill(text)
        await self.box.press("Enter")

    async def ask(self, text: str) -> Locator:
        """Say it and wait for the next bubble of the other side."""
        before = await self.bubbles.count()
        await self.say(text)
        await expect(self.bubbles.nth(before)).to_be_visible()
        return self.bubbles.nth(before)

    async def pick(self, item: str) -> None:
        """An item of the menu."""
        await self.more.click()
        await self.window.get_by_role("menuitem", name=item).click()
