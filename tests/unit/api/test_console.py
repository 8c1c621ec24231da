"""The console's files: who gets them, and what a browser lets them do."""

from __future__ import annotations

from http import HTTPStatus
from types import SimpleNamespace
from typing import cast

import pytest
import quart.typing

from server.api.application import make_application
from server.api.services import Services
from server.settings import Settings

BASE = "https://login.example"


def client(*, console: bool = True) -> quart.typing.TestClientProtocol:
    """The routes, over nothing but settings."""
    settings = Settings(console=console, base_url=BASE)
    registry = SimpleNamespace(find=lambda app_id: None)
    return make_application(cast("Services", SimpleNamespace(settings=settings, registry=registry))).test_client()


async def test_the_page_may_do_little() -> None:
    """A strict policy forbids all but our own files and this server; no cache keeps the page; nothing is inline."""
    page = await client().get("/console")
    policy = set(page.headers["Content-Security-Policy"].split("; "))
    body = await page.get_data(as_text=True)

    assert (page.status_code, page.headers["Cache-Control"]) == (HTTPStatus.OK, "no-store")
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} <= policy
    assert "require-trusted-types-for 'script'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in body
    assert "style=" not in body


async def test_files_are_sent_once() -> None:
    """They are asked for each time and sent if they changed, under the same policy, each as what it is."""
    asked = client()
    script, library = await asked.get("/console/main.js"), await asked.get("/console/library/lit-html.js")
    again = await asked.get("/console/main.js", headers={"If-None-Match": script.headers["ETag"]})

    assert (script.status_code, library.status_code, again.status_code) == (200, 200, HTTPStatus.NOT_MODIFIED)
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert script.headers["Cache-Control"] == "no-cache"
    assert "default-src 'none'" in script.headers["Content-Security-Policy"]
    assert await again.get_data() == b""


@pytest.mark.parametrize(
    "path", ["package.json", "../settings.py", "%2e%2e/settings.py", "build_console.py", "none.js", "page/main.js"]
)
async def test_nothing_else_is_served(path: str) -> None:
    """Neither what lies beside the page nor what lies above it."""
    assert (await client().get(f"/console/{path}")).status_code == HTTPStatus.NOT_FOUND


async def test_links_lead_into_the_page() -> None:
    """The link of an error leads to the log of its request; what is no request id is left out."""
    app, request = "a" * 24, "b" * 24
    linked = await client().get(f"/groups/g/apps/{app}/logs?co_id={request}")
    described = await client().get(f"/groups/g/apps/{app}/dashboard")
    hostile = await client().get("/groups/g/apps/a%22%23b/logs?co_id=%22%3E%3Cscript%3E")

    assert linked.headers["Location"] == f"{BASE}/console#/apps/{app}/logs?co_id={request}"
    assert described.headers["Location"] == f"{BASE}/console#/apps/{app}"
    assert hostile.headers["Location"] == f"{BASE}/console#/apps/a%22%23b/logs"
    assert (await client().get("/console/")).headers["Location"] == f"{BASE}/console"


@pytest.mark.parametrize("path", ["/console", "/console/", "/console/main.js", "/groups/g/apps/a/logs"])
async def test_the_console_can_be_switched_off(path: str) -> None:
    """Then there is nothing of it."""
    assert (await client(console=False).get(path)).status_code == HTTPStatus.NOT_FOUND
