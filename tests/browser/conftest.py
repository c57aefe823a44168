"""A real Chromium, and a customer in front of it."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from bot import wiring
from bot.handoff import store
from tests.support.product import ROOT, Product

#: A busy machine is slow, not wrong.
expect.set_options(timeout=15_000)

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = ROOT / "bot/web/node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium, without a window."""
    if not CHROMIUM:
        pytest.skip("there is no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(autouse=True)
async def an_empty_line(request: pytest.FixtureRequest) -> None:
    """Nobody waits who came for another test."""
    if "live" not in request.fixturenames:
        return
    live = request.getfixturevalue("live")
    rooms = wiring.rooms(live.settings.model_copy(update={"redis_url": live.redis_url}))
    async with rooms.database.read() as connection:
        waiting = [row.conversation_id for _one, row in await store.line(connection)]
    for conversation_id in waiting:
        await rooms.handoffs.leave(conversation_id)
    await rooms.database.close()
    await rooms.redis.aclose()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """`await page(product, color_scheme="dark")`: the demo bank's page; `desk=True`: the staff's.

    A page that complains in its console, or calls anybody else, fails the test.
    """
    contexts, complaints = [], []

    async def visit(product: Product, path: str = "/", *, desk: bool = False, quiet: bool = True, **more: Any) -> Page:
        size = {"width": 1366, "height": 768}
        context = await browser.new_context(**{"viewport": size, "locale": "zh-CN", **more})
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(15_000)
        if quiet:
            page.on("console", lambda m: complaints.append(m.text) if counts(m) else None)
        page.on("pageerror", lambda exc: complaints.append(str(exc)))
        url = product.desk_url if desk else product.chat_url
        page.on("request", lambda r: None if r.url.startswith((url, "blob:", "data:")) else complaints.append(r.url))
        await page.goto(url + path)
        return page

    yield visit
    for context in contexts:
        await context.close()
    assert complaints == []


def counts(message: ConsoleMessage) -> bool:
    """Whether it is a complaint; that nobody is signed in yet is no news."""
    return message.type in ("error", "warning") and "401 (Unauthorized)" not in message.text


async def axe(page: Page) -> list[str]:
    """What axe-core finds wrong with the page, shadow roots included."""
    await page.context.add_init_script(path=AXE)
    source = AXE.read_text()
    # The page's policy forbids inline scripts; the debugger's own door does not ask it.
    await page.evaluate(source)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = await page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
