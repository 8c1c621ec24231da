"""What is said of many durations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Least and largest duration, and those that this share of all does not exceed."""

    least: float
    median: float
    p90: float
    p99: float
    largest: float

    @classmethod
    def of(cls, durations: Iterable[float]) -> Self:
        """From durations in any order, at least one (nearest rank)."""
        ranked = sorted(durations)
        last = len(ranked) - 1
        median, p90, p99 = (ranked[min(last, int(len(ranked) * share))] for share in (0.5, 0.9, 0.99))
        return cls(least=ranked[0], median=median, p90=p90, p99=p99, largest=ranked[last])

    def rounded(self) -> dict[str, float]:
        """By name, to a thousandth."""
        return {name: round(value, 3) for name, value in asdict(self).items()}
