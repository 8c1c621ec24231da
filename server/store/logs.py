"""Log entries in the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import cast

from runtime.messages import Stats
from server.records import LogEntry
from server.store.call_figures import count_runs
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

MAX_LOGS = 100
"""Entries of one page (contract 12.5)."""

_INSERT_LOG = """
    INSERT INTO logs
        (id, app_id, type, function_name, user_id, error, error_code, messages, started_at, completed_at, co_id, stats)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_FIND_LOGS = """
    SELECT
        id, app_id, type, function_name, user_id, error, error_code, messages, started_at, completed_at, co_id, stats
    FROM logs
    WHERE app_id = ?1
      AND (?2 IS NULL OR user_id = ?2)
      AND (?3 IS NULL OR type IN (SELECT value FROM json_each(?3)))
      AND (?4 = 0 OR error IS NOT NULL)
      AND (?5 IS NULL OR started_at >= ?5)
      AND (?6 IS NULL OR started_at <= ?6)
      AND (?7 IS NULL OR co_id = ?7)
    ORDER BY started_at DESC, id DESC LIMIT ?8 OFFSET ?9
"""
_FIND_LOGS_OF_FUNCTION = _FIND_LOGS.replace("WHERE app_id = ?1", "WHERE app_id = ?1 AND function_name = ?10")
_DELETE_LOGS = "DELETE FROM logs WHERE app_id = ? AND started_at < ? RETURNING id"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which entries are wanted: those that meet all conditions given. `start` and `end` belong to the span."""

    user_id: str | None = None
    types: tuple[str, ...] | None = None
    errors_only: bool = False
    start: datetime | None = None
    end: datetime | None = None
    co_id: str | None = None
    function_name: str | None = None


EVERY_LOG = LogFilter()


class Logs(StorePart):
    """What is kept of finished runs."""

    async def add_logs(self, entries: Sequence[LogEntry]) -> None:
        """Keep all the entries, and what their runs cost, or nothing where one cannot be kept."""
        rows = [_row(entry) for entry in entries]

        def work(transaction: Transaction) -> None:
            transaction.execute_many(_INSERT_LOG, rows)
            count_runs(transaction, entries)

        await self._database.write(work)

    async def find_logs(
        self, app_id: str, wanted: LogFilter = EVERY_LOG, *, skip: int = 0, limit: int = MAX_LOGS
    ) -> list[LogEntry]:
        """The entries wanted, newest first."""
        of_function = () if wanted.function_name is None else (wanted.function_name,)
        rows = await self._database.read(
            _FIND_LOGS_OF_FUNCTION if of_function else _FIND_LOGS,
            app_id,
            wanted.user_id,
            None if wanted.types is None else json.dumps(wanted.types),
            int(wanted.errors_only),
            None if wanted.start is None else to_milliseconds(wanted.start),
            None if wanted.end is None else to_milliseconds(wanted.end),
            wanted.co_id,
            limit,
            skip,
            *of_function,
        )
        return [_entry(row) for row in rows]

    async def remove_logs(self, app_id: str, *, before: datetime) -> int:
        """Delete entries of runs that began before; how many."""

        def work(transaction: Transaction) -> int:
            return len(transaction.execute(_DELETE_LOGS, app_id, to_milliseconds(before)))

        return await self._database.write(work)


def _row(entry: LogEntry) -> Row:
    return (
        entry.id,
        entry.app_id,
        entry.type,
        entry.function_name,
        entry.user_id,
        entry.error,
        entry.error_code,
        json.dumps(entry.messages),
        to_milliseconds(entry.started_at),
        to_milliseconds(entry.completed_at),
        entry.co_id,
        None if entry.stats is None else json.dumps(asdict(entry.stats)),
    )


def _entry(row: Row) -> LogEntry:
    (
        id_, app_id, type_, function_name, user_id, error, error_code, messages, started_at, completed_at, co_id, stats,
    ) = row  # fmt: skip
    return LogEntry(
        id=cast("str", id_),
        app_id=cast("str", app_id),
        type=cast("str", type_),
        function_name=cast("str | None", function_name),
        user_id=cast("str | None", user_id),
        error=cast("str | None", error),
        error_code=cast("str | None", error_code),
        messages=tuple(json.loads(cast("str", messages))),
        started_at=from_milliseconds(cast("int", started_at)),
        completed_at=from_milliseconds(cast("int", completed_at)),
        co_id=cast("str", co_id),
        stats=None if stats is None else Stats(**json.loads(cast("str", stats))),
    )
