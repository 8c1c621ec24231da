"""What calls of functions cost, added up: how many, how many failed, how long they took, how much memory they held."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from server.records import LogEntry

STEP_SECONDS = 10
"""Seconds whose calls are added up."""
CLASSES_AN_OCTAVE = 4
"""Classes of duration between one and twice as long: a quantile is off by a tenth at most."""
_SHORTEST = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFigures:
    """Calls that were answered or failed; memory in bytes, of the runs that came to a sandbox (`latencies`)."""

    calls: int = 0
    errors: int = 0
    memory_sum: int = 0
    memory_most: int = 0
    latencies: Mapping[int, int] = field(default_factory=dict)
    """How many runs by class of duration."""

    @property
    def memory_mean(self) -> float:
        """Bytes that a run held at its end; 0 where none ran."""
        runs = sum(self.latencies.values())
        return self.memory_sum / runs if runs else 0.0

    def quantile(self, share: float) -> float:
        """Seconds within which this share of the runs ended; 0 where none ran."""
        wanted, seen = share * sum(self.latencies.values()), 0
        for class_, count in sorted(self.latencies.items()):
            seen += count
            if seen >= wanted:
                return _seconds(class_)
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFigures:
    """The figures of one function, of the step that begins at `started_at`."""

    function_name: str
    started_at: datetime
    figures: CallFigures


def figures_of(entry: LogEntry) -> CallFigures:
    """Those of one run."""
    failed = int(entry.error is not None)
    if entry.stats is None:
        return CallFigures(calls=1, errors=failed)
    memory = entry.stats.memory
    latencies = {class_of(entry.stats.wall_time): 1}
    return CallFigures(calls=1, errors=failed, memory_sum=memory, memory_most=memory, latencies=latencies)


def total(figures: Iterable[CallFigures]) -> CallFigures:
    """All of them together, in one pass."""
    calls = errors = memory_sum = memory_most = 0
    latencies: dict[int, int] = {}
    for one in figures:
        calls += one.calls
        errors += one.errors
        memory_sum += one.memory_sum
        memory_most = max(memory_most, one.memory_most)
        for class_, count in one.latencies.items():
            latencies[class_] = latencies.get(class_, 0) + count
    return CallFigures(
        calls=calls, errors=errors, memory_sum=memory_sum, memory_most=memory_most, latencies=latencies
    )  # fmt: skip


def class_of(seconds: float) -> int:
    """The class that a duration falls into."""
    return math.floor(math.log2(max(seconds, _SHORTEST)) * CLASSES_AN_OCTAVE)


def _seconds(class_: int) -> float:
    """The middle of a class."""
    return float(2 ** ((class_ + 0.5) / CLASSES_AN_OCTAVE))
