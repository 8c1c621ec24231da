"""A transaction that its owner holds open over many operations, without holding up anyone else.

It reads one state of the data, keeps its writes to itself, and asks for the writer only to commit. A document that
another has changed meanwhile makes the commit fail with WriteConflict, which the owner may try anew.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

from server.documents.errors import NO_SUCH_TRANSACTION, NOT_IN_TRANSACTION, DocumentError
from server.documents.journal import Write, replay
from server.documents.operation import Operation, WriteGuard
from server.documents.overlay import OverlayCatalog
from server.documents.pipeline.running import writes_somewhere
from server.documents.schema import connect
from server.documents.transaction import Transaction
from server.ejson import Value

LIFETIME_SECONDS: Final = 60.0
"""How long a transaction may stay open, as MongoDB's `transactionLifetimeLimitSeconds`."""
REFUSED: Final = frozenset({"createIndex", "dropIndex", "listIndexes", "getDBNames", "getCollectionNames"})

Commit = Callable[[list[Write]], Awaitable[None]]


class ClientTransaction:
    """One open transaction; made by `EmbeddedDocuments.begin`, ended by `commit`, `abort` or its lifetime."""

    def __init__(self, path: Path, executor: Executor, commit: Commit, *, tolerant: bool = False) -> None:
        self._path = path
        self._executor = executor
        self._commit = commit
        self._tolerant = tolerant
        self._turn = asyncio.Lock()
        self._using = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._catalog: OverlayCatalog | None = None
        self._open = True
        self._expiry = asyncio.get_running_loop().call_later(LIFETIME_SECONDS, self._end)

    @property
    def is_open(self) -> bool:
        """Whether it still takes operations."""
        return self._open

    async def execute(self, operation: Operation, guard: WriteGuard | None = None) -> Value:
        """Run one operation; one that fails ends a transaction that is not tolerant, as in MongoDB.

        Raises DocumentError.
        """
        async with self._turn:
            self._require_open()
            try:
                return await self._in_thread(lambda: self._run(operation, guard))
            except (DocumentError, sqlite3.Error) as error:
                if not self._tolerant or isinstance(error, sqlite3.Error):
                    self._end()
                raise

    async def commit(self) -> None:
        """Make all writes at once; on disk on return. Raises DocumentError WriteConflict, and then wrote nothing."""
        journal = await self.take()
        if journal:
            await self._commit(journal)

    async def take(self) -> list[Write]:
        """End the transaction and hand over what it wrote, for its owner to make. Raises DocumentError."""
        async with self._turn:
            self._require_open()
            journal = self._catalog.journal if self._catalog is not None else []
            self._end()
            return journal

    async def mark(self) -> int:
        """How far the writes have come, for `undo`."""
        async with self._turn:
            return len(self._catalog.journal) if self._catalog is not None else 0

    async def undo(self, mark: int) -> None:
        """Take back the writes since the mark."""
        async with self._turn:
            if self._catalog is not None:
                self._catalog.undo(mark)

    async def abort(self) -> None:
        """Forget all writes; no error where the transaction has ended already."""
        async with self._turn:
            self._end()

    def _require_open(self) -> None:
        if not self._open:
            raise DocumentError(NO_SUCH_TRANSACTION, "the transaction has been aborted or has taken too long")

    async def _in_thread(self, work: Callable[[], Value]) -> Value:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _run(self, operation: Operation, guard: WriteGuard | None) -> Value:
        if operation.action in REFUSED or writes_somewhere(operation.arguments):
            raise DocumentError(NOT_IN_TRANSACTION, f"Cannot run '{operation.action}' in a multi-document transaction.")
        with self._using:
            connection = self._begin()
            self._catalog = self._catalog or OverlayCatalog(connection)
            return Transaction(connection, self._catalog).execute(operation, guard)

    def _begin(self) -> sqlite3.Connection:
        if not self._open:
            raise DocumentError(NO_SUCH_TRANSACTION, "the transaction has taken too long")
        if self._connection is None:
            self._connection = connect(self._path)
            self._connection.execute("BEGIN")
        return self._connection

    def _end(self) -> None:
        """Let go of the state that was read; a thread that still works on it is waited for by another."""
        if self._open:
            self._open = False
            self._expiry.cancel()
            self._executor.submit(self._close)

    def _close(self) -> None:
        with self._using:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def committing(journal: list[Write]) -> Callable[[Transaction], None]:
    """The writer's work for a commit."""
    return lambda transaction: replay(transaction.catalog, journal)
