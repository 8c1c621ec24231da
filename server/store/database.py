"""One SQLite file: reads, and writes that are durable when they return."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TypeAlias, TypeVar, cast

from server.store.errors import StoreError

MAX_GROUP = 64
"""Write transactions that may share one commit, and so one wait for the disk."""

BUSY_ATTEMPTS = 5
"""How often a transaction is begun while other processes hold the file; each waits `connect`'s timeout."""

Column: TypeAlias = str | int | bytes | None
Row: TypeAlias = tuple[Column, ...]
T = TypeVar("T")


class Connection(Protocol):
    """What is asked of a connection; aiosqlite's in autocommit mode has it."""

    async def execute_fetchall(self, sql: str, parameters: Sequence[Column] = ...) -> Iterable[sqlite3.Row]:
        """Run one statement and give all its rows."""

    async def rollback(self) -> None:
        """Undo the open transaction, if there is one."""


class Transaction:
    """The statements of one write; what they did lasts only if the whole write succeeds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, statement: str, *parameters: Column) -> list[Row]:
        """Run one statement; its rows, for writes those of RETURNING."""
        return cast("list[Row]", list(await self._connection.execute_fetchall(statement, parameters)))


Work: TypeAlias = Callable[[Transaction], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class _Write:
    work: Work[object]
    outcome: asyncio.Future[object]


class Database:
    """A writer and a reader on one file. Writes take turns; those that wait together are committed together."""

    def __init__(self, *, name: str, writer: Connection, reader: Connection) -> None:
        self._name = name
        self._writer = writer
        self._reader = reader
        self._writes: asyncio.Queue[_Write | None] = asyncio.Queue()
        self._writing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writing = asyncio.create_task(self._write_until_closed())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            self._writes.put_nowait(None)
            await writing

    async def read(self, statement: str, *parameters: Column) -> list[Row]:
        """The rows of one SELECT, which sees every write that has returned."""
        self._check_open()
        try:
            return cast("list[Row]", list(await self._reader.execute_fetchall(statement, parameters)))
        except sqlite3.Error as error:
            raise self._failure(error) from error

    async def write(self, work: Work[T]) -> T:
        """Run `work` as one transaction; durable on return.

        `work` may be run again after a rollback, so it must have no effect but its statements. What it raises undoes
        the transaction and is raised here. A caller cancelled while waiting does not learn whether it was written.
        """
        self._check_open()
        outcome: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._writes.put_nowait(_Write(work, outcome))
        return cast(T, await outcome)

    def _check_open(self) -> None:
        if self._writing is None or self._writing.done():
            raise StoreError(f"{self._name} is closed")

    async def _write_until_closed(self) -> None:
        group: list[_Write] = []
        try:
            while (first := await self._writes.get()) is not None:
                group = self._group_after(first)
                await self._commit(group)
        finally:
            self._abandon(group)

    def _group_after(self, first: _Write) -> list[_Write]:
        group = [first]
        while len(group) < MAX_GROUP and not self._writes.empty():
            following = self._writes.get_nowait()
            if following is None:
                self._writes.put_nowait(None)
                break
            group.append(following)
        return [write for write in group if not write.outcome.done()]

    def _abandon(self, group: list[_Write]) -> None:
        """Leave nobody waiting for a write that will not come."""
        while not self._writes.empty():
            if (write := self._writes.get_nowait()) is not None:
                group.append(write)
        for write in group:
            _settle(write.outcome, StoreError(f"{self._name} is closed"))

    async def _commit(self, group: list[_Write]) -> None:
        """Commit all together; where one fails, undo all and commit each by itself, so that it fails alone."""
        if len(group) > 1 and await self._commit_together(group):
            return
        for write in group:
            await self._commit_alone(write)

    async def _commit_together(self, group: list[_Write]) -> bool:
        try:
            results = await self._transact(group)
        except Exception:  # noqa: BLE001 - met again by the write that it belongs to, which then has it alone
            return False
        for write, result in zip(group, results, strict=True):
            _settle(write.outcome, result)
        return True

    async def _commit_alone(self, write: _Write) -> None:
        try:
            (result,) = await self._transact([write])
        except sqlite3.Error as error:
            failure = self._failure(error)
            failure.__cause__ = error
            _settle(write.outcome, failure)
        except Exception as error:  # noqa: BLE001 - it belongs to the caller
            _settle(write.outcome, error)
        else:
            _settle(write.outcome, result)

    async def _transact(self, group: list[_Write]) -> list[object]:
        """Run the group as one transaction; whatever is raised, nothing of it stays."""
        transaction = Transaction(self._writer)
        try:
            await self._begin()
            results = [await write.work(transaction) for write in group]
            await self._writer.execute_fetchall("COMMIT")
        except BaseException:
            await self._writer.rollback()
            raise
        return results

    async def _begin(self) -> None:
        """Take the file's write lock. Nothing can find the file busy after that, as no reader blocks a WAL's writer."""
        for attempt in range(1, BUSY_ATTEMPTS + 1):
            try:
                await self._writer.execute_fetchall("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not is_busy(error) or attempt == BUSY_ATTEMPTS:
                    raise
            else:
                return

    def _failure(self, error: sqlite3.Error) -> StoreError:
        return StoreError(f"{self._name}: {error}")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process or connection held the file for longer than we waited."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _settle(outcome: asyncio.Future[object], result: object) -> None:
    """Hand the result over, unless the caller went away."""
    if outcome.done():
        return
    if isinstance(result, BaseException):
        outcome.set_exception(result)
    else:
        outcome.set_result(result)
