"""The embedded document store: one SQLite file with MongoDB's semantics."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from server.documents.catalog import Catalog, KnownCollections
from server.documents.change_event import number_of
from server.documents.change_log import Change, first_change, last_change, last_change_before, read_changes
from server.documents.change_tail import ChangeTail
from server.documents.client_transaction import ClientTransaction, committing
from server.documents.embedded_following import EmbeddedFollowing
from server.documents.errors import TOO_MANY_TRANSACTIONS, DocumentError
from server.documents.expiry import Expiry
from server.documents.journal import Write
from server.documents.operation import Operation, WriteGuard
from server.documents.owed_writes import NothingOwed, OwedWrites, prepared_writes
from server.documents.schema import connect
from server.documents.session import NotAPoint
from server.documents.storage import Namespace
from server.documents.transaction import Transaction, only_reads
from server.documents.writer import Writer
from server.ejson import Value

T = TypeVar("T")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
READERS: Final = 4
READ_AT_ONCE: Final = 16_000_000
"""Bytes of documents after which a reader of the change log comes again."""
POINT_ACTIONS: Final = frozenset({"find", "findOne", "count"})
"""What may be answered at once where a unique index leads to the only document."""
MAX_OPEN_TRANSACTIONS: Final = 100
"""How many transactions clients may hold open on one file."""


class EmbeddedDocuments:
    """One file is one data source of one app: a writer thread, and a few readers that never wait for it."""

    def __init__(self, path: Path, owed: OwedWrites | None = None) -> None:
        self._path = path
        self._owed = owed or NothingOwed()
        self._writer = Writer(path, self._owed)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix=f"documents {path.name} reader")
        self._connections: list[sqlite3.Connection] = []
        self._local = threading.local()
        self._open: list[ClientTransaction] = []
        self._made: list[str] = []
        self._tail = ChangeTail(self.last_change)
        self._closed = False
        self._watchers: list[Callable[[], None]] = []
        self._expiry = Expiry(self.transact, self._has_expiring)

    @classmethod
    async def open(cls, path: Path, owed: OwedWrites | None = None) -> Self:
        """Open the file, making it where it is not there; close with `close` or as a context manager.

        What is owed to it by another file's decision is made first, and before each later write.
        """
        documents = cls(path, owed)
        await documents._writer.start()
        documents._expiry.start()
        return documents

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    async def execute(self, operation: Operation, guard: WriteGuard | None = None) -> Value:
        """Run one operation; a write is on disk on return. Raises DocumentError, or what the guard raises."""
        if self._closed:
            raise RuntimeError("the document file is closed")
        if operation.action in POINT_ACTIONS and operation.arguments:
            try:
                return self._read_point(operation, guard)
            except NotAPoint:
                pass  # it may look at more than one document, and takes a thread for that
        if only_reads(operation):
            return await self._with_reader(lambda connection: self._reading(connection).execute(operation, guard))
        return await self.transact(lambda transaction: transaction.execute(operation, guard))

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on the writer thread in one transaction: all it writes is on disk on return, or nothing is."""
        try:
            return await self._writer.run(work)
        finally:
            self._tell()

    def prepare(self, id: str, writes: Sequence[Write]) -> AbstractAsyncContextManager[None]:
        """Make the writes, and wait with their commit for the end of the block; see `owed_writes.prepared_writes`."""
        return prepared_writes(self._run_prepared, id, writes, self._made.append)

    def _run_prepared(self, work: Callable[[Transaction], None]) -> asyncio.Future[None]:
        made = asyncio.ensure_future(self._writer.run(work))
        made.add_done_callback(lambda _: self._tell())
        return made

    @property
    def owed_file(self) -> str:
        """The name by which another file decides upon this one; empty where none does."""
        return self._owed.file

    @property
    def made(self) -> tuple[str, ...]:
        """The ids of prepared writes that are on disk here, until they are forgotten."""
        return tuple(self._made)

    def forget_made(self, ids: Sequence[str]) -> None:
        """They are owed no more."""
        self._made = [id_ for id_ in self._made if id_ not in ids]

    async def expire(self, now: datetime | None = None) -> int:
        """Delete what has expired by its index, as happens every minute anyway; how many documents that were."""
        return await self._expiry.sweep(now)

    async def _has_expiring(self) -> bool:
        return await self._with_reader(lambda connection: bool(Catalog(connection).expiring()))

    async def begin(self, *, tolerant: bool = False) -> ClientTransaction:
        """Open a transaction for its owner to fill, operation by operation. Raises DocumentError when too many are.

        A `tolerant` one goes on after an operation that failed.
        """
        self._open = [transaction for transaction in self._open if transaction.is_open]
        if len(self._open) >= MAX_OPEN_TRANSACTIONS:
            raise DocumentError(TOO_MANY_TRANSACTIONS, "too many transactions are open on this data source")
        transaction = ClientTransaction(self._path, self._readers, self._commit, tolerant=tolerant)
        self._open.append(transaction)
        return transaction

    async def _commit(self, journal: list[Write]) -> None:
        await self.transact(committing(journal))

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have the watcher told, on the event loop, whenever something may have been written by this process."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Callable[[], None]) -> None:
        """Have the watcher told no more."""
        self._watchers.remove(watcher)

    def _tell(self) -> None:
        self._tail.nudge()
        for watcher in self._watchers:
            watcher()

    async def changes(self, *, after: int, limit: int = 100) -> list[Change]:
        """The next writes numbered above `after`, oldest first; the log keeps the newest `change_log.KEPT`."""
        return await self._with_reader(
            lambda connection: read_changes(connection, after, limit, most_bytes=READ_AT_ONCE)
        )

    async def follow(
        self, namespace: Namespace, *, after: str | None = None, structure: bool = False
    ) -> EmbeddedFollowing:
        """The changes from now on, or after a token; of documents alone. Raises DocumentError where it is no token."""
        del structure
        number = await self.last_change() if after is None else number_of(after)
        return EmbeddedFollowing(lambda last: self.changes(after=last), self._tail, namespace, number)

    async def token_at(self, moment: datetime) -> str:
        """A token after which the changes made from the aware moment on follow."""
        return f"{await self.last_change_before((moment - _EPOCH) // _MILLISECOND):016x}"

    async def last_change(self) -> int:
        """The number of the newest write; 0 before the first."""
        return await self._with_reader(last_change)

    async def first_change(self) -> int:
        """The number of the oldest write that the log keeps, or that the next one will have."""
        return await self._with_reader(first_change)

    async def last_change_before(self, at: int) -> int:
        """The number of the last write made before this moment, in milliseconds since the epoch."""
        return await self._with_reader(lambda connection: last_change_before(connection, at))

    async def close(self) -> None:
        """Finish what is under way, undo open transactions, and let go of the file."""
        self._closed = True
        await self._expiry.stop()
        for transaction in self._open:
            await transaction.abort()
        await self._tail.stop()
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        await self._writer.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _read_point(self, operation: Operation, guard: WriteGuard | None) -> Value:
        """Read at most one document at once: handing it to a thread would take longer. Raises NotAPoint otherwise."""
        return self._read(lambda connection: self._reading(connection, points_only=True).execute(operation, guard))

    def _reading(self, connection: sqlite3.Connection, *, points_only: bool = False) -> Transaction:
        """A transaction that writes nothing, on a reader's connection of the running thread."""
        return Transaction(connection, Catalog(connection, self._local.known), points_only=points_only)

    async def _with_reader(self, read: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, read)

    def _read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._reader()
        connection.execute("BEGIN")
        try:
            return read(connection)
        finally:
            connection.execute("ROLLBACK")

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path)
            self._local.known = KnownCollections(connection)
            self._connections.append(connection)
        return connection
