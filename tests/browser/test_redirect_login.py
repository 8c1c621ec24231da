"""The redirect flow in a real browser: realm-web's bundle in a page, a window that opens, a real OpenID provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.site import site
from tests.conformance.federated_app import WELL_KNOWN, oauth, write_app
from tests.conformance.identity_provider import CLIENT_SECRET, oidc_provider
from tests.conformance.server_process import serve

pytestmark = pytest.mark.asyncio(loop_scope="session")

CALLBACK = "/api/client/v2.0/auth/callback"


@dataclass(frozen=True, slots=True)
class Sites:
    """A server of the app `federated`, and the address of its page with another site's name and with the same."""

    server: str
    page: str
    same_site_page: str


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Server, page and providers, all on loopback."""
    folder = tmp_path_factory.mktemp("browsers")
    secrets = folder / "secrets.json"
    secrets.write_text(json.dumps({"clientSecret": CLIENT_SECRET}))
    settings = {"VESTIBULE_WORKERS": "1", "VESTIBULE_ALLOWED_HOSTS": "127.0.0.1"}
    with site() as port, oidc_provider("http://127.0.0.1/callback", asks=True) as issuer:
        app = write_browser_app(folder / "app", port, issuer)
        with serve(folder / "data", [app], settings, secrets=secrets) as server:
            query = f"/?server={quote(server.url)}"
            yield Sites(server.url, f"http://localhost:{port}{query}", f"http://127.0.0.1:{port}{query}")


def write_browser_app(folder: Path, port: int, issuer: str) -> Path:
    """An app whose page is at the port, under both names of the machine."""
    pages = [f"http://{host}:{port}/after-login" for host in ("localhost", "127.0.0.1")]
    facebook = f"http://127.0.0.1:{port}"
    configs: dict[str, dict[str, object]] = {
        "oauth2-google": {"openId": True, "discoveryURL": issuer + WELL_KNOWN},
        "oauth2-apple": {"discoveryURL": issuer + WELL_KNOWN},
        "oauth2-facebook": {"graphURL": facebook, "dialogURL": f"{facebook}/dialog"},
        "oauth2-oidc": {"discoveryURL": issuer + WELL_KNOWN},
    }
    providers = {name: oauth(config) | {"redirect_uris": pages} for name, config in configs.items()}
    return write_app(folder, "federated", providers | {"anon-user": {}})


async def shown(page: Page) -> Any:
    """What the page says, once it says something."""
    output = page.locator("output")
    await expect(output).not_to_be_empty()
    return json.loads(await output.inner_text())


async def press(page: Page, button: str) -> Any:
    """What the page says after a button that opens no window."""
    await page.get_by_role("button", name=button).click()
    return await shown(page)


async def window_of(page: Page, button: str) -> Page:
    """The window that a button opens."""
    async with page.expect_popup() as opening:
        await page.get_by_role("button", name=button).click()
    return await opening.value


async def say_who(window: Page, name: str) -> None:
    """Log in at the provider."""
    await window.get_by_label("Name").fill(name)
    await window.get_by_role("button", name="Continue").click()


@pytest.mark.parametrize("provider", ["oidc", "google", "apple"])
async def test_page_logs_in_by_a_window(page: Page, sites: Sites, provider: str) -> None:
    """Who says at the provider who they are is logged in on the page, also after it is loaded again, until log-out."""
    await page.goto(sites.page)
    window = await window_of(page, f"Log in by {provider}")
    await say_who(window, f"ada-by-{provider}")
    user = await shown(page)
    await page.reload()
    again = await press(page, "Who am I")

    assert window.is_closed()
    assert user["identities"] == [f"oauth2-{provider}"]
    assert user["profile"]["email"] == f"ada-by-{provider}@example.org"
    assert again == user
    assert await press(page, "Log out") is None


async def test_page_logs_in_by_facebook(page: Page, sites: Sites) -> None:
    """The same where there is no ID token, and the provider asks nothing."""
    await page.goto(sites.page)
    await window_of(page, "Log in by facebook")
    user = await shown(page)

    assert (user["identities"], user["profile"]) == (["oauth2-facebook"], {"name": "Ada Lovelace"})


async def test_page_links_by_a_window(page: Page, sites: Sites) -> None:
    """An anonymous user gets an identity of the provider, and stays the same user."""
    await page.goto(sites.same_site_page)
    anonymous = await press(page, "Log in by anonymous")
    await say_who(await window_of(page, "Link oidc"), "linker")
    linked = await shown(page)
    known = await press(page, "Who am I")

    assert linked["id"] == known["id"] == anonymous["id"]
    assert known["identities"] == ["anon-user", "oauth2-oidc"]
    assert known["profile"] == {"name": "Name of linker", "email": "linker@example.org"}


async def test_refusal_at_the_provider_leaves_the_page_logged_out(page: Page, sites: Sites) -> None:
    """Who says no comes back, and the page is told."""
    await page.goto(sites.page)
    window = await window_of(page, "Log in by oidc")
    await window.get_by_role("button", name="Cancel").click()

    assert "error" in await shown(page)
    assert await press(page, "Who am I") is None


async def test_closed_window_is_told(page: Page, sites: Sites) -> None:
    """Who closes the window instead is not waited for."""
    await page.goto(sites.page)
    window = await window_of(page, "Log in by oidc")
    await window.close()

    assert await shown(page) == {"error": "Window closed"}


async def test_stolen_way_back_is_worth_nothing(page: Page, sites: Sites, chromium: Browser) -> None:
    """An address to come back to that was taken from one browser opens no session in another, nor a second time."""
    await page.goto(sites.page)
    window = await window_of(page, "Log in by oidc")
    taken: list[str] = []
    window.on("request", lambda request: taken.append(request.url) if CALLBACK in request.url else None)
    await say_who(window, "robbed")
    user = await shown(page)
    thief = await chromium.new_page()
    answers = [await one.goto(taken[0]) for one in (thief, page)]
    await thief.close()

    assert user["profile"]["name"] == "Name of robbed"
    assert [answer and answer.status for answer in answers] == [400, 400]


async def test_nothing_of_a_flow_is_left(page: Page, sites: Sites) -> None:
    """What binds a flow to its browser is out of scripts' reach, and gone after it."""
    await page.goto(sites.same_site_page)
    window = await window_of(page, "Log in by oidc")
    await expect(window.get_by_label("Name")).to_be_visible()
    during = await flow_cookies(page, sites)
    read_by_scripts = await page.evaluate("document.cookie")
    await say_who(window, "ada")
    await shown(page)

    assert [(cookie["httpOnly"], cookie["path"]) for cookie in during] == [(True, CALLBACK)]
    assert "vestibule" not in read_by_scripts
    assert await flow_cookies(page, sites) == []


async def flow_cookies(page: Page, sites: Sites) -> list[Any]:
    """The cookies that the browser would send to where flows come back."""
    found = await page.context.cookies(sites.server + CALLBACK)
    return [cookie for cookie in found if cookie["name"].startswith("vestibule-oauth")]


async def test_page_that_is_not_listed_gets_no_window(page: Page, sites: Sites) -> None:
    """The window shows a refusal, and nothing leads on to a page that the app does not list."""
    path = "/api/client/v2.0/app/federated/auth/providers/oauth2-oidc/login"
    answer = await page.goto(f"{sites.server}{path}?redirect={quote('https://evil.example/')}&state=abc")

    assert answer is not None
    assert answer.status == 400
    assert page.url.startswith(sites.server)
