"""What the server counts and measures of function calls, for Prometheus."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, Summary, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from runtime.messages import Outcome

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable of the directory in which several processes count together; the library reads it."""
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)
_BY_FUNCTION = ("app", "function")
MOST_FUNCTIONS = 10_000
"""Functions whose series this process holds at hand."""

CALLS = Counter("vestibule_calls", "Function calls that ended, by outcome", (*_BY_FUNCTION, "outcome"))
REFUSED = Counter(
    "vestibule_calls_refused", "Function calls that were not made, by error code", (*_BY_FUNCTION, "code")
)
WALL_TIME = Histogram("vestibule_call_seconds", "From start to end of a call", _BY_FUNCTION, buckets=_SECONDS)
GUEST_TIME = Histogram("vestibule_guest_seconds", "Processor time in the sandbox", _BY_FUNCTION, buckets=_SECONDS)
MEMORY = Summary("vestibule_memory_bytes", "Linear memory of a call at its end", _BY_FUNCTION)
PAGES = Summary("vestibule_pages_written", "Pages of 4 kB that a call wrote, of calls measured", _BY_FUNCTION)
HOST_CALLS = Counter("vestibule_host_calls", "What functions asked of the server", _BY_FUNCTION)
LOG_LINES = Counter("vestibule_log_lines", "Console lines of functions", _BY_FUNCTION)
UNDER_WAY = Gauge("vestibule_calls_under_way", "Function calls under way", ("app",), multiprocess_mode="livesum")

_OF_FUNCTIONS = (CALLS, REFUSED, WALL_TIME, GUEST_TIME, MEMORY, PAGES, HOST_CALLS, LOG_LINES)
_counted: dict[str, set[str]] = {}
"""The functions that have series in this process, by app."""

FunctionsOf: TypeAlias = Callable[[str], Collection[str] | None]
"""The functions of an app that is served; None of one that is not."""


@dataclass(frozen=True, slots=True)
class _Series:
    """The series of one function, looked up once."""

    ended: Counter
    wall_time: Histogram
    guest_time: Histogram
    memory: Summary
    pages: Summary
    host_calls: Counter
    log_lines: Counter


@lru_cache(maxsize=MOST_FUNCTIONS)
def _series(app_id: str, function: str) -> _Series:
    names = (app_id, function)
    _counted.setdefault(app_id, set()).add(function)
    return _Series(
        ended=CALLS.labels(*names, "ok"),
        wall_time=WALL_TIME.labels(*names),
        guest_time=GUEST_TIME.labels(*names),
        memory=MEMORY.labels(*names),
        pages=PAGES.labels(*names),
        host_calls=HOST_CALLS.labels(*names),
        log_lines=LOG_LINES.labels(*names),
    )


def count_call(app_id: str, function: str, outcome: Outcome) -> None:
    """A call has ended."""
    series, stats = _series(app_id, function), outcome.stats
    if outcome.error is None:
        series.ended.inc()
    else:
        CALLS.labels(app_id, function, outcome.error.kind.value).inc()
    series.wall_time.observe(stats.wall_time)
    series.guest_time.observe(stats.guest_time)
    series.memory.observe(stats.memory)
    if stats.pages_written is not None:
        series.pages.observe(stats.pages_written)
    if stats.host_calls:
        series.host_calls.inc(stats.host_calls)
    if stats.log_lines:
        series.log_lines.inc(stats.log_lines)


def count_refusal(app_id: str, function: str, code: str) -> None:
    """A call was not made."""
    _counted.setdefault(app_id, set()).add(function)
    REFUSED.labels(app_id, function, code).inc()


def under_way(app_id: str) -> AbstractContextManager[object]:
    """A call of the app is under way within this block."""
    return UNDER_WAY.labels(app_id).track_inprogress()


def forget_process(process_id: int, directory: Path) -> None:
    """A process that counted in the directory has ended: what it had under way is no more."""
    mark_process_dead(process_id, str(directory))  # type: ignore[no-untyped-call]


def forget_unserved(functions_of: FunctionsOf) -> None:
    """Let go of the series of what is served no more: authors name apps and functions, as many as they like."""
    if DIRECTORY in os.environ:  # there a series is a place in a file, and is left out where it is shown
        return
    for app_id, counted in list(_counted.items()):
        served = functions_of(app_id)
        gone = counted.difference(served or ())
        for function in gone:
            for metric in _OF_FUNCTIONS:
                metric.remove_by_labels({"app": app_id, "function": function})
        if gone:
            _series.cache_clear()
        counted.difference_update(gone)
        if served is None:
            del _counted[app_id]
            UNDER_WAY.remove_by_labels({"app": app_id})


def exposition(functions_of: FunctionsOf) -> bytes:
    """The series of what is served in Prometheus' text format, of all processes that count together."""
    if DIRECTORY not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    registry.register(_Served(functions_of))
    return generate_latest(registry)


@dataclass(frozen=True, slots=True)
class _Served(Collector):
    """What all processes counted of the functions that are served."""

    functions_of: FunctionsOf

    def collect(self) -> Iterator[Metric]:
        """The metrics (prometheus_client's Collector)."""
        for metric in MultiProcessCollector(None).collect():  # type: ignore[no-untyped-call]
            metric.samples = [sample for sample in metric.samples if self._is_served(sample.labels)]
            yield metric

    def _is_served(self, labels: dict[str, str]) -> bool:
        served = self.functions_of(labels.get("app", ""))
        return served is not None and ("function" not in labels or labels["function"] in served)
