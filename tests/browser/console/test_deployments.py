"""Deployments in the console: a draft with its differences, and the way back."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.admin.conftest import AdminClient
from tests.browser.console.conftest import heading, users_of, visit
from tests.conformance.server_process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")


def edit_price(owner: AdminClient, source: str) -> None:
    """Give the function `price` another source, in the draft if there is one."""
    (price,) = [one for one in owner.of_app("GET", "/functions").json if one["name"] == "price"]
    body = {"name": "price", "private": False, "run_as_system": True, "source": source}
    assert owner.of_app("PUT", f"/functions/{price['_id']}", body).status == 204


def price_of_rye(server: ServerProcess) -> object:
    """What a client is told now."""
    http = users_of(server)
    answer = http.call(http.log_in({}, "anon-user").json["access_token"], "price", "rye").json
    return float(answer.get("$numberDouble") or answer.get("$numberInt"))


async def test_a_draft_is_deployed_and_rolled_back(console: Page, server: ServerProcess, owner: AdminClient) -> None:
    """What would change is shown; after deploying clients meet it; rolling back gives them the old one."""
    before = price_of_rye(server)
    owner.of_app("POST", "/drafts")
    edit_price(owner, "exports = () => 99;\n")
    await visit(console, owner, "/deployments", "Deployments")
    await expect(console.get_by_text("gains function price runs as system")).to_be_visible()
    await expect(console.get_by_role("region", name="Changes of functions/price.js")).to_contain_text(
        "+exports = () => 99;"
    )

    await console.get_by_role("button", name="Deploy").click()
    await expect(console.get_by_role("status")).to_contain_text("The draft is deployed.")
    assert price_of_rye(server) == 99

    rows = console.get_by_role("table", name="Deployments, the newest first").get_by_role("row")
    await expect(rows.nth(1)).to_contain_text("served")
    await rows.nth(2).get_by_role("link").click()
    await console.get_by_text("What would change of what is served now").click()
    await expect(console.get_by_text("loses function price runs as system")).to_be_visible()
    await console.get_by_role("button", name="Roll back to").click()
    await console.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    await expect(console.get_by_role("status")).to_contain_text("is served.")
    assert price_of_rye(server) == before


async def test_a_draft_is_given_up(console: Page, owner: AdminClient) -> None:
    """After a question that can be answered with no."""
    owner.of_app("POST", "/drafts")
    edit_price(owner, "exports = () => 1;\n")
    await visit(console, owner, "/deployments", "Deployments")
    await console.get_by_role("button", name="Give up").click()
    await console.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(console.get_by_role("heading", name="Draft by ada")).to_be_visible()

    await console.get_by_role("button", name="Give up").click()
    await console.get_by_role("dialog").get_by_role("button", name="Give it up").click()
    await expect(console.get_by_role("status")).to_contain_text("The draft is given up.")
    assert owner.of_app("GET", "/drafts").json == []


async def test_a_deployment_shows_what_it_changed(console: Page, owner: AdminClient) -> None:
    """The first one brought every file, and says what the app may do since."""
    first = owner.of_app("GET", "/deployments?limit=1000").json[-1]
    await visit(console, owner, f"/deployments/{first['_id']}", "Deployment 1")

    await expect(console.get_by_text("function report names the host weather.example")).to_be_visible()
    await expect(console.get_by_role("region", name="Changes of functions/order.js")).to_contain_text(
        "+const MOST = 24;"
    )
    await expect(heading(console, "Deployment 1")).to_be_focused()
