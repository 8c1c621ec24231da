"""Waiting for the next write of a document file: of this process at once, of others soon."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

SECONDS: Final = 0.1
"""How long the writes of other processes go unnoticed."""


class ChangeTail:
    """Knows the newest write; looks for newer ones only while somebody waits, and once for all who do."""

    def __init__(self, read_last: Callable[[], Awaitable[int]]) -> None:
        self._read_last = read_last
        self._last = 0
        self._written = asyncio.Event()
        self._look: asyncio.Task[None] | None = None

    def nudge(self) -> None:
        """Say that something was written."""
        self._written.set()

    async def beyond(self, number: int) -> None:
        """Wait until there is a write above the number."""
        while self._last <= number:
            if self._look is None or self._look.done():
                self._look = asyncio.create_task(self._wait_and_look())
            await asyncio.shield(self._look)

    async def stop(self) -> None:
        """Look no more; who waits is cancelled."""
        if self._look is not None:
            self._look.cancel()
            await asyncio.gather(self._look, return_exceptions=True)

    async def _wait_and_look(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._written.wait(), SECONDS)
        self._written.clear()
        self._last = await self._read_last()
