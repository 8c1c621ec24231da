"""Figures of calls add up, and their quantiles are near the truth."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from runtime.messages import Stats
from server.call_figures import CallFigures, figures_of, total
from server.records import LogEntry

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def entry(seconds: float | None, *, error: str | None = None, memory: int = 0) -> LogEntry:
    """The entry of a run that took so long; None: of one that never came to a sandbox."""
    return LogEntry(
        id="0", app_id="app", type="FUNCTION", function_name="f", user_id=None, error=error, error_code=None,
        messages=(), started_at=NOW, completed_at=NOW,
        stats=None if seconds is None else Stats(wall_time=seconds, memory=memory),
    )  # fmt: skip


def test_runs_and_refusals_count() -> None:
    """A refused call counts as an error and says nothing of time and memory."""
    figures = total(
        [
            figures_of(entry(0.5, memory=100)),
            figures_of(entry(0.5, memory=300, error="no")),
            figures_of(entry(None, error="busy")),
        ]
    )

    assert (figures.calls, figures.errors, figures.memory_most, figures.memory_mean) == (3, 2, 300, 200)


def test_nothing_has_no_quantile() -> None:
    """Where nothing ran there is nothing to tell."""
    assert (CallFigures().quantile(0.5), CallFigures().memory_mean) == (0, 0)


@given(st.lists(st.floats(min_value=1e-5, max_value=300), min_size=1, max_size=50), st.sampled_from([0.5, 0.95, 1.0]))
def test_quantiles_are_off_by_a_tenth_at_most(durations: list[float], share: float) -> None:
    """A quantile is that of the durations themselves, but for the width of a class."""
    figures = total(figures_of(entry(seconds)) for seconds in durations)
    exact = sorted(durations)[max(0, -(-int(share * 100 * len(durations)) // 100) - 1)]

    assert exact / 1.1 <= figures.quantile(share) <= exact * 1.1
