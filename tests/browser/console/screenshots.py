"""Makes the screenshots of the documentation: python -m tests.browser.console.screenshots (`make screenshots`)."""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.admin.conftest import AdminClient
from tests.browser.console.conftest import heading, log_in_user, serve_bakery, sign_in, users_of, visit, working_on
from tests.chromium import NO_CHROMIUM, find_chromium, running_chromium
from tests.conformance.server_process import ServerProcess

IMAGES = Path(__file__).resolve().parents[3] / "docs" / "images"
DESK: dict[str, Any] = {"viewport": {"width": 1120, "height": 760}, "color_scheme": "light", "locale": "en-GB"}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 760}, "color_scheme": "dark", "locale": "en-GB"}
PEOPLE = ("grace", "edsger", "barbara", "donald", "katherine")
SECONDS = 120
"""How long customers come in, so that there is something to plot."""


def trade(server: ServerProcess) -> None:
    """Customers log in and order, some of them too much."""
    chance, customers = random.Random(7), [log_in_user(server, name) for name in PEOPLE]
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for _ in range(chance.choice((2, 4, 4, 9))):
            items = [[loaf, chance.randint(1, 26)] for loaf in chance.sample(["rye", "wheat", "spelt"], 2)]
            users_of(server).call(chance.choice(customers)["access_token"], "order", items)
        time.sleep(chance.random())


async def take(page: Page, name: str) -> None:
    """A screenshot of what is seen without scrolling; the pointer's and the focus's marks are not part of it."""
    await page.mouse.move(0, 0)
    await page.evaluate("document.activeElement.blur()")
    await page.wait_for_timeout(300)
    await page.screenshot(path=IMAGES / f"console-{name}.png")


async def take_all(server: ServerProcess, owner: AdminClient) -> None:
    """The views that the how-to shows."""
    async with signed_in(server, DESK) as page:
        await visit(page, owner, "", "bakery")
        await expect(page.get_by_role("row").filter(has_text="order")).to_be_visible()
        await take(page, "overview")
        await visit(page, owner, "/functions", "Functions")
        await page.get_by_role("link", name="order").click()
        await expect(heading(page, "order")).to_be_visible()
        await page.get_by_label("Arguments, a JSON array").fill('[[["rye", 2], ["spelt", 1]]]')
        await page.get_by_role("button", name="Run", exact=True).click()
        await expect(page.locator(".outcome")).to_be_visible()
        await page.get_by_role("button", name="Dismiss").click()
        await expect(page.get_by_role("row").filter(has_text="13.50 in all").first).to_be_visible()
        await page.get_by_role("heading", name="Run", exact=True).evaluate("one => one.scrollIntoView()")
        await take(page, "function")
        owner.of_app("POST", "/drafts")
        raise_prices(owner)
        await visit(page, owner, "/deployments", "Deployments")
        await take(page, "deployments")
        await visit(page, owner, "/triggers", "Triggers")
        await take(page, "triggers")
    async with signed_in(server, PHONE) as page:
        await visit(page, owner, "", "bakery")
        await take(page, "phone")


def raise_prices(owner: AdminClient) -> None:
    """Edit a function in the draft."""
    (price,) = [one for one in owner.of_app("GET", "/functions").json if one["name"] == "price"]
    source = owner.of_app("GET", f"/functions/{price['_id']}").json["source"].replace("4.2", "4.4")
    body = {"name": "price", "private": False, "run_as_system": True, "source": source}
    owner.of_app("PUT", f"/functions/{price['_id']}", body)


@asynccontextmanager
async def signed_in(server: ServerProcess, options: dict[str, Any]) -> AsyncIterator[Page]:
    """A page of such a browser, with Ada signed in."""
    program = find_chromium()
    if program is None:
        sys.exit(NO_CHROMIUM)
    async with running_chromium(program) as browser:
        context = await browser.new_context(**options)
        page = await context.new_page()
        await sign_in(page, server, "ada")
        yield page


def main() -> None:
    """Serve, trade, and take the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, serve_bakery(Path(directory)) as server:
        trade(server)
        asyncio.run(take_all(server, working_on(server, "bakery")))


if __name__ == "__main__":
    main()
