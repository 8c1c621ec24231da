"""How the console looks: on a phone, light and dark, and what axe-core finds fault with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.admin.conftest import AdminClient
from tests.browser.console.conftest import log_in_user, sign_in, visit
from tests.conformance.server_process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = Path(__file__).resolve().parents[2] / "conformance" / "node_modules" / "axe-core" / "axe.min.js"
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"
PHONE = 360
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest_asyncio.fixture(params=SCHEMES, loop_scope="session")
async def phone(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A page as narrow as a small phone's, in either scheme."""
    context = await chromium.new_context(color_scheme=request.param, viewport={"width": PHONE, "height": 740})
    yield await context.new_page()
    await context.close()


async def faults(page: Page) -> list[str]:
    """What axe-core says, a line each: the rule, and where."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    script = f"""async () => (await axe.run(document, {RULES})).violations.flatMap(
        (one) => one.nodes.map((node) => `${{one.id}}: ${{node.html}} ${{node.failureSummary}}`))"""
    found: list[str] = await page.evaluate(script)
    return found


async def test_every_view_is_readable_on_a_phone(phone: Page, server: ServerProcess, owner: AdminClient) -> None:
    """None is wider than the page; contrast, names, landmarks and order are as WCAG 2.2 AA has them."""
    user = log_in_user(server, "ada lovelace, countess, of a name that is rather long for a phone")
    (function,) = [one for one in owner.of_app("GET", "/functions").json if one["name"] == "order"]
    deployments = owner.of_app("GET", "/deployments?limit=1000").json
    await phone.goto(f"{server.url}/console")
    await expect(phone.get_by_label("Username")).to_be_visible()
    found = {"sign in": await faults(phone)}
    await sign_in(phone, server, "ada")
    found["apps"] = await faults(phone)
    for path in (
        "",
        "/functions",
        f"/functions/{function['_id']}",
        "/deployments",
        f"/deployments/{deployments[-1]['_id']}",
        "/users",
        f"/users/{user['user_id']}",
        "/triggers",
        "/logs",
    ):
        await phone.evaluate("hash => { location.hash = hash; }", f"#/apps/{owner.app.rpartition('/')[2]}{path}")
        await expect(phone.locator("main h1")).to_be_focused()
        width = await phone.evaluate("document.documentElement.scrollWidth")
        found[path] = [*([f"{width} wide"] if width > PHONE else []), *await faults(phone)]

    assert {path: found[path] for path in found if found[path]} == {}


async def test_dialogs_are_readable(phone: Page, server: ServerProcess, owner: AdminClient) -> None:
    """As the views are."""
    user = log_in_user(server, "dorothy")
    await sign_in(phone, server, "ada")
    await visit(phone, owner, f"/users/{user['user_id']}", "dorothy")
    await phone.get_by_role("button", name="Disable").click()
    await expect(phone.get_by_role("dialog")).to_be_visible()

    assert await faults(phone) == []


async def test_the_scheme_follows_the_machine(chromium: Browser, server: ServerProcess) -> None:
    """Light text on dark ground, or the other way round."""
    grounds = []
    for scheme in SCHEMES:
        context = await chromium.new_context(color_scheme=scheme)
        page = await context.new_page()
        await page.goto(f"{server.url}/console")
        await expect(page.get_by_label("Username")).to_be_visible()
        grounds.append(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
        await context.close()

    assert grounds == ["rgb(247, 247, 245)", "rgb(19, 21, 23)"]
