"""Triggers in the console: where they stand, what is owed, and dead letters."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.admin.conftest import AdminClient, in_time
from tests.browser.console.conftest import heading, log_in_user, visit
from tests.conformance.server_process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")


def open_shop(owner: AdminClient, *, is_open: bool) -> None:
    """From then on the login trigger's function works, or fails."""
    (value,) = owner.of_app("GET", "/values").json
    body = {"name": "isOpen", "value": is_open, "private": False}
    assert owner.of_app("PUT", f"/values/{value['_id']}", body).status == 200


def given_up(server: ServerProcess, owner: AdminClient, name: str) -> dict[str, str]:
    """A user whose login's event was given up."""
    user = log_in_user(server, name)
    in_time(lambda: [one for one in owner.of_app("GET", "/dead_events").json if user["user_id"] in one["error"]])
    return user


async def test_a_dead_letter_is_run_again(console: Page, server: ServerProcess, owner: AdminClient) -> None:
    """It shows why it failed and with what; run again once the cause is mended, it is gone, and its run in the log."""
    user = given_up(server, owner, "grace")
    await visit(console, owner, "/triggers", "Triggers")
    await expect(console.get_by_role("table", name="Triggers")).to_contain_text("scheduled")
    row = console.get_by_role("table", name="Dead letters").get_by_role("row").filter(has_text=user["user_id"])
    await row.get_by_role("link").click()
    await expect(heading(console, "Dead letter")).to_be_visible()
    await expect(console.get_by_text(f"the shop is closed: {user['user_id']} was not greeted")).to_be_visible()
    await expect(console.get_by_role("heading", name="Arguments")).to_be_visible()

    open_shop(owner, is_open=True)
    try:
        await console.get_by_role("button", name="Run again").click()
        await expect(console.get_by_role("status")).to_contain_text("The event is run again.")
        await expect(heading(console, "Triggers")).to_be_visible()
        await expect(row).to_have_count(0)
        await visit(console, owner, "/logs", "Logs")
        await expect(console.get_by_text(f"welcome, {user['user_id']}").first).to_be_attached()
    finally:
        open_shop(owner, is_open=False)


async def test_a_dead_letter_is_forgotten(console: Page, server: ServerProcess, owner: AdminClient) -> None:
    """After a question, and the page goes back to those that are left."""
    user = given_up(server, owner, "edsger")
    await visit(console, owner, "/triggers", "Triggers")
    row = console.get_by_role("table", name="Dead letters").get_by_role("row").filter(has_text=user["user_id"])
    await row.get_by_role("link").click()
    await console.get_by_role("button", name="Forget").click()
    await console.get_by_role("dialog").get_by_role("button", name="Forget it").click()

    await expect(console.get_by_role("status")).to_contain_text("The event is forgotten.")
    await expect(row).to_have_count(0)
