"""Counts things under way, and waits for the end of the last one."""

from __future__ import annotations

import asyncio
from types import TracebackType


class UnderWay:
    """A context manager around each of them; they may overlap."""

    def __init__(self) -> None:
        self._count = 0
        self._idle: asyncio.Event | None = None

    def __enter__(self) -> None:
        self._count += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._count -= 1
        if not self._count and self._idle is not None:
            self._idle.set()
            self._idle = None

    async def ended(self) -> None:
        """Until none is under way. Those that have only been made into tasks by now are begun first."""
        await asyncio.sleep(0)
        while self._count:
            self._idle = self._idle or asyncio.Event()
            await self._idle.wait()
