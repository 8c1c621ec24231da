"""Sandboxes for hostile guests, a host that notes what it is asked, and the count at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from runtime.messages import HostError
from runtime.supervisor import Sandboxes, open_sandboxes

HELD = pytest.StashKey[list[str]]()


@dataclass(slots=True)
class WatchedHost:
    """Offers `http` and nothing else, and keeps the names of what it is asked."""

    asked: set[str] = field(default_factory=set)

    async def answer(self, operation: str, arguments: bytes) -> bytes:
        """A status, or a refusal."""
        self.asked.add(operation)
        if operation != "http" or b"refuse" in arguments or b"system-only" in arguments:
            raise HostError("Error", "refused", "Refused")
        return b'{"status":"200 OK"}'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandboxes]:
    """One worker, so that each guest has the place and the process of those before it."""
    async with open_sandboxes(tmp_path_factory.mktemp("cache"), workers=1) as opened:
        yield opened


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is held yet."""
    config.stash[HELD] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many guests tried, and were held."""
    if held := config.stash.get(HELD, []):
        terminalreporter.write_line(f"escape corpus: {len(held)} guests held")
