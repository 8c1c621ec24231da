"""The authors' log with a million entries: how long each kind of question takes, and what keeping an entry costs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Final

from benchmarks.report import Aim, Row, Table
from benchmarks.samples import Samples
from runtime.messages import Stats
from server.records import LogEntry
from server.store import LogFilter, Store, open_store
from server.store.logs import LogPage

APP: Final = "app"
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
BATCH: Final = 200
MOST_MILLISECONDS: Final = 200.0
MOST_SLOWER: Final = 3.0
USERS, FUNCTIONS, ERRORS = 10_000, 50, 20
"""Users and functions that entries are of, in turn; every so many-th has an error."""
STACK: Final = "".join(f"\n    at step{depth} (functions/account/checks.js:{depth * 10 + 7}:11)" for depth in range(8))
"""What stands below an error's text: eight calls of the author's own."""
STATS: Final = Stats(wall_time=0.004, guest_time=0.001, memory=4_000_000, host_calls=2, log_lines=2)


async def measure_log_search(directory: Path, *, entries: int, count: int) -> list[Table]:
    """Fill a log, then ask it each kind of question `count` times."""
    await asyncio.to_thread(directory.mkdir, parents=True)
    async with open_store(directory / "identity.sqlite") as store:
        first, last = await _fill(store, entries)
        asked = [(name, await _samples(ask, count)) for name, ask in _questions(store, entries).items()]
    slowest = max(processor.median for _, (_, processor) in asked) * 1e3
    answers = Table(
        title=f"Questions to a log of {entries:,} entries", columns=("median ms", "99% ms", "processor ms"),
        rows=tuple(
            Row(name=name, figures=(found.median * 1e3, found.slow * 1e3, processor.median * 1e3))
            for name, (found, processor) in asked
        ),
        aims=(Aim(name="slowest question, processor ms", figure=slowest, limit=MOST_MILLISECONDS, at_most=True),),
    )  # fmt: skip
    kept = Table(
        title=f"Keeping log entries, {BATCH} at once", columns=("us an entry", "x"),
        rows=(
            Row(name="into an empty log", figures=(first * 1e6, 1.0)),
            Row(name=f"into one of {entries:,}", figures=(last * 1e6, last / first)),
        ),
        aims=(Aim(name="slower in a full log", figure=last / first, limit=MOST_SLOWER, at_most=True),),
    )  # fmt: skip
    return [answers, kept]


async def _fill(store: Store, entries: int) -> tuple[float, float]:
    """Seconds an entry took, the median of the first batches and of the last."""
    seconds = []
    for start in range(0, entries, BATCH):
        batch = [_entry(number) for number in range(start, min(start + BATCH, entries))]
        begun = perf_counter()
        await store.add_logs(batch)
        seconds.append((perf_counter() - begun) / len(batch))
    some = max(1, len(seconds) // 10)
    return Samples.of(seconds[:some]).median, Samples.of(seconds[-some:]).median


def _entry(number: int) -> LogEntry:
    moment = START + timedelta(seconds=number)
    failed = number % ERRORS == 0
    return LogEntry(
        id=f"{number:024x}", app_id=APP, type="AUTH" if number % 10 == 1 else "FUNCTION",
        function_name=None if number % 10 == 1 else f"function{number % FUNCTIONS}", user_id=f"user{number % USERS}",
        error=f"TypeError: cannot read property 'x{number}' of undefined{STACK}" if failed else None,
        error_code="FunctionExecutionError" if failed else None,
        messages=("looking for the account", f"found {number}"), started_at=moment, completed_at=moment,
        co_id=f"{number:024x}", stats=STATS,
    )  # fmt: skip


def _questions(store: Store, entries: int) -> dict[str, Callable[[], Awaitable[LogPage]]]:
    middle = START + timedelta(seconds=entries // 2)
    filters = {
        "the newest page": LogFilter(),
        "a page in the middle": LogFilter(end=middle),
        "of one request": LogFilter(co_id=f"{entries // 3:024x}"),
        "of one user": LogFilter(user_id="user77"),
        "of one function": LogFilter(function_name="function7"),
        "errors": LogFilter(failed=True),
        "errors of one function": LogFilter(failed=True, function_name="function20"),
        "errors of a function that has none": LogFilter(failed=True, function_name="function7"),
        "of two types, in the middle": LogFilter(types=("AUTH", "FUNCTION"), end=middle),
        "errors with a text that is rare": LogFilter(error=f"'x{entries // 40 * 20}'"),
        "errors with a text that none has": LogFilter(error="nowhere"),
    }
    asked = {name: _page(store, wanted) for name, wanted in filters.items()}
    return asked | {"what came after a cursor": lambda: store.follow_logs(APP, after=entries - 100)}


def _page(store: Store, wanted: LogFilter) -> Callable[[], Awaitable[LogPage]]:
    return lambda: store.page_logs(APP, wanted)


async def _samples(ask: Callable[[], Awaitable[LogPage]], count: int) -> tuple[Samples, Samples]:
    """Seconds until the answer, and of the processor's, all threads together."""
    durations, processor = [], []
    for _ in range(count):
        begun, used = perf_counter(), process_time()
        await ask()
        durations.append(perf_counter() - begun)
        processor.append(process_time() - used)
    return Samples.of(durations), Samples.of(processor)
