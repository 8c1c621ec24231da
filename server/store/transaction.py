"""Transactions as the connection's thread runs them: without waiting for anything but the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar, cast

BUSY_ATTEMPTS = 5
"""How often a transaction is begun while other processes hold the file; each waits the connection's timeout."""

Column: TypeAlias = str | int | bytes | None
Row: TypeAlias = tuple[Column, ...]
T = TypeVar("T")


class Transaction:
    """The statements of one write or read; what they write lasts only if the whole of it succeeds."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, *parameters: Column) -> list[Row]:
        """Run one statement; its rows, for writes those of RETURNING."""
        return cast("list[Row]", self._connection.execute(statement, parameters).fetchall())

    def execute_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run one statement for each row of parameters."""
        self._connection.executemany(statement, rows)


Work: TypeAlias = Callable[[Transaction], T]
"""The statements of one write; it runs on the connection's thread, may run again, and must have no other effect."""
_Attempt: TypeAlias = Callable[[sqlite3.Connection, Work[object]], object]


def read_together(connection: sqlite3.Connection, work: Work[T]) -> T:
    """What the work reads, all of it as of one moment."""
    connection.execute("BEGIN")
    try:
        return work(Transaction(connection))
    finally:
        connection.rollback()


def write_together(connection: sqlite3.Connection, works: Sequence[Work[object]]) -> list[object]:
    """Commit the works together: what each gave, or the exception it raised, which undoes that work alone.

    Only where one of them raises is each guarded by a savepoint of its own. Where the commit itself fails, or a
    failure undoes more than its own work, each is committed by itself.
    """
    if len(works) > 1:
        for attempt in (_run, _attempt):
            try:
                _begin(connection)
            except sqlite3.Error as error:
                return [error] * len(works)
            try:
                return _commit_all(connection, works, attempt)
            except Exception:  # noqa: BLE001, S112 - met again by the work that it belongs to, which then has it alone
                continue
    return [_write_alone(connection, work) for work in works]


def _commit_all(connection: sqlite3.Connection, works: Sequence[Work[object]], attempt: _Attempt) -> list[object]:
    try:
        outcomes = [attempt(connection, work) for work in works]
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return outcomes


def _run(connection: sqlite3.Connection, work: Work[object]) -> object:
    return work(Transaction(connection))


def _attempt(connection: sqlite3.Connection, work: Work[object]) -> object:
    outcome: object
    connection.execute("SAVEPOINT one")
    try:
        outcome = work(Transaction(connection))
    except Exception as error:
        if not connection.in_transaction:  # SQLite undid everything, as it does when the disk is full
            raise
        connection.execute("ROLLBACK TO one")
        outcome = error
    connection.execute("RELEASE one")
    return outcome


def _write_alone(connection: sqlite3.Connection, work: Work[object]) -> object:
    try:
        _begin(connection)
        result = work(Transaction(connection))
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - it belongs to the caller
        connection.rollback()
        return error
    return result


def _begin(connection: sqlite3.Connection) -> None:
    """Take the file's write lock. Nothing can find the file busy after that, as no reader blocks a WAL's writer."""
    for attempt in range(1, BUSY_ATTEMPTS + 1):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or attempt == BUSY_ATTEMPTS:
                raise
        else:
            return


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process or connection held the file for longer than we waited."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
