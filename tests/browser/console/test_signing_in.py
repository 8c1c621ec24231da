"""Signing in to the console, and out."""

from __future__ import annotations

import html
from http import HTTPStatus

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.admin.conftest import PASSWORD, AdminClient, vestibule
from tests.browser.console.conftest import heading, sign_in, visit
from tests.conformance.http_client import Http
from tests.conformance.server_process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_wrong_password_is_told(quiet_page: Page, server: ServerProcess) -> None:
    """In words of its own, beside the field, which is then empty and has the focus."""
    page = quiet_page
    await page.goto(f"{server.url}/console")
    await page.get_by_label("Username").fill("ada")
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("button", name="Sign in").click()

    await expect(page.get_by_role("alert").filter(has_text="Username or password is wrong.")).to_be_visible()
    await expect(page.get_by_label("Password")).to_be_focused()
    await expect(page.get_by_label("Password")).to_have_value("")
    await expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")


async def test_a_session_survives_a_reload_and_ends(console: Page, server: ServerProcess) -> None:
    """The tab keeps it; signing out ends it on the server as well, and leaves no token behind."""
    await console.reload()
    await expect(heading(console, "Apps")).to_be_visible()
    token = await console.evaluate("sessionStorage.getItem('vestibule.refresh_token')")
    await console.get_by_role("button", name="Sign out").click()
    await expect(heading(console, "Sign in to Vestibule")).to_be_visible()

    assert await console.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [0, 0, ""]
    http = Http(url=server.url, app_id="")
    answer = http.send("POST", "/api/admin/v3.0/auth/session", b"", {"Authorization": f"Bearer {token}"})
    assert answer.status == HTTPStatus.UNAUTHORIZED


async def test_an_ended_session_leads_to_the_form(page: Page, server: ServerProcess, owner: AdminClient) -> None:
    """And says so; whoever signs in again is where they were."""
    assert vestibule(server.data_dir, "admins", "add", "temporary", text=PASSWORD).returncode == 0
    await sign_in(page, server, "temporary")
    assert vestibule(server.data_dir, "admins", "remove", "temporary").returncode == 0
    await page.get_by_role("link", name="bakery").click()

    await expect(page.get_by_role("status")).to_contain_text("Your session has ended")
    await page.get_by_label("Username").fill("ada")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(heading(page, "bakery")).to_be_visible()


@pytest_asyncio.fixture(loop_scope="session")
async def refusal(server: ServerProcess) -> str:
    """The link of the error that a client got, who had ordered too much."""
    http = Http(url=server.url, app_id="bakery")
    token = http.log_in({}, "anon-user").json["access_token"]
    http.call(token, "order", [["rye", 1]])
    refusal = http.call(token, "order", [["rye", 100]])
    assert refusal.status == HTTPStatus.BAD_REQUEST
    link: str = refusal.json["link"]
    return link


async def shows_the_refusal(page: Page) -> None:
    """The log, of the one request that was refused."""
    await expect(heading(page, "Logs")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="at most 24 of rye, not 100")
    await expect(row.first).to_be_visible()
    await expect(page.get_by_role("row")).to_have_count(2)


async def test_the_way_an_error_links_leads_to_its_log(console: Page, refusal: str) -> None:
    """The link of a client's error opens the log entries of its request."""
    await console.goto(refusal)
    await shows_the_refusal(console)


async def test_the_link_of_an_error_leads_through_the_sign_in(quiet_page: Page, refusal: str) -> None:
    """Who is not signed in yet signs in, and is where the link leads."""
    page = quiet_page
    await page.set_content(f'<a href="{html.escape(refusal)}">what went wrong</a>')
    await page.get_by_role("link", name="what went wrong").click()
    await expect(heading(page, "Sign in to Vestibule")).to_be_visible()
    await page.get_by_label("Username").fill("ada")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await shows_the_refusal(page)


async def test_unknown_places_are_told(console: Page, owner: AdminClient) -> None:
    """An address that leads nowhere says so, and the way back."""
    await console.evaluate("location.hash = '#/apps/nothing'")
    await expect(heading(console, "Not found")).to_be_visible()
    await visit(console, owner, "/users/0123456789abcdef01234567", "User")
    await expect(console.get_by_role("alert")).to_contain_text("user not found")
