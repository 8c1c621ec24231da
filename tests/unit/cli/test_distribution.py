"""What is said of many durations."""

from __future__ import annotations

from server.cli.distribution import Distribution


def test_percentiles_are_of_the_nearest_rank() -> None:
    """Of a hundred durations in any order."""
    found = Distribution.of(map(float, reversed(range(1, 101))))
    assert found == Distribution(least=1, median=51, p90=91, p99=100, largest=100)


def test_one_duration_is_all_of_them() -> None:
    """Nothing is invented where there is only one."""
    assert set(Distribution.of([0.12345]).rounded().values()) == {0.123}
