"""When a run that went wrong is tried again; pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from server.events import QueuedEvent

MOST_INTERRUPTIONS: Final = 20
"""How often a run may be begun and not ended, by kills and full queues, before it is given up as harmful."""
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=0.2), timedelta(minutes=1)
"""Waits after an interruption."""
_MOST_DOUBLINGS: Final = 16


def after_failure(queued: QueuedEvent, now: datetime, chance: Callable[[], float]) -> datetime | None:
    """When the event is tried again after its run failed once more; None: never. `chance` is in [0, 1)."""
    retry = queued.event.retry
    if queued.failures + 1 >= retry.attempts:
        return None
    at = now + _pause(queued.failures, retry.first_delay, retry.longest_delay, chance)
    return at if at < queued.give_up_at else None


def after_interruption(queued: QueuedEvent, now: datetime, chance: Callable[[], float]) -> datetime:
    """When the event is tried again after its run was cut off."""
    return now + _pause(interruptions(queued) - 1, SHORTEST_PAUSE, LONGEST_PAUSE, chance)


def interruptions(queued: QueuedEvent) -> int:
    """How many of the event's runs were begun and neither succeeded nor failed, the one under way included."""
    return queued.attempts - queued.failures


def _pause(before: int, first: timedelta, longest: timedelta, chance: Callable[[], float]) -> timedelta:
    """Doubles with each time before, up to the longest; of that between a half and all, so that crowds disperse."""
    doublings = min(max(before, 0), _MOST_DOUBLINGS)
    return min(first * (1 << doublings), longest) * (0.5 + chance() / 2)
