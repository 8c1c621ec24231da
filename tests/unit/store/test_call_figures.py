"""What calls cost is added up with their log entries, by function and step of time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from runtime.messages import Stats
from server.records import LogEntry
from server.store import Store
from server.store.errors import StoreError

START = datetime(2026, 3, 4, tzinfo=UTC)
RUN = LogEntry(
    id="0", app_id="app", type="FUNCTION", function_name="greet", user_id=None, error=None, error_code=None,
    messages=(), started_at=START, completed_at=START, stats=Stats(wall_time=0.01, memory=1000),
)  # fmt: skip
SECOND = timedelta(seconds=1)


async def counts(store: Store, since: datetime = START) -> list[tuple[str, int, int, int]]:
    """Function, second of the step, calls and errors."""
    found = await store.call_figures("app", since=since)
    rows = [(one, int((one.started_at - START).total_seconds())) for one in found]
    return sorted((one.function_name, second, one.figures.calls, one.figures.errors) for one, second in rows)


async def test_runs_are_added_up(store: Store) -> None:
    """By app, function and step of ten seconds, whichever write they come with; entries of no function are none."""
    await store.add_logs([RUN, replace(RUN, id="1", started_at=START + 9 * SECOND, error="no")])
    await store.add_logs([replace(RUN, id="2"), replace(RUN, id="3", started_at=START + 10 * SECOND)])
    await store.add_logs([replace(RUN, id="4", function_name="other"), replace(RUN, id="5", app_id="second")])
    await store.add_logs([replace(RUN, id="6", function_name=None)])

    assert await counts(store) == [("greet", 0, 3, 1), ("greet", 10, 1, 0), ("other", 0, 1, 0)]
    assert await counts(store, START + 12 * SECOND) == [("greet", 10, 1, 0)]
    (figures,) = [one.figures for one in await store.call_figures("second", since=START)]
    assert (figures.memory_most, round(figures.quantile(0.5), 2)) == (1000, 0.01)


async def test_entries_that_are_not_kept_are_not_counted(store: Store) -> None:
    """Log entries and figures are one write."""
    await store.add_logs([RUN])
    with pytest.raises(StoreError):
        await store.add_logs([RUN, replace(RUN, id="1", type=cast("str", None))])

    assert await counts(store) == [("greet", 0, 1, 0)]


async def test_old_figures_are_forgotten(store: Store) -> None:
    """Those of steps that began before, of one app."""
    await store.add_logs([RUN, replace(RUN, id="1", started_at=START + 60 * SECOND)])

    assert await store.remove_call_figures("app", before=START + 60 * SECOND) == 1
    assert await counts(store) == [("greet", 60, 1, 0)]
