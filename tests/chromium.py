"""Debian's chromium, headless, driven by Playwright: the browser of the tests that look at pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
NO_CHROMIUM: Final = "no browser: install Debian's `chromium`; nobody looked at the pages that the server shows"
PATIENCE_MS: Final = 60_000
"""Milliseconds after which what a page must show is taken not to come."""
OPTIONS: Final = (
    "--no-sandbox",  # tests also run as root, where Chromium's own sandbox does not start
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> Path | None:
    """The program on the path; None where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def is_demanded() -> bool:
    """Whether tests fail without a browser instead of being skipped: where `CI` says so."""
    return os.environ.get("CI", "") == "true"


@asynccontextmanager
async def running_chromium(program: Path) -> AsyncIterator[Browser]:
    """One headless browser until the end; each test opens a context of its own in it, with its own storage."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=OPTIONS, timeout=PATIENCE_MS)
        try:
            yield browser
        finally:
            await browser.close()
