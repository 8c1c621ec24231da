"""Which log entries are wanted, and the SELECT that finds them along the index that narrows most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.store.moments import to_milliseconds
from server.store.transaction import Column

COLUMNS = """
    number, id, app_id, type, function_name, user_id, error, error_code, messages, started_at, completed_at, co_id,
    stats, provider_type, auth_event, address, arguments
"""
Query = tuple[str, tuple[Column, ...]]
"""A statement and its parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which entries are wanted: those that meet all conditions given. `start` and `end` belong to the span.

    `failed` None: whether or not there was an error; `error` is looked for in the error's text and code, without
    regard to case.
    """

    user_id: str | None = None
    types: tuple[str, ...] | None = None
    function_name: str | None = None
    provider_type: str | None = None
    failed: bool | None = None
    error: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    co_id: str | None = None


EVERY_LOG = LogFilter()


def page_query(app_id: str, wanted: LogFilter, *, skip: int, limit: int) -> Query:
    """The entries wanted, newest first."""
    index, types = _index(wanted), wanted.types
    if index != "logs_by_type" or types is None:
        statement, parameters = _select(app_id, wanted, types, index)
    else:  # one walk for each type: SQLite merges them in order, and reads no more of each than the page takes
        selects = [_select(app_id, wanted, (type_,), index) for type_ in dict.fromkeys(types)]
        statement = " UNION ALL ".join(text for text, _ in selects)
        parameters = tuple(value for _, values in selects for value in values)
    return f"{statement} ORDER BY started_at DESC, number DESC LIMIT ? OFFSET ?", (*parameters, limit, skip)


def following_query(app_id: str, wanted: LogFilter, *, after: int, limit: int) -> Query:
    """The entries wanted that were kept after another one, in the order in which they were kept."""
    conditions, parameters = _conditions(app_id, wanted, wanted.types)
    statement = f"SELECT {COLUMNS} FROM logs WHERE number > ? AND +{conditions} ORDER BY number LIMIT ?"  # noqa: S608 - constants
    return statement, (after, *parameters, limit)


def _select(app_id: str, wanted: LogFilter, types: tuple[str, ...] | None, index: str) -> Query:
    conditions, parameters = _conditions(app_id, wanted, types)
    return f"SELECT {COLUMNS} FROM logs INDEXED BY {index} WHERE {conditions}", parameters  # noqa: S608 - constants


def _index(wanted: LogFilter) -> str:
    """The index whose entries are likely the fewest; what else is asked for is looked at entry by entry."""
    if wanted.co_id:
        return "logs_by_request"
    if wanted.user_id is not None:
        return "logs_by_user"
    if wanted.failed or wanted.error is not None:
        return "logs_of_errors"
    if wanted.function_name is not None:
        return "logs_by_function"
    return "logs_by_type" if wanted.types else "logs_by_age"


def _conditions(app_id: str, wanted: LogFilter, types: tuple[str, ...] | None) -> Query:
    found: list[tuple[str, tuple[Column, ...]]] = [("app_id = ?", (app_id,))]
    if wanted.co_id is not None:
        found.append(("co_id = ? AND co_id <> ''", (wanted.co_id,)))
    if wanted.user_id is not None:
        found.append(("user_id = ?", (wanted.user_id,)))
    if wanted.function_name is not None:
        found.append(("function_name = ?", (wanted.function_name,)))
    if wanted.provider_type is not None:
        found.append(("provider_type = ?", (wanted.provider_type,)))
    if wanted.failed is not None or wanted.error is not None:
        found.append(("error IS NULL" if wanted.failed is False else "error IS NOT NULL", ()))
    if wanted.error is not None:
        looked_for = f"%{_literal(wanted.error)}%"
        found.append(("(error LIKE ? ESCAPE '!' OR error_code LIKE ? ESCAPE '!')", (looked_for, looked_for)))
    if types is not None:
        found.append((f"type IN ({','.join('?' * len(types))})", types))
    if wanted.start is not None:
        found.append(("started_at >= ?", (to_milliseconds(wanted.start),)))
    if wanted.end is not None:
        found.append(("started_at <= ?", (to_milliseconds(wanted.end),)))
    return " AND ".join(text for text, _ in found), tuple(value for _, values in found for value in values)


def _literal(text: str) -> str:
    """The text so that LIKE takes no character of it for a pattern."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
