"""The browser itself: found, started, and each page of it alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.chromium import NO_CHROMIUM

ON_ONE_LOOP = pytest.mark.asyncio(loop_scope="session")
ROOT = Path(__file__).resolve().parents[2]
PAGE = "data:text/html,<title>A page</title><main><h1>Hello</h1></main>"


@ON_ONE_LOOP
async def test_page_shows_what_it_is_given(page: Page) -> None:
    """A page is shown, and read by role and name."""
    await page.goto(PAGE)

    await expect(page).to_have_title("A page")
    await expect(page.get_by_role("heading", name="Hello")).to_be_visible()


@ON_ONE_LOOP
async def test_tests_have_contexts_of_their_own(page: Page, chromium: Browser) -> None:
    """Cookies of one test's page are not seen by another's."""
    await page.context.add_cookies([{"name": "a", "value": "1", "url": "http://a.example"}])
    other = await chromium.new_context()

    assert await other.cookies() == []
    await other.close()


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_absent_browser_is_told(tmp_path: Path, ci: str, status: int) -> None:
    """Without a browser tests fail where they are demanded; elsewhere they are skipped, and the end says so."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", __file__, "-k", "shows_what"]
    environment = {**os.environ, "PATH": str(tmp_path), "CI": ci}

    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)

    assert ended.returncode == status, ended.stdout
    assert NO_CHROMIUM in ended.stdout
