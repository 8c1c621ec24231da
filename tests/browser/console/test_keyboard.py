"""The console without a mouse: the main path by keys alone, and the focus always to be seen."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.admin.conftest import PASSWORD
from tests.browser.console.conftest import heading
from tests.conformance.server_process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_STEPS = 60
NAME_OF_FOCUSED = """() => {
    const one = document.activeElement;
    const named = one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent;
    return one === document.body ? "the browser's own" : `${one.localName} ${named.trim()}`;
}"""
IS_SEEN = "() => document.activeElement.matches('body, :focus-visible')"


async def tab_to(page: Page, wanted: str) -> None:
    """Press the tab key until this is focused; all on the way shows that it is."""
    passed = []
    for _ in range(MOST_STEPS):
        await page.keyboard.press("Tab")
        passed.append(await page.evaluate(NAME_OF_FOCUSED))
        assert await page.evaluate(IS_SEEN), passed[-1]
        if passed[-1] == wanted:
            return
    pytest.fail(f"the tab key never led to {wanted!r}, but to {passed}")


async def go_to(page: Page, link: str, title: str) -> None:
    """Follow a link; the heading of where it leads has the focus, so that reading goes on there."""
    await tab_to(page, f"a {link}")
    await page.keyboard.press("Enter")
    await expect(heading(page, title)).to_be_focused()
    assert await page.title() == f"{title} · Vestibule"


async def test_the_main_path_needs_no_mouse(quiet_page: Page, server: ServerProcess) -> None:
    """Sign in, open an app and a function, run it, answer a dialog, sign out."""
    page = quiet_page
    await page.goto(f"{server.url}/console")
    await expect(page.get_by_label("Username")).to_be_focused()
    await page.keyboard.type("ada")
    await tab_to(page, "input Password")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(heading(page, "Apps")).to_be_focused()

    await go_to(page, "bakery", "bakery")
    await go_to(page, "Functions", "Functions")
    await go_to(page, "price", "price")
    await tab_to(page, "textarea Arguments, a JSON array")
    await page.keyboard.press("Control+A")
    await page.keyboard.type('["rye"]')
    await tab_to(page, "button Run")
    await page.keyboard.press("Enter")
    await expect(page.locator(".outcome pre")).to_have_text("4.2")


async def test_dialogs_keep_the_focus_and_give_it_back(console: Page) -> None:
    """The answer that changes nothing has it first; Escape is that answer; what asked has the focus again."""
    await go_to(console, "bakery", "bakery")
    await go_to(console, "Users", "Users")
    await console.locator("td a").first.focus()
    await console.keyboard.press("Enter")
    await expect(console.get_by_role("heading", name="Identities")).to_be_visible()
    await tab_to(console, "button Disable")
    await console.keyboard.press("Enter")
    await expect(console.get_by_role("button", name="Cancel")).to_be_focused()
    await console.keyboard.press("Tab")
    await expect(console.get_by_role("dialog").get_by_role("button", name="Disable")).to_be_focused()
    await console.keyboard.press("Escape")

    await expect(console.get_by_role("dialog")).to_be_hidden()
    await expect(console.get_by_role("button", name="Disable")).to_be_focused()


async def test_content_can_be_skipped_to(console: Page) -> None:
    """The first stop passes over banner and sections."""
    await go_to(console, "bakery", "bakery")
    await console.evaluate("document.activeElement.blur()")
    await tab_to(console, "a Skip to content")
    await console.keyboard.press("Enter")
    await expect(heading(console, "bakery")).to_be_focused()
