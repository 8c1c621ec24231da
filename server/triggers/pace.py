"""When a runner looks at the queue: at once for what is new, but for several places that are freed only once."""

from __future__ import annotations

import asyncio
from typing import Final

GATHERING: Final = 0.008
"""Seconds after which places that were freed are filled again, however few they are."""
WORTHWHILE: Final = 12
"""Freed places that are filled at once. More of them share a write, while the other places keep the sandboxes busy."""


class Pace:
    """Wakes a runner; a write for each single run would cost more than the run."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._freed = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """The runner looks now: what happens from here on is for its next look."""
        self._woken.clear()
        self._freed = 0
        self._stop_timer()

    def wake(self) -> None:
        """Have the runner look at once."""
        self._woken.set()

    def free(self, *, at_once: bool) -> None:
        """A run has ended: have the runner look when enough have, or soon."""
        self._freed += 1
        if at_once or self._freed >= WORTHWHILE:
            self._woken.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHERING, self._woken.set)

    async def wait(self, seconds: float) -> None:
        """Until the runner is to look again, so many seconds at most."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
        finally:
            self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
