"""What calls of functions cost, in the database: added up with the log entries that tell of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeAlias, cast

import orjson

from server.call_figures import STEP_SECONDS, CallFigures, FunctionFigures, figures_of, total
from server.records import LogEntry
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

KEPT = timedelta(hours=2)
"""How long figures are kept."""

_Key: TypeAlias = tuple[str, int, str]
_STEP = STEP_SECONDS * 1000
_FIND_ONE = """
    SELECT function_name, started_at, calls, errors, memory_sum, memory_most, latencies FROM call_figures
    WHERE app_id = ? AND started_at = ? AND function_name = ?
"""
_FIND_SINCE = """
    SELECT function_name, started_at, calls, errors, memory_sum, memory_most, latencies FROM call_figures
    WHERE app_id = ? AND started_at >= ?
"""
_PUT = """
    INSERT INTO call_figures
        (app_id, started_at, function_name, calls, errors, memory_sum, memory_most, latencies)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (app_id, started_at, function_name) DO UPDATE SET calls = excluded.calls, errors = excluded.errors,
        memory_sum = excluded.memory_sum, memory_most = excluded.memory_most, latencies = excluded.latencies
"""
_DELETE_OLD = "DELETE FROM call_figures WHERE app_id = ? AND started_at < ? RETURNING calls"


class Figures(StorePart):
    """What is kept of what calls cost."""

    async def call_figures(self, app_id: str, *, since: datetime) -> list[FunctionFigures]:
        """The figures of each function and step, from the step on that holds the moment."""
        rows = await self._database.read(_FIND_SINCE, app_id, _step_of(since))
        return await asyncio.to_thread(lambda: list(map(_figures, rows)))

    async def remove_call_figures(self, app_id: str, *, before: datetime) -> int:
        """Forget the figures of older steps; how many."""

        def work(transaction: Transaction) -> int:
            return len(transaction.execute(_DELETE_OLD, app_id, to_milliseconds(before)))

        return await self._database.write(work)


def count_runs(transaction: Transaction, entries: Iterable[LogEntry]) -> None:
    """Add the runs that log entries tell of to the figures, within a larger write."""
    added: dict[_Key, list[CallFigures]] = {}
    for entry in entries:
        if entry.function_name is not None:
            key = (entry.app_id, _step_of(entry.started_at), entry.function_name)
            added.setdefault(key, []).append(figures_of(entry))
    for key, figures in added.items():
        known = [_figures(row).figures for row in transaction.execute(_FIND_ONE, *key)]
        transaction.execute(_PUT, *key, *_columns(total(known + figures)))


def _step_of(moment: datetime) -> int:
    return to_milliseconds(moment) // _STEP * _STEP


def _columns(figures: CallFigures) -> Row:
    latencies = orjson.dumps(figures.latencies, option=orjson.OPT_NON_STR_KEYS).decode()
    return figures.calls, figures.errors, figures.memory_sum, figures.memory_most, latencies


def _figures(row: Row) -> FunctionFigures:
    function_name, started_at, calls, errors, memory_sum, memory_most, latencies = row
    figures = CallFigures(
        calls=cast("int", calls),
        errors=cast("int", errors),
        memory_sum=cast("int", memory_sum),
        memory_most=cast("int", memory_most),
        latencies={int(class_): count for class_, count in orjson.loads(cast("str", latencies)).items()},
    )
    return FunctionFigures(
        function_name=cast("str", function_name), started_at=from_milliseconds(cast("int", started_at)), figures=figures
    )
