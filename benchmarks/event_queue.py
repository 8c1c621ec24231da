"""The trigger queue: events a second, from cause to start, and whether a long backlog slows it down."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from benchmarks.report import Aim, Row, Table
from benchmarks.samples import Samples
from benchmarks.server_process import ROOT, memory_of
from server.app import open_server
from server.cli.deploying import deploy_folders
from server.events import EventKind, QueuedEvent, TriggerEvent
from server.settings import Settings
from server.store import Store, open_store
from server.triggers.attempts import Handle
from server.triggers.runner import TriggerRunner

APP = ROOT / "benchmarks" / "apps" / "plain_login"
APP_ID = "plainlogin"
FUNCTION = "sum"
LEAST_PER_SECOND = 1500.0
MOST_MILLISECONDS = 50.0
MOST_SLOWER = 1.2
MOST_MEGABYTES = 64.0
AT_ONCE = 5000
SHORT_BACKLOG = 10_000
PAUSE = 0.03
"""Seconds between two causes at light load."""


async def measure_event_queue(directory: Path, *, events: int, causes: int, backlog: int) -> list[Table]:
    """Run trivial functions, then nothing at all, from the queue."""
    for name in ("delays", "backlog"):
        await asyncio.to_thread((directory / name).mkdir, parents=True)
    return [await _functions(directory / "functions", events, causes), await _backlog(directory / "backlog", backlog)]


async def _functions(directory: Path, events: int, causes: int) -> Table:
    settings = Settings(data_dir=directory)
    async with open_server(settings, workers=os.cpu_count() or 1, secrets={}) as server:
        services = server.services
        store = services.calls.store
        await deploy_folders([APP], services.deployer)
        await _drain(store, services.wake_triggers, _events(200))
        per_second = events / await _drain(store, services.wake_triggers, _events(events))
        done = [await _drain(store, services.wake_triggers, _events(1)) for _ in range(causes)]
    started = await _delays(directory.parent / "delays", causes)
    rows = (
        Row(name="trivial functions, events a second", figures=(per_second, None, None)),
        Row(name="from cause to start of the run", figures=(None, started.median * 1e3, started.slow * 1e3)),
        Row(name="from cause to end of the function", figures=(None, Samples.of(done).median * 1e3, None)),
    )
    return Table(
        title=f"The trigger queue, {os.cpu_count()} cores", columns=("per second", "median ms", "99% ms"), rows=rows,
        aims=(
            Aim(name="events a second", figure=per_second, limit=LEAST_PER_SECOND),
            Aim(name="cause to start, median ms", figure=started.median * 1e3, limit=MOST_MILLISECONDS, at_most=True),
        ),
    )  # fmt: skip


async def _delays(directory: Path, causes: int) -> Samples:
    """From before an event is written to when its run begins, one at a time."""
    delays: list[float] = []
    caused_at = 0.0

    async def note(_: QueuedEvent) -> None:
        delays.append(perf_counter() - caused_at)

    async with _queue(directory, note) as (store, runner):
        for number in range(causes):
            await asyncio.sleep(PAUSE)
            caused_at = perf_counter()
            await store.add_events(_events(1))
            runner.wake()
            while len(delays) <= number:  # noqa: ASYNC110 - an event would share the loop with what is measured
                await asyncio.sleep(0.0005)
    return Samples.of(delays)


async def _backlog(directory: Path, backlog: int) -> Table:
    """The rate at which a short backlog is drained, and then a long one, in pieces of the same length."""
    runs = _Runs()
    rates: list[float] = []
    before = most = 0
    for count in (SHORT_BACKLOG, SHORT_BACKLOG, backlog):
        async with open_store(directory / "identity.sqlite") as store:
            for start in range(0, count, AT_ONCE):
                await store.add_events(_events(min(AT_ONCE, count - start)))
        before = most = memory_of(os.getpid()).resident
        async with _queue(directory, runs.run):
            for _ in range(count // SHORT_BACKLOG):
                rates.append(await runs.rate(SHORT_BACKLOG))
                most = max(most, memory_of(os.getpid()).resident)
    short, *long = rates[1:]  # the first warms up
    return _drained(short, sorted(long), (most - before) / 1e6)


def _drained(short: float, long: list[float], grown: float) -> Table:
    middle, slow = long[len(long) // 2], long[len(long) // 10]
    backlog = len(long) * SHORT_BACKLOG
    rows = (
        Row(name=f"backlog of {SHORT_BACKLOG:,}", figures=(short, 1.0, None)),
        Row(name=f"backlog of {backlog:,}, median", figures=(middle, short / middle, grown)),
        Row(name=f"backlog of {backlog:,}, slowest tenth", figures=(slow, short / slow, None)),
    )
    return Table(
        title="Draining the trigger queue, runs that do nothing", columns=("per second", "x slower", "MB grown"),
        rows=rows,
        aims=(
            Aim(name="short / long backlog, rate", figure=short / middle, limit=MOST_SLOWER, at_most=True),
            Aim(name="memory grown, MB", figure=grown, limit=MOST_MEGABYTES, at_most=True),
        ),
    )  # fmt: skip


class _Runs:
    """Counts runs that do nothing."""

    def __init__(self) -> None:
        self.begun = 0
        self._counted = 0

    async def run(self, _: QueuedEvent) -> None:
        self.begun += 1

    async def rate(self, events: int) -> float:
        """Events a second, over the next so many of all."""
        started, before = perf_counter(), self.begun
        self._counted += events
        while self.begun < self._counted:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.002)
        return (self.begun - before) / (perf_counter() - started)


@asynccontextmanager
async def _queue(directory: Path, handle: Handle) -> AsyncIterator[tuple[Store, TriggerRunner]]:
    handlers = dict.fromkeys(EventKind, handle)
    async with (
        open_store(directory / "identity.sqlite") as store,
        TriggerRunner(store, handlers, lambda: (APP_ID,)) as runner,
    ):
        yield store, runner


async def _drain(store: Store, wake: Callable[[], None], events: list[TriggerEvent]) -> float:
    """Seconds from before the events are written until none is left."""
    started = perf_counter()
    await store.add_events(events)
    wake()
    while await store.waiting_events_of(APP_ID, most=1):  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.001)
    return perf_counter() - started


_numbers: Iterator[int] = itertools.count()


def _events(count: int) -> list[TriggerEvent]:
    now = datetime.now(UTC)
    return [
        TriggerEvent(
            id=f"{next(_numbers):012}", app_id=APP_ID, kind=EventKind.AUTHENTICATION, trigger_name="t",
            function_name=FUNCTION, arguments=(1, 2), created_at=now,
        )
        for _ in range(count)
    ]  # fmt: skip
