"""What calls of an app cost, as plots and tables show it: by step of time, and by function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from server.admin.objects.storage import JsonObject
from server.call_figures import STEP_SECONDS, CallFigures, FunctionFigures, total

Key = TypeVar("Key", int, str)
MOST_STEPS = 90
"""Steps that are shown of a span."""


def step_of(minutes: int) -> int:
    """Seconds of a step, so that the span has `MOST_STEPS` at most."""
    wanted = minutes * 60 / MOST_STEPS
    return max(1, -(-int(wanted) // STEP_SECONDS)) * STEP_SECONDS


def show_figures(found: Sequence[FunctionFigures], *, end: datetime, minutes: int) -> JsonObject:
    """The span before `end` in steps of even length, those without calls included; then each function's."""
    seconds = step_of(minutes)
    last = int(end.timestamp()) // seconds * seconds
    first = last - (minutes * 60 // seconds - 1) * seconds
    wanted = [one for one in found if one.started_at.timestamp() >= first]
    by_step = _grouped(wanted, lambda one: int(one.started_at.timestamp()) // seconds * seconds)
    by_function = _grouped(wanted, lambda one: one.function_name)
    return {
        "step_seconds": seconds,
        "steps": [{"at": at, **_shown(by_step.get(at, CallFigures()))} for at in range(first, last + 1, seconds)],
        "functions": [{"name": name, **_shown(figures)} for name, figures in by_function.items()],
        "total": _shown(total(by_function.values())),
    }


def since(end: datetime, minutes: int) -> datetime:
    """The moment from which figures are needed for the span before `end`."""
    return end - timedelta(minutes=minutes)


def _grouped(found: Iterable[FunctionFigures], key: Callable[[FunctionFigures], Key]) -> dict[Key, CallFigures]:
    groups: dict[Key, list[CallFigures]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one.figures)
    return {name: total(groups[name]) for name in sorted(groups)}


def _shown(figures: CallFigures) -> JsonObject:
    return {
        "calls": figures.calls,
        "errors": figures.errors,
        "median_ms": round(figures.quantile(0.5) * 1000, 3),
        "p95_ms": round(figures.quantile(0.95) * 1000, 3),
        "memory_bytes": round(figures.memory_mean),
        "memory_most_bytes": figures.memory_most,
    }
