"""Log entries in the database."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import cast

import orjson

from runtime.messages import Stats
from server.records import LogEntry
from server.store.call_figures import count_runs
from server.store.log_query import EVERY_LOG, LogFilter, following_query, page_query
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

MAX_LOGS = 100
"""Entries of one page (contract 12.5)."""

# Who was refused is looked up here, off the way of the refusal: it must not take longer for those who exist.
_INSERT_LOG = """
    INSERT INTO logs (
        id, app_id, type, function_name, user_id, error, error_code, messages, started_at, completed_at, co_id, stats,
        provider_type, auth_event, address, arguments, size
    )
    VALUES (
        ?1, ?2, ?3, ?4,
        coalesce(?5, (
            SELECT i.user_id FROM passwords p
            JOIN identities i ON i.app_id = p.app_id AND i.provider_type = ?13 AND i.id = p.identity_id
            WHERE p.app_id = ?2 AND p.login = ?17
        )),
        ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?18
    )
"""
_LAST_NUMBER = "SELECT seq FROM sqlite_sequence WHERE name = 'logs'"
_ADD_SIZE = """
    INSERT INTO log_sizes (app_id, size) VALUES (?, ?)
    ON CONFLICT (app_id) DO UPDATE SET size = max(0, size + excluded.size)
"""
_FIND_SIZE = "SELECT size FROM log_sizes WHERE app_id = ?"
_FIND_OLDEST = "SELECT number, size FROM logs WHERE app_id = ? AND started_at < ? ORDER BY started_at LIMIT ?"
_DELETE_ONE = "DELETE FROM logs WHERE number = ?"
_ROW_BYTES = 300
"""What an entry takes beside its texts, its places in the indexes included."""
_ANY_TIME = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Some entries, and the number to read on after: all that is kept later has a higher one."""

    entries: list[LogEntry]
    last: int


class Logs(StorePart):
    """What is kept of finished runs and logins."""

    async def add_logs(self, entries: Sequence[LogEntry]) -> None:
        """Keep all the entries, and what their runs cost, or nothing where one cannot be kept."""
        rows = [_row(entry) for entry in entries]
        sizes: Counter[str] = Counter()
        for entry in entries:
            sizes[entry.app_id] += _size(entry)

        def work(transaction: Transaction) -> None:
            transaction.execute_many(_INSERT_LOG, rows)
            count_runs(transaction, entries)
            transaction.execute_many(_ADD_SIZE, list(sizes.items()))

        await self._database.write(work)

    async def find_logs(
        self, app_id: str, wanted: LogFilter = EVERY_LOG, *, skip: int = 0, limit: int = MAX_LOGS
    ) -> list[LogEntry]:
        """The entries wanted, newest first."""
        return (await self.page_logs(app_id, wanted, skip=skip, limit=limit)).entries

    async def page_logs(
        self, app_id: str, wanted: LogFilter = EVERY_LOG, *, skip: int = 0, limit: int = MAX_LOGS
    ) -> LogPage:
        """The entries wanted, newest first; reading on after `last` gives exactly those that come later."""
        if wanted.types == ():
            return LogPage(entries=[], last=0)
        statement, parameters = page_query(app_id, wanted, skip=skip, limit=limit)

        def work(transaction: Transaction) -> LogPage:
            entries = [_entry(row) for row in transaction.execute(statement, *parameters)]
            return LogPage(entries=entries, last=_last(transaction))

        return await self._database.search(work)

    async def follow_logs(
        self, app_id: str, wanted: LogFilter = EVERY_LOG, *, after: int, limit: int = MAX_LOGS
    ) -> LogPage:
        """The next entries wanted that were kept after the one of this number, oldest first."""
        statement, parameters = following_query(app_id, wanted, after=after, limit=limit)

        def work(transaction: Transaction) -> LogPage:
            entries = [_entry(row) for row in transaction.execute(statement, *parameters)]
            is_full = len(entries) == limit
            return LogPage(entries=entries, last=entries[-1].number if is_full else max(after, _last(transaction)))

        return await self._database.search(work)

    async def trim_logs(self, app_id: str, *, before: datetime, most_bytes: int, batch: int) -> int:
        """Delete the oldest entries, at most a batch of them; how many.

        Those that began before go, or else the oldest ones of a log that takes more bytes than it may.
        """

        def work(transaction: Transaction) -> int:
            found = transaction.execute(_FIND_SIZE, app_id)
            excess = (cast("int", found[0][0]) if found else 0) - most_bytes
            oldest = transaction.execute(_FIND_OLDEST, app_id, to_milliseconds(before), batch)
            if not oldest and excess > 0:
                oldest = _until(excess, transaction.execute(_FIND_OLDEST, app_id, _ANY_TIME, batch))
            if oldest:
                transaction.execute_many(_DELETE_ONE, [(number,) for number, _ in oldest])
                transaction.execute(_ADD_SIZE, app_id, -sum(cast("int", size) for _, size in oldest))
            return len(oldest)

        return await self._database.write(work)


def _until(excess: int, oldest: Sequence[Row]) -> list[Row]:
    """So many of the oldest entries as take the excess."""
    taken = accumulate(cast("int", size) for _, size in oldest)
    return [row for row, total in zip(oldest, taken, strict=True) if total - cast("int", row[1]) < excess]


def _size(entry: LogEntry) -> int:
    texts = (entry.error, entry.arguments, *entry.messages)
    return _ROW_BYTES + sum(len(text) for text in texts if text is not None)


def _last(transaction: Transaction) -> int:
    rows = transaction.execute(_LAST_NUMBER)
    return cast("int", rows[0][0]) if rows else 0


def _row(entry: LogEntry) -> Row:
    return (
        entry.id,
        entry.app_id,
        entry.type,
        entry.function_name,
        entry.user_id,
        entry.error,
        entry.error_code,
        orjson.dumps(entry.messages).decode(),
        to_milliseconds(entry.started_at),
        to_milliseconds(entry.completed_at),
        entry.co_id,
        None if entry.stats is None else orjson.dumps(entry.stats).decode(),
        entry.provider_type,
        entry.auth_event,
        entry.remote_ip_address,
        entry.arguments,
        entry.claimed_login,
        _size(entry),
    )


def _entry(row: Row) -> LogEntry:
    (
        number, id_, app_id, type_, function_name, user_id, error, error_code, messages, started_at, completed_at,
        co_id, stats, provider_type, auth_event, address, arguments,
    ) = row  # fmt: skip
    return LogEntry(
        number=cast("int", number),
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
        provider_type=cast("str | None", provider_type),
        auth_event=cast("str | None", auth_event),
        remote_ip_address=cast("str", address),
        arguments=cast("str | None", arguments),
    )
