"""Log entries: newest first, and only those asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from runtime.messages import Stats
from server.records import LogEntry
from server.store import LogFilter, Store
from server.store.log_query import page_query

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
        (LogFilter(failed=True), "2"),
        (LogFilter(failed=False), "10"),
        (LogFilter(error="N"), "2"),
        (LogFilter(error="badrequest"), "2"),
        (LogFilter(error="%"), ""),
        (LogFilter(function_name="greet"), "210"),
        (LogFilter(function_name="greet", failed=False, types=("ENDPOINT",)), "1"),
        (LogFilter(types=("ENDPOINT", "FUNCTION", "ENDPOINT")), "210"),
        (LogFilter(co_id=""), ""),
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
    end = START + timedelta(seconds=2)
    removed = [await logs.trim_logs("app", before=end, most_bytes=1 << 40, batch=1) for _ in range(3)]
    assert removed == [1, 1, 0]
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


async def test_followers_miss_nothing_and_see_nothing_twice(logs: Store) -> None:
    """Entries come in the order they were kept, however long ago their runs began, page after page."""
    page = await logs.page_logs("app", limit=1)
    late = [replace(ENTRY, id=f"late {number}", started_at=START - timedelta(hours=number)) for number in range(5)]
    await logs.add_logs(late[:3])
    await logs.add_logs([replace(ENTRY, id="elsewhere", app_id="other")])
    await logs.add_logs(late[3:])

    seen, after = [], page.last
    for _ in range(4):
        followed = await logs.follow_logs("app", after=after, limit=2)
        seen += [entry.id for entry in followed.entries]
        after = followed.last
    assert seen == [entry.id for entry in late]
    assert (await logs.follow_logs("app", after=after)).entries == []


async def test_followers_go_on_after_everything_was_removed(logs: Store) -> None:
    """A number is never given again: what is kept after old entries went is not taken for known."""
    after = (await logs.page_logs("app")).last
    for app_id in ("app", "other"):
        await logs.trim_logs(app_id, before=START + timedelta(days=1), most_bytes=1 << 40, batch=100)
    await logs.add_logs([replace(ENTRY, id="new")])
    assert [entry.id for entry in (await logs.follow_logs("app", after=after)).entries] == ["new"]


async def test_followers_are_carried_past_what_they_do_not_want(logs: Store) -> None:
    """A filter that nothing meets does not make each look read everything again."""
    wanted = LogFilter(function_name="nothing")
    page = await logs.follow_logs("app", wanted, after=0)
    assert (page.entries, page.last) == ([], (await logs.page_logs("app")).last)


async def test_every_filter_has_an_index(logs: Store) -> None:
    """No question walks the whole table: each plan searches by an index that begins with the app."""
    filters = [
        LogFilter(), LogFilter(co_id="a"), LogFilter(user_id="ada"), LogFilter(function_name="f"),
        LogFilter(types=("AUTH", "FUNCTION")), LogFilter(failed=True), LogFilter(error="x"),
    ]  # fmt: skip
    for wanted in filters:
        statement, parameters = page_query("app", wanted, skip=0, limit=100)
        plan = await logs._database.read(f"EXPLAIN QUERY PLAN {statement}", *parameters)
        said = " ".join(str(row[-1]) for row in plan)
        assert "SCAN logs" not in said, said
        assert "SEARCH logs USING INDEX" in said, said
        assert "TEMP B-TREE" not in said or wanted.co_id, said


async def test_a_log_that_takes_too_much_loses_its_oldest_entries(logs: Store) -> None:
    """Until it takes no more than it may, and not one entry more; other apps' logs stay."""
    big = [
        replace(ENTRY, id=f"big {n}", started_at=START + timedelta(days=n), messages=("x" * 1000,)) for n in range(9)
    ]
    await logs.add_logs(big)
    while await logs.trim_logs("app", before=START - timedelta(days=1), most_bytes=5500, batch=2):
        pass
    assert [entry.id for entry in await logs.find_logs("app")] == ["big 8", "big 7", "big 6", "big 5"]
    assert len(await logs.find_logs("other")) == 1
    await logs.add_logs([replace(ENTRY, id="small", started_at=START + timedelta(days=10))])
    assert await logs.trim_logs("app", before=START, most_bytes=5600, batch=2) == 0
