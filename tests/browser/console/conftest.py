"""A server of the app `bakery`, administrators of several roles, and pages of the console."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import ConsoleMessage, Locator, Page, expect

from tests.admin.conftest import PASSWORD, AdminClient, log_in, vestibule
from tests.conformance.http_client import Http
from tests.conformance.server_process import ServerProcess, serve

BAKERY = Path(__file__).parent / "bakery"
ADMINISTRATORS = {"ada": "owner", "rhea": "read-only", "sam": "support"}


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of the bakery, whose administrators have a role each."""
    with serve_bakery(tmp_path_factory.mktemp("console")) as process:
        yield process


@pytest.fixture(scope="package")
def owner(server: ServerProcess) -> AdminClient:
    """Ada, by the Admin API, working on the bakery."""
    return working_on(server, "bakery")


@contextmanager
def serve_bakery(data_dir: Path) -> Iterator[ServerProcess]:
    """The bakery, served from this data until the end."""
    for name, role in ADMINISTRATORS.items():
        assert vestibule(data_dir, "admins", "add", name, "--role", role, text=PASSWORD).returncode == 0
    with serve(data_dir, [BAKERY], {"VESTIBULE_WORKERS": "1"}) as process:
        yield process


def working_on(server: ServerProcess, name: str) -> AdminClient:
    """Ada, by the Admin API, working on an app."""
    client = log_in(server, "ada")
    group = client.ask("GET", "/auth/profile").json["roles"][0]["group_id"]
    (app,) = [app for app in client.ask("GET", f"/groups/{group}/apps").json if app["name"] == name]
    return AdminClient(client.http, client.token, f"/groups/{group}/apps/{app['_id']}", name)


@pytest_asyncio.fixture(loop_scope="session")
async def quiet_page(page: Page) -> AsyncIterator[Page]:
    """A page that must neither fail nor break its own policy: its console stays empty, but for refused requests."""
    told: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            told.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: told.append(str(error)))
    yield page
    assert told == []


@pytest_asyncio.fixture(loop_scope="session")
async def console(quiet_page: Page, server: ServerProcess) -> Page:
    """The console with Ada signed in, at the list of apps."""
    await sign_in(quiet_page, server, "ada")
    return quiet_page


async def sign_in(page: Page, server: ServerProcess, name: str) -> None:
    """Sign in by the form."""
    await page.goto(f"{server.url}/console")
    await page.get_by_label("Username").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(heading(page, "Apps")).to_be_visible()


async def visit(page: Page, app: AdminClient, path: str, title: str) -> None:
    """Go to a place of the app."""
    await page.evaluate("hash => { location.hash = hash; }", f"#/apps/{app.app.rpartition('/')[2]}{path}")
    await expect(heading(page, title)).to_be_visible()


def heading(page: Page, name: str) -> Locator:
    """The heading of the view."""
    return page.get_by_role("heading", name=name, exact=True, level=1)


def users_of(server: ServerProcess) -> Http:
    """The bakery as its users see it."""
    return Http(url=server.url, app_id="bakery")


def log_in_user(server: ServerProcess, name: str) -> dict[str, str]:
    """A user who knows the word of the day: id and tokens."""
    body: dict[str, str] = users_of(server).log_in({"name": name, "word": "sourdough"}).json
    return body
