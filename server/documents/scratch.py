"""A small store in memory: runs an operation on documents that another store holds, and tells what to write there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from server.documents.catalog import Catalog
from server.documents.change_log import Change, last_change, read_changes
from server.documents.operation import Operation, WriteGuard
from server.documents.schema import prepare
from server.documents.storage import Namespace
from server.documents.transaction import Transaction
from server.ejson import Document, Value

ALL: Final = 1_000_000_000


class Scratch:
    """Holds some documents of one collection; used as a context manager, by one thread at a time."""

    def __init__(self, namespace: Namespace, documents: Iterable[Document]) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        prepare(self._connection)
        collection = Catalog(self._connection).require(namespace)
        for document in documents:
            collection.insert(document)
        self._start = last_change(self._connection)

    def run(self, operation: Operation, guard: WriteGuard) -> tuple[Value, list[Change]]:
        """The operation's result, and its writes in their order. Raises DocumentError, or what the guard raises."""
        result = Transaction(self._connection).execute(operation, guard)
        return result, read_changes(self._connection, self._start, ALL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
