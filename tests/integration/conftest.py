"""Sandboxes for tests that do not ask how they are run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from runtime.supervisor import Sandboxes, open_sandboxes


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandboxes]:
    """One worker."""
    async with open_sandboxes(tmp_path_factory.mktemp("cache"), workers=1) as opened:
        yield opened
