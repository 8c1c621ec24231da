"""Durations of one thing done many times, and what is said of them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

PERCENTILE = 0.99


@dataclass(frozen=True, slots=True)
class Samples:
    """Durations in seconds, in ascending order."""

    durations: tuple[float, ...]

    @classmethod
    def of(cls, durations: Sequence[float]) -> Samples:
        """From durations in any order, at least one."""
        return cls(tuple(sorted(durations)))

    @property
    def median(self) -> float:
        """The middle duration, in seconds."""
        return self.durations[len(self.durations) // 2]

    @property
    def slow(self) -> float:
        """The duration that 99% do not exceed, in seconds."""
        return self.durations[min(len(self.durations) - 1, int(len(self.durations) * PERCENTILE))]


def measure(action: Callable[[], object], *, count: int, warm_up: int = 0) -> Samples:
    """Do it `count` times, after a warm-up that is not counted."""
    durations = []
    for _ in range(warm_up + count):
        started = time.perf_counter()
        action()
        durations.append(time.perf_counter() - started)
    return Samples.of(durations[warm_up:])


async def measure_async(action: Callable[[], Awaitable[object]], *, count: int, warm_up: int = 0) -> Samples:
    """Do it `count` times one after the other, after a warm-up that is not counted."""
    durations = []
    for _ in range(warm_up + count):
        started = time.perf_counter()
        await action()
        durations.append(time.perf_counter() - started)
    return Samples.of(durations[warm_up:])
