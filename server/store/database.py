"""One SQLite file: reads, and writes that are durable when they return."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar, cast

from server.store.connection import Connection
from server.store.errors import StoreError
from server.store.transaction import Column, Row, Transaction, Work, read_together, write_together

MAX_GROUP = 64
"""Write transactions that may share one commit, and so one wait for the disk."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Write:
    work: Work[object]
    outcome: asyncio.Future[object]


class Database:
    """A writer and a reader on one file. Writes take turns; those that wait together are committed together.

    Reads that may take long have a connection of their own, the `searcher`, so that no login waits behind them.
    """

    def __init__(
        self, *, name: str, writer: Connection, reader: Connection, searcher: Connection | None = None
    ) -> None:
        self._name = name
        self._writer = writer
        self._reader = reader
        self._searcher = searcher or reader
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
            return await self._reader.run(lambda connection: Transaction(connection).execute(statement, *parameters))
        except sqlite3.Error as error:
            raise self._failure(error) from error

    async def read_all(self, work: Work[T]) -> T:
        """What several SELECTs give, all as of one moment that is after every write that has returned."""
        return await self._read_together(self._reader, work)

    async def search(self, work: Work[T]) -> T:
        """As `read_all`, for what may take long."""
        return await self._read_together(self._searcher, work)

    async def _read_together(self, connection: Connection, work: Work[T]) -> T:
        self._check_open()
        try:
            return await connection.run(functools.partial(read_together, work=work))
        except sqlite3.Error as error:
            raise self._failure(error) from error

    async def write(self, work: Work[T]) -> T:
        """Run `work` as one transaction on the writer's thread; durable on return.

        `work` may be run again after a rollback, so it must have no effect but its statements. What it raises undoes
        the transaction and is raised here. A caller cancelled while waiting does not learn whether it was written.
        """
        self._check_open()
        outcome: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._writes.put_nowait(_Write(work, outcome))
        return cast("T", await outcome)

    def _check_open(self) -> None:
        if self._writing is None or self._writing.done():
            raise StoreError(f"{self._name} is closed")

    async def _write_until_closed(self) -> None:
        group: list[_Write] = []
        try:
            while (first := await self._writes.get()) is not None:
                await asyncio.sleep(0)  # who is about to write, too, comes along: each commit is dear
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

    async def _commit(self, group: list[_Write]) -> None:
        if not group:
            return
        works = [write.work for write in group]
        outcomes = await self._writer.run(functools.partial(write_together, works=works))
        for write, outcome in zip(group, outcomes, strict=True):
            _settle(write.outcome, self._failure(outcome) if isinstance(outcome, sqlite3.Error) else outcome)

    def _abandon(self, group: list[_Write]) -> None:
        """Leave nobody waiting for a write that will not come."""
        while not self._writes.empty():
            if (write := self._writes.get_nowait()) is not None:
                group.append(write)
        for write in group:
            _settle(write.outcome, StoreError(f"{self._name} is closed"))

    def _failure(self, error: sqlite3.Error) -> StoreError:
        failure = StoreError(f"{self._name}: {error}")
        failure.__cause__ = error
        return failure


def _settle(outcome: asyncio.Future[object], result: object) -> None:
    """Hand the result over, unless the caller went away."""
    if outcome.done():
        return
    if isinstance(result, BaseException):
        outcome.set_exception(result)
    else:
        outcome.set_result(result)
