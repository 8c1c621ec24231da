"""The places for runs in the workers: who waits for one, and who must never wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runtime.errors import QueueFull

OUTER_SHARE = 0.75
"""Share of the places for runs that no other run waits for; the rest is for those that they call."""


class Places:
    """So many places for runs, at most `queue` waiting. Nested runs get one of theirs at once or are refused.

    A nested run's parent keeps its own place: if nested runs waited, parents in all places would wait for ever.
    """

    def __init__(self, places: int, queue: int) -> None:
        outer = max(1, int(places * OUTER_SHARE))
        self._outer = asyncio.Semaphore(outer)
        self._nested = asyncio.Semaphore(places - outer)
        self._queue = queue
        self._waiting = 0

    @asynccontextmanager
    async def outer(self) -> AsyncIterator[None]:
        """A place for a run that no other run waits for. Raises QueueFull."""
        if self._outer.locked() and self._waiting >= self._queue:
            raise QueueFull(f"more than {self._queue} calls are waiting")
        self._waiting += 1
        try:
            await self._outer.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._outer.release()

    @asynccontextmanager
    async def nested(self) -> AsyncIterator[None]:
        """A place for a run that another run waits for. Raises QueueFull where none is free."""
        if self._nested.locked():
            raise QueueFull("too many functions wait for functions that they called")
        async with self._nested:
            yield
