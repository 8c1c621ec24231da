"""The places for runs in the workers: who waits for one, and who must never wait."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

from runtime.errors import QueueFull

OUTER_SHARE = 0.75
"""Share of the places for runs that no other run waits for; the rest is for those that they call."""


class _Share(ABC):
    """So many of the places; held as an async context, by any number of runs at once."""

    def __init__(self, places: int) -> None:
        self._free = asyncio.Semaphore(places)

    async def __aenter__(self) -> None:
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._free.release()

    @abstractmethod
    async def _wait(self) -> None:
        """Get a place where none is free. Raises QueueFull."""


class _Outer(_Share):
    def __init__(self, places: int, queue: int) -> None:
        super().__init__(places)
        self._queue = queue
        self._waiting = 0

    async def _wait(self) -> None:
        if self._waiting >= self._queue:
            raise QueueFull(f"more than {self._queue} calls are waiting")
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1


class _Nested(_Share):
    async def _wait(self) -> None:
        raise QueueFull("too many functions wait for functions that they called")


class Places:
    """So many places for runs, at most `queue` waiting. Nested runs get one of theirs at once or are refused.

    A nested run's parent keeps its own place: if nested runs waited, parents in all places would wait for ever.
    `outer` is a place for a run that no other run waits for, `nested` for one that another does; both raise QueueFull.
    """

    def __init__(self, places: int, queue: int) -> None:
        outer = max(1, int(places * OUTER_SHARE))
        self.outer = _Outer(outer, queue)
        self.nested = _Nested(places - outer)
