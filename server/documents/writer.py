"""The one thread that writes to a document file: jobs that wait together share one commit, and so one fsync."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, Generic, TypeVar

from server.documents.change_log import trim_changes
from server.documents.errors import unwritten
from server.documents.owed_writes import OwedWrites, settle
from server.documents.savepoints import in_savepoint
from server.documents.schema import connect, prepare, reserve_log
from server.documents.transaction import Transaction

T = TypeVar("T")
MAX_BATCH: Final = 64
"""The most jobs that share a commit."""
MAX_BATCH_SECONDS: Final = 0.01
"""How long jobs are added to a commit before it is made."""


class Job(Generic[T]):
    """A piece of work for the writer, and the future of its result."""

    __slots__ = ("_error", "_result", "_work", "future")

    def __init__(self, work: Callable[[Transaction], T]) -> None:
        self.future: Future[T] = Future()
        self._work = work
        self._result: list[T] = []
        self._error: BaseException | None = None

    def run(self, connection: sqlite3.Connection) -> None:
        """Do the work in a savepoint; its result is told only after the commit."""
        try:
            self._result = [in_savepoint(connection, lambda: self._work(Transaction(connection)))]
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to the one who waits
            self._error = error

    def tell(self, failure: BaseException | None = None) -> None:
        """Settle the future: with the job's own error or result, or with the failure of the commit."""
        error = self._error or failure
        if error is not None:
            self.future.set_exception(unwritten(error))
        else:
            self.future.set_result(self._result[0])


class Writer:
    """The writer thread of one file, from `start` to `stop`."""

    def __init__(self, path: Path, owed: OwedWrites) -> None:
        self._path = path
        self._owed = owed
        self._jobs: queue.SimpleQueue[Job[object] | None] = queue.SimpleQueue()
        self._opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._work, name=f"documents {path.name}", daemon=True)
        self._closed = False

    async def start(self) -> None:
        """Open the file, making it where it is not there."""
        self._thread.start()
        await asyncio.wrap_future(self._opened)

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run the work in a transaction of its own; what it wrote is on disk on return."""
        if self._closed:
            raise RuntimeError("the document file is closed")
        job = Job(work)
        self._jobs.put(job)  # type: ignore[arg-type]
        return await asyncio.shield(asyncio.wrap_future(job.future))

    async def stop(self) -> None:
        """Finish the jobs that wait, then close the file."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        try:
            connection = connect(self._path)
            prepare(connection)
            connection.execute("BEGIN IMMEDIATE")
            settle(connection, self._owed)
            connection.execute("COMMIT")
            reserve_log(connection)
        except sqlite3.Error as error:
            self._opened.set_exception(RuntimeError(f"the document file {self._path.name} cannot be opened: {error}"))
            return
        except BaseException as error:  # noqa: BLE001 - as above
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        try:
            while (job := self._jobs.get()) is not None:
                if not self._commit_batch(connection, job):
                    return
        finally:
            self._owed.close()
            connection.close()

    def _commit_batch(self, connection: sqlite3.Connection, first: Job[object]) -> bool:
        """Run the job and those that wait behind it in one transaction; False when told to stop meanwhile."""
        done: list[Job[object]] = []
        goes_on = True
        failure: BaseException | None = None
        try:
            connection.execute("BEGIN IMMEDIATE")
            settle(connection, self._owed)
            goes_on = self._run_batch(connection, first, done)
            trim_changes(connection)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            failure = error
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        for job in done or [first]:
            job.tell(failure)
        return goes_on

    def _run_batch(self, connection: sqlite3.Connection, first: Job[object], done: list[Job[object]]) -> bool:
        until = time.monotonic() + MAX_BATCH_SECONDS
        job: Job[object] | None = first
        while job is not None:
            done.append(job)
            job.run(connection)
            if not connection.in_transaction:
                raise sqlite3.OperationalError("SQLite undid what was written together with a write that failed")
            if len(done) == MAX_BATCH or time.monotonic() > until:
                return True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return True
        return False
