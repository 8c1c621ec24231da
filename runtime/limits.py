"""Every limit in one table: its default, unit and source, and the error that a caller gets who reaches it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self, cast

from runtime.errors import ErrorKind

MEGABYTE = 1024 * 1024


def _limit(default: float, unit: str, source: str, kind: ErrorKind | None) -> Any:
    """A field of the tables below; no kind: what exceeds it is cut off, or refused before anything runs."""
    return field(default=default, metadata={"unit": unit, "source": source, "kind": kind})


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow:
    """A limit as the reference shows it."""

    name: str
    default: float
    unit: str
    source: str
    kind: ErrorKind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one run. A limit that is reached ends the run with an error that names it."""

    wall_time: float = _limit(300.0, "seconds", "contract 4.5", ErrorKind.WALL_TIME)
    """From start to settlement, waiting included."""
    cpu_time: float = _limit(60.0, "seconds", "own", ErrorKind.CPU_TIME)
    """Of a processor's time inside the guest, and in what the worker computes for it."""
    memory: int = _limit(350 * MEGABYTE, "bytes", "contract 4.5", ErrorKind.MEMORY)
    """Of linear memory, the image included."""
    stack: int = _limit(768 * 1024, "bytes", "own", ErrorKind.STACK)
    """Of the engine's stack; of the 1 MB that the engine's linear memory keeps for it."""
    result: int = _limit(18 * MEGABYTE, "bytes", "contract 4.5", ErrorKind.RESULT)
    """Of the returned value as Extended JSON."""
    log_lines: int = _limit(1000, "lines", "own", None)
    """Of console output kept of a run; contract 4.5 shows 25 of them to the author."""
    log_bytes: int = _limit(64 * 1024, "bytes", "own", None)
    """Of console output kept of a run."""
    host_calls: int = _limit(100_000, "calls", "own", ErrorKind.HOST_CALLS)
    """Host calls of a run, in all."""
    parallel_host_calls: int = _limit(1000, "calls", "contract 4.5", ErrorKind.PARALLEL_HOST_CALLS)
    """Host calls waiting at once."""
    host_call_bytes: int = _limit(18 * MEGABYTE, "bytes", "contract 4.5", None)
    """Of one host call's arguments, and of one answer; beyond, that host call is rejected."""
    host_bytes: int = _limit(512 * MEGABYTE, "bytes", "own", ErrorKind.HOST_BYTES)
    """Of the arguments and answers of all host calls of a run together."""
    later_calls: int = _limit(1000, "calls", "own", None)
    """Of `context.after` in a run and those that it leads to; beyond, that host call is rejected."""
    later_bytes: int = _limit(18 * MEGABYTE, "bytes", "own", None)
    """Of the arguments of all of them together; beyond, that host call is rejected."""
    nesting: int = _limit(16, "calls", "own", ErrorKind.NESTING)
    """Of functions that call each other through the host."""

    def within(self, wanted: Mapping[str, float]) -> Self:
        """These limits, lowered to the wanted ones; what is wanted beyond them is not given."""
        known = {row.name for row in rows(Limits)}
        narrowed = {name: min(getattr(self, name), value) for name, value in wanted.items() if name in known}
        return replace(self, **narrowed) if narrowed else self


@dataclass(frozen=True, slots=True, kw_only=True)
class AppLimits:
    """The limits of all calls of an app together; beyond them a call is refused at once."""

    concurrent_calls: int = _limit(10_000, "calls", "contract 4.5", ErrorKind.CONCURRENT_CALLS)
    """Of one app, running and waiting for a sandbox."""
    queue: int = _limit(10_000, "calls", "own", ErrorKind.QUEUE)
    """Of all apps, waiting for a sandbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLimits:
    """The limits of building one image, which compiles the author's code and does not run it."""

    time: float = _limit(10.0, "seconds", "own", ErrorKind.BUILD)
    """Of a processor's time that the engine may take over all sources of an app together."""
    memory: int = _limit(128 * MEGABYTE, "bytes", "own", ErrorKind.BUILD)
    """Of linear memory of the image."""
    source: int = _limit(16 * MEGABYTE, "bytes", "contract 4.5", ErrorKind.BUILD)
    """Of all sources together (the contract: 15 MB of dependencies)."""


def rows(table: type[Limits | AppLimits | BuildLimits]) -> Iterator[LimitRow]:
    """The table's limits in order."""
    for item in fields(table):
        yield LimitRow(name=item.name, default=cast("float", item.default), **item.metadata)
