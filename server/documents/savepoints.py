"""A part of an SQLite transaction that can fail without the rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from server.documents.errors import DocumentError

T = TypeVar("T")


def in_savepoint(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    """Run the work; what it wrote is undone when it raises, save where a DocumentError keeps it."""
    connection.execute("SAVEPOINT work")
    try:
        result = work()
    except BaseException as error:
        if not connection.in_transaction:
            raise  # SQLite has undone the whole transaction by itself, as it does when the disk is full
        if not (isinstance(error, DocumentError) and error.keeps_work):
            connection.execute("ROLLBACK TO work")
        connection.execute("RELEASE work")
        raise
    connection.execute("RELEASE work")
    return result
