"""Texts that others wrote: whatever they contain, they are text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.admin.conftest import AdminClient
from tests.browser.console.conftest import visit
from tests.conformance.http_client import Http

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKUP = "<img src=x onerror=\"window.taken='yes'\"><script>window.taken='yes'</script>{{7*7}}${7*7}</textarea>"
SOURCE = f"""// {MARKUP}
exports = (payload) => {{
    console.log({MARKUP!r});
    if (payload && payload.name) {{ return {{ id: {MARKUP!r}, name: {MARKUP!r} }}; }}
    throw new Error({MARKUP!r});
}};
"""


@pytest.fixture
def hostile(owner: AdminClient) -> Iterator[AdminClient]:
    """An app whose author, users and errors say nothing but markup."""
    client = owner.new_app("hostile")
    assert client.of_app("POST", "/functions", {"name": "evil", "source": SOURCE}).status == 201
    provider = {"name": "custom-function", "type": "custom-function", "config": {"authFunctionName": "evil"}}
    assert client.of_app("POST", "/auth_providers", provider).status == 201
    trigger = {
        "name": "onLogin", "type": "AUTHENTICATION", "function_name": "evil", "disabled": False,
        "config": {"operation_type": "LOGIN", "providers": ["custom-function"]},
    }  # fmt: skip
    assert client.of_app("POST", "/triggers", trigger).status == 201
    yield client
    assert client.of_app("DELETE").status == 204


async def test_markup_is_shown_as_text(console: Page, hostile: AdminClient) -> None:
    """In source, logs, errors, names, data of users, differences and dead letters: seen as written, and never run."""
    users = Http(url=hostile.http.url, app_id=hostile.app_id)
    body = {"name": "eve", "options": {"device": {"deviceId": "a" * 24, "platform": MARKUP}}}
    user = users.log_in(body).json["user_id"]
    (function,) = hostile.of_app("GET", "/functions").json
    deployment = hostile.of_app("GET", "/deployments").json[-2]["_id"]
    await visit(console, hostile, f"/functions/{function['_id']}", "evil")
    await expect(console.get_by_role("region", name="Source of evil")).to_contain_text(MARKUP)
    await console.get_by_role("button", name="Run", exact=True).click()
    await expect(console.locator(".outcome pre").last).to_contain_text(MARKUP)
    for path, title in (
        (f"/users/{user}", MARKUP),
        ("/users", "Users"),
        ("/triggers", "Triggers"),
        ("/logs", "Logs"),
        (f"/deployments/{deployment}", "Deployment 2"),
    ):
        await visit(console, hostile, path, title)
        await expect(console.locator("main")).to_contain_text("<script>window.taken='yes'</script>")

    assert await console.evaluate(
        "[window.taken ?? null, document.querySelectorAll('main img, main script').length]"
    ) == [
        None,
        0,
    ]
