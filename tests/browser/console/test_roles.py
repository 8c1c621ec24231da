"""Lesser roles in the console: nothing is offered that the server would refuse."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.admin.conftest import AdminClient
from tests.browser.console.conftest import heading, log_in_user, sign_in, visit
from tests.conformance.server_process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def sections(page: Page) -> list[str]:
    """The sections that are offered."""
    return await page.get_by_role("navigation").get_by_role("link").all_inner_texts()


async def test_a_reader_sees_no_button_that_would_be_refused(
    quiet_page: Page, server: ServerProcess, owner: AdminClient
) -> None:
    """No users, logs, dead letters; no run, no roll back, no deployment: only what reading shows."""
    page, refused = quiet_page, []
    page.on("response", lambda response: refused.append(response.url) if response.status == 403 else None)
    await sign_in(page, server, "rhea")
    await visit(page, owner, "", "bakery")
    assert await sections(page) == ["Overview", "Functions", "Deployments", "Triggers"]
    await visit(page, owner, "/functions", "Functions")
    await page.get_by_role("link", name="order").click()
    await expect(page.get_by_role("region", name="Source of order")).to_be_visible()
    await expect(page.get_by_role("button")).to_have_text(["Sign out"])
    await expect(page.get_by_role("heading", level=2)).to_have_text(["Source"])

    (first,) = owner.of_app("GET", "/deployments?limit=1000").json[-1:]
    await visit(page, owner, f"/deployments/{first['_id']}", "Deployment 1")
    await expect(page.get_by_role("button")).to_have_text(["Sign out"])
    await visit(page, owner, "/triggers", "Triggers")
    await expect(page.get_by_role("button")).to_have_text(["Sign out"])
    await expect(page.get_by_role("heading", level=2)).to_contain_text(["Queue"])
    assert refused == []


async def test_a_supporter_helps_users_and_runs_nothing(
    quiet_page: Page, server: ServerProcess, owner: AdminClient
) -> None:
    """Users and logs are there, dead letters can be read; functions cannot be run."""
    page, user = quiet_page, log_in_user(server, "barbara")
    await sign_in(page, server, "sam")
    await visit(page, owner, f"/users/{user['user_id']}", "barbara")
    assert await sections(page) == ["Overview", "Functions", "Deployments", "Users", "Triggers", "Logs"]
    await expect(page.get_by_role("button", name="Disable")).to_be_visible()
    await visit(page, owner, "/functions", "Functions")
    await page.get_by_role("link", name="order").click()
    await expect(heading(page, "order")).to_be_visible()
    await expect(page.get_by_role("button", name="Run")).to_have_count(0)
    await visit(page, owner, "/triggers", "Triggers")
    await expect(page.get_by_role("heading", name="Dead letters")).to_be_visible()
    await expect(page.get_by_role("button", name="Run again")).to_have_count(0)
