"""What all tests share: a real mongod where the package that carries it is installed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mongod import PACKAGE, Mongod, find_mongod, running_mongod

ABSENT = f"no mongod: {PACKAGE} is not installed or does not run here; only recorded answers judge the documents"
ABSENT_ASKED = pytest.StashKey[bool]()


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
        request.config.stash[ABSENT_ASKED] = True
        pytest.skip(ABSENT)
    return binary


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the tests that kill go on."""
    parser.addoption("--kills", type=int, default=3, metavar="N", help="how often a server under load is killed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly that a peer was missing."""
    if config.stash.get(ABSENT_ASKED, False):
        terminalreporter.section("a judge was missing", sep="!", red=True, bold=True)
        terminalreporter.line(ABSENT, red=True, bold=True)
