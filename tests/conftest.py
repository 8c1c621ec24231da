"""What all tests share: a real mongod, a real PostgreSQL and a real browser, where this machine has them."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from benchmarks.other_engines import NotMeasured
from benchmarks.postgresql import postgresql
from tests.chromium import NO_CHROMIUM, PATIENCE_MS, find_chromium, is_demanded, running_chromium
from tests.mongod import PACKAGE, Mongod, find_mongod, running_mongod

NO_MONGOD = f"no mongod: {PACKAGE} is not installed or does not run here; only recorded answers judge the documents"
ABSENT = pytest.StashKey[set[str]]()
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def mongod_uri(mongod_binary: Path) -> Iterator[str]:
    """Where a real mongod listens that all tests share."""
    with (
        tempfile.TemporaryDirectory(prefix="mongod-") as directory,
        running_mongod(mongod_binary, Path(directory)) as mongod,
    ):
        yield mongod.uri


@pytest.fixture
def mongod(mongod_binary: Path) -> Iterator[Mongod]:
    """A mongod of the test's own, to be killed."""
    with (
        tempfile.TemporaryDirectory(prefix="mongod-") as directory,
        running_mongod(mongod_binary, Path(directory)) as started,
    ):
        yield started


@pytest.fixture(scope="session")
def mongod_binary(request: pytest.FixtureRequest) -> Path:
    """The server's binary; the test is skipped, and the run says so at its end, where there is none."""
    binary = find_mongod()
    if binary is None:
        _skip(request.config, NO_MONGOD)
    return binary


@pytest.fixture(scope="session")
def postgresql_uri(request: pytest.FixtureRequest) -> Iterator[str]:
    """A PostgreSQL that all tests share; they are skipped, and the run says so at its end, where there is none."""
    with ExitStack() as stack:
        try:
            uri = stack.enter_context(postgresql())
        except NotMeasured as error:
            _skip(request.config, f"no PostgreSQL: {error}; only SQLite has run the queue's statements")
        yield uri


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """A headless browser for all tests, which say `pytestmark = pytest.mark.asyncio(loop_scope="session")`.

    Without one they are skipped, and the run says so at its end; where `CI` is `true` they fail.
    """
    program = find_chromium()
    if program is None and is_demanded():
        pytest.fail(NO_CHROMIUM)
    if program is None:
        _skip(request.config, NO_CHROMIUM)
    async with running_chromium(program) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A page of the test's own, with storage and cookies that nobody else has."""
    context = await chromium.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield await context.new_page()
    await context.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the tests that kill go on."""
    parser.addoption("--kills", type=int, default=3, metavar="N", help="how often a server under load is killed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly that a peer was missing."""
    absent = config.stash.get(ABSENT, set())
    if absent:
        terminalreporter.section("a judge was missing", sep="!", red=True, bold=True)
    for reason in sorted(absent):
        terminalreporter.line(reason, red=True, bold=True)


def _skip(config: pytest.Config, reason: str) -> NoReturn:
    config.stash.setdefault(ABSENT, set()).add(reason)
    pytest.skip(reason)
