"""Runs whose end is awaited by a moment each: one timer looks after all of them, since most end long before."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

INTERVAL = 0.25
"""Seconds between two looks, by which a run may be noticed late."""


class Overdue:
    """Who is to be told when a run has not ended in time."""

    def __init__(self) -> None:
        self._awaited: dict[int, tuple[float, Callable[[], None]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def expect(self, run: int, by: float, otherwise: Callable[[], None]) -> None:
        """Await the run's end until `by` (monotonic seconds); call `otherwise` unless it is forgotten before."""
        self._awaited[run] = by, otherwise
        if self._timer is None:
            self._look_later()

    def forget(self, run: int) -> None:
        """The run has ended."""
        self._awaited.pop(run, None)

    def _look_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(INTERVAL, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._awaited:
            return
        self._look_later()  # first, so that whoever fails to be told keeps nobody else from it
        now = time.monotonic()
        for run in [run for run, (by, _) in self._awaited.items() if by <= now]:
            if (awaited := self._awaited.pop(run, None)) is not None:
                _, otherwise = awaited
                otherwise()
