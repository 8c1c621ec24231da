"""The time, and whether somebody has set the clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

NOTICED: Final = timedelta(seconds=1)
"""A clock that goes wrong by less is only adjusted."""


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The time of day, aware; somebody may set it."""

    def elapsed(self) -> float:
        """Seconds since some moment; nobody can set it."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()


class ClockWatch:
    """Notices that the clock was set back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = self._measure()

    def set_back(self) -> timedelta | None:
        """By how much the clock was set back since the last look; None where it was not."""
        before, self._offset = self._offset, self._measure()
        by = timedelta(seconds=before - self._offset)
        return by if by > NOTICED else None

    def _measure(self) -> float:
        return self._clock.now().timestamp() - self._clock.elapsed()
