"""Figures as plots show them: even steps up to now, and each function's total."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from server.admin.figures import show_figures
from server.call_figures import CallFigures, FunctionFigures

END = datetime(2026, 3, 4, 12, 0, 7, tzinfo=UTC)


def one(name: str, seconds_ago: int, calls: int) -> FunctionFigures:
    """Calls of a function so long before the last whole step."""
    started_at = END.replace(second=0) - timedelta(seconds=seconds_ago)
    return FunctionFigures(function_name=name, started_at=started_at, figures=CallFigures(calls=calls, errors=1))


def test_steps_without_calls_are_there() -> None:
    """A span of 15 minutes has 90 steps, the last of which is under way; what came earlier is left out."""
    found = [one("a", 0, 2), one("b", 0, 3), one("a", 30, 4), one("a", 900, 9)]
    shown: dict[str, Any] = show_figures(found, end=END, minutes=15)
    steps = shown["steps"]

    assert (shown["step_seconds"], len(steps)) == (10, 90)
    assert [(step["calls"], step["errors"]) for step in steps[-4:]] == [(4, 1), (0, 0), (0, 0), (5, 2)]
    assert steps[-1]["at"] == END.replace(second=0).timestamp()
    assert [function["calls"] for function in shown["functions"]] == [6, 3]
    assert shown["total"]["calls"] == 9


def test_an_hour_has_longer_steps() -> None:
    """As many steps as fit, each of whole tens of seconds."""
    shown: dict[str, Any] = show_figures([one("a", 70, 2)], end=END, minutes=60)

    assert (shown["step_seconds"], len(shown["steps"])) == (40, 90)
    assert sum(step["calls"] for step in shown["steps"]) == 2
