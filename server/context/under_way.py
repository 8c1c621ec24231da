"""Counts things under way, and waits for the end of the last one."""

from __future__ import annotations

import asyncio
from types import TracebackType


class UnderWay:
    """A context manager around each of them; they may overlap."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def __enter__(self) -> None:
        self._count += 1
        self._idle.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._count -= 1
        if not self._count:
            self._idle.set()

    async def ended(self) -> None:
        """Until none is under way. Those that have only been made into tasks by now are begun first."""
        await asyncio.sleep(0)
        await self._idle.wait()
