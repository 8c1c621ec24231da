"""Log entries: newest first, and only those asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from runtime.messages import Stats
from server.records import LogEntry
from server.store import LogFilter, Store

START = datetime(2026, 3, 4, tzinfo=UTC)
ENTRY = LogEntry(
    id="0",
    app_id="app",
    type="FUNCTION",
    function_name="greet",
    user_id="ada",
    error=None,
    error_code=None,
    messages=("one", "two \u2028 \0"),
    started_at=START,
    completed_at=START + timedelta(milliseconds=5),
)


@pytest.fixture
async def logs(store: Store) -> Store:
    """Four entries, each a second younger than the one before; the last is another app's."""
    second = timedelta(seconds=1)
    await store.add_logs([ENTRY])
    await store.add_logs([replace(ENTRY, id="1", started_at=START + second, user_id=None, type="ENDPOINT")])
    await store.add_logs([replace(ENTRY, id="2", started_at=START + 2 * second, error="no", error_code="BadRequest")])
    await store.add_logs([replace(ENTRY, id="3", started_at=START + 3 * second, app_id="other")])
    return store


async def test_entry_is_found_as_written(logs: Store) -> None:
    """Every field survives."""
    assert await logs.find_logs("app", skip=2) == [ENTRY]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (LogFilter(), "210"),
        (LogFilter(user_id="ada"), "20"),
        (LogFilter(types=("ENDPOINT", "AUTH")), "1"),
        (LogFilter(types=()), ""),
        (LogFilter(errors_only=True), "2"),
        (LogFilter(start=START + timedelta(seconds=1)), "21"),
        (LogFilter(end=START + timedelta(seconds=1)), "10"),
        (LogFilter(user_id="ada", types=("FUNCTION",), end=START), "0"),
    ],
)
async def test_filters_apply_together(logs: Store, wanted: LogFilter, ids: str) -> None:
    """Newest first, those that meet all conditions."""
    assert [entry.id for entry in await logs.find_logs("app", wanted)] == list(ids)


async def test_pages_follow_one_another(logs: Store) -> None:
    """Skipping a page gives the next."""
    assert [entry.id for entry in await logs.find_logs("app", limit=2)] == ["2", "1"]
    assert [entry.id for entry in await logs.find_logs("app", skip=2, limit=2)] == ["0"]


async def test_old_entries_are_removed(logs: Store) -> None:
    """Removing takes what began before, of one app."""
    assert await logs.remove_logs("app", before=START + timedelta(seconds=2)) == 2
    assert [entry.id for entry in await logs.find_logs("app")] == ["2"]
    assert [entry.id for entry in await logs.find_logs("other")] == ["3"]


async def test_entries_of_one_request_are_found(store: Store) -> None:
    """By the id that the error's link carries; what the runs used is kept with them."""
    used = Stats(wall_time=0.5, guest_time=0.25, memory=65536, host_calls=3, log_lines=2, pages_written=33)
    entries = [replace(ENTRY, id=str(number), co_id="a" if number else "b", stats=used) for number in range(3)]
    await store.add_logs(entries)
    found = await store.find_logs("app", LogFilter(co_id="a"))
    assert found == [entries[2], entries[1]]
    assert await store.find_logs("app", LogFilter(co_id="c")) == []
