"""Users in the console: who they are, their sessions, and keeping them out."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from playwright.async_api import Page, expect

from tests.admin.conftest import AdminClient
from tests.browser.console.conftest import heading, log_in_user, users_of, visit
from tests.conformance.http_client import bearer
from tests.conformance.server_process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")


def refreshes(server: ServerProcess, user: dict[str, str]) -> bool:
    """Whether the user's session goes on."""
    answer = users_of(server).ask("POST", "/auth/session", headers=bearer(user["refresh_token"]))
    return answer.status == HTTPStatus.CREATED


async def test_a_user_is_disabled_and_enabled(console: Page, server: ServerProcess, owner: AdminClient) -> None:
    """After a question: sessions end, a login is refused, until the user is enabled again."""
    user = log_in_user(server, "katherine")
    await visit(console, owner, f"/users/{user['user_id']}", "katherine")
    await expect(console.get_by_role("table", name="Identities")).to_contain_text("custom-function")
    await console.get_by_role("button", name="Disable").click()
    await console.get_by_role("dialog").get_by_role("button", name="Disable").click()
    await expect(console.get_by_role("status")).to_contain_text("The user is disabled.")
    await expect(console.get_by_text("No session is open.")).to_be_visible()
    assert not refreshes(server, user)
    assert "user_id" not in log_in_user(server, "katherine")

    await console.get_by_role("button", name="Enable").click()
    await expect(console.get_by_role("status")).to_contain_text("The user is enabled.")
    assert log_in_user(server, "katherine")["user_id"] == user["user_id"]


async def test_sessions_are_ended(console: Page, server: ServerProcess, owner: AdminClient) -> None:
    """One, or all of them after a question."""
    sessions = [log_in_user(server, "mary") for _ in range(3)]
    await visit(console, owner, f"/users/{sessions[0]['user_id']}", "mary")
    rows = console.get_by_role("table", name="Sessions").get_by_role("row")
    await expect(rows).to_have_count(4)
    await rows.nth(1).get_by_role("button", name="End the session").click()
    await expect(rows).to_have_count(3)
    assert [refreshes(server, one) for one in sessions].count(True) == 2

    await console.get_by_role("button", name="End all sessions").click()
    await console.get_by_role("dialog").get_by_role("button", name="End all").click()
    await expect(console.get_by_text("No session is open.")).to_be_visible()
    assert not any(refreshes(server, one) for one in sessions)


async def test_users_are_found(console: Page, server: ServerProcess, owner: AdminClient) -> None:
    """By id, by state, and page by page."""
    user = log_in_user(server, "rosalind")
    for number in range(51):
        log_in_user(server, f"guest {number}")
    await visit(console, owner, "/users", "Users")
    rows = console.get_by_role("table", name="Users").get_by_role("row")
    await expect(rows).to_have_count(51)
    await console.get_by_role("button", name="Next").click()
    await expect(console.get_by_role("status")).to_contain_text("Page 2")
    await console.get_by_role("button", name="Back").click()
    await expect(rows).to_have_count(51)
    await console.get_by_label("State").select_option("disabled")
    await expect(console.get_by_text("There is no such user.")).to_be_visible()

    await console.get_by_label("User ID").fill(user["user_id"])
    await console.get_by_role("button", name="Open").click()
    await expect(heading(console, "rosalind")).to_be_visible()
