"""Writes take turns, share commits, outlive their callers, and wait for other processes."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from server.store.database import Column, Connection, Database, Transaction
from server.store.errors import StoreError
from server.store.opening import connect


@dataclass(slots=True)
class Watched:
    """A connection that notes its statements, and finds the file busy as often as told."""

    connection: Connection
    statements: list[str] = field(default_factory=list)
    busy: int = 0

    async def execute_fetchall(self, sql: str, parameters: Sequence[Column] = ()) -> Iterable[sqlite3.Row]:
        """Note and run."""
        self.statements.append(sql)
        if self.busy and sql.startswith("BEGIN"):
            self.busy -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error
        return await self.connection.execute_fetchall(sql, parameters)

    async def rollback(self) -> None:
        """Undo."""
        await self.connection.rollback()


@pytest.fixture
async def watched(path: Path) -> AsyncIterator[Watched]:
    """The writer's connection, to a file with one table."""
    async with connect(path) as writer:
        await writer.execute_fetchall("CREATE TABLE numbers (number)")
        yield Watched(writer)


@pytest.fixture
async def database(watched: Watched, path: Path) -> AsyncIterator[Database]:
    """A database whose writes are watched."""
    async with connect(path) as reader, Database(name="test", writer=watched, reader=reader) as database:
        yield database


async def add(database: Database, number: int) -> int:
    """Write a number, and give it back."""

    async def work(transaction: Transaction) -> int:
        await transaction.execute("INSERT INTO numbers VALUES (?)", number)
        if number < 0:
            raise ArithmeticError(str(number))
        return number

    return await database.write(work)


async def test_waiting_writes_share_a_commit(database: Database, watched: Watched) -> None:
    """Writes that wait at the same time need one transaction, and each gets its own result."""
    results = await asyncio.gather(*(add(database, number) for number in range(20)))

    assert results == list(range(20))
    assert watched.statements.count("COMMIT") == 1
    assert await database.read("SELECT count(*) FROM numbers") == [(20,)]


async def test_failure_is_its_callers_alone(database: Database) -> None:
    """What one write raises reaches its caller and undoes nothing of others."""
    results = await asyncio.gather(*(add(database, number) for number in (1, -2, 3)), return_exceptions=True)

    assert [str(result) for result in results] == ["1", "-2", "3"]
    assert isinstance(results[1], ArithmeticError)
    assert await database.read("SELECT number FROM numbers ORDER BY number") == [(1,), (3,)]


async def test_cancelled_caller_harms_nobody(database: Database) -> None:
    """A caller who goes away stops waiting; the others' writes go on, and later ones too."""
    async with asyncio.TaskGroup() as tasks:
        leaving = tasks.create_task(add(database, 1))
        staying = tasks.create_task(add(database, 2))
        await asyncio.sleep(0)
        leaving.cancel()

    assert staying.result() == 2
    assert await add(database, 3) == 3


async def test_busy_file_is_tried_again(database: Database, watched: Watched) -> None:
    """A file that another process holds for a while delays a write and does not fail it."""
    watched.busy = 3

    assert await add(database, 1) == 1


async def test_file_that_stays_busy_fails_the_write(database: Database, watched: Watched) -> None:
    """A file that is never free is reported, and the next write may succeed."""
    watched.busy = 5

    with pytest.raises(StoreError, match="locked"):
        await add(database, 1)

    assert await add(database, 2) == 2
    assert await database.read("SELECT number FROM numbers") == [(2,)]


async def test_write_waits_for_another_process(database: Database, path: Path) -> None:
    """While another connection holds the write lock a write waits; reads do not."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(add(database, 1))
            assert await database.read("SELECT count(*) FROM numbers") == [(0,)]
            assert not writing.done()
            other.execute("ROLLBACK")

    assert writing.result() == 1


async def test_failing_statement_is_a_store_error(database: Database) -> None:
    """SQLite's own errors are named after the file, in writes and reads."""
    with pytest.raises(StoreError, match="test: no such table: missing"):
        await database.read("SELECT * FROM missing")
    with pytest.raises(StoreError, match="test: no such table: missing"):
        await database.write(lambda transaction: transaction.execute("DELETE FROM missing"))


async def test_closing_finishes_what_waits(watched: Watched, path: Path) -> None:
    """Writes that were accepted before the end are written."""
    async with connect(path) as reader:
        async with Database(name="test", writer=watched, reader=reader) as database:
            writes = [asyncio.ensure_future(add(database, number)) for number in range(3)]
            await asyncio.sleep(0)

        assert await asyncio.gather(*writes) == [0, 1, 2]
