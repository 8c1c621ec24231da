"""What all tests share: a real mongod where the package that carries it is installed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mongod import PACKAGE, find_mongod, running_mongod

ABSENT = f"no mongod: {PACKAGE} is not installed or does not run here; only recorded answers judge the documents"
ABSENT_ASKED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def mongod_uri(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a real mongod listens; the test is skipped, and the run says so at its end, where there is none."""
    binary = find_mongod()
    if binary is None:
        request.config.stash[ABSENT_ASKED] = True
        pytest.skip(ABSENT)
    with tempfile.TemporaryDirectory(prefix="mongod-") as directory, running_mongod(binary, Path(directory)) as uri:
        yield uri


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly that a peer was missing."""
    if config.stash.get(ABSENT_ASKED, False):
        terminalreporter.section("a judge was missing", sep="!", red=True, bold=True)
        terminalreporter.line(ABSENT, red=True, bold=True)
