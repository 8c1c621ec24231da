"""The table of limits."""

from __future__ import annotations

from runtime.limits import AppLimits, BuildLimits, Limits, rows


def test_limits_are_lowered_never_raised() -> None:
    """What an app asks for counts where it is less than the server gives."""
    own = Limits(wall_time=10, memory=100)
    assert own.within({"wall_time": 5, "memory": 200, "concurrent_calls": 1}) == Limits(wall_time=5, memory=100)
    assert own.within({}) is own


def test_every_limit_has_a_unit_and_a_source() -> None:
    """No limit without its unit, and where its default comes from."""
    listed = [row for table in (Limits, AppLimits, BuildLimits) for row in rows(table)]
    assert all(row.unit in {"seconds", "bytes", "calls", "lines"} for row in listed)
    assert {row.source for row in listed} == {"contract 4.5", "own"}
    assert all(row.default > 0 for row in listed)
