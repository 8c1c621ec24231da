"""Writes take turns, share commits, outlive their callers, and wait for other processes."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import pytest

from server.store.connection import Connection
from server.store.database import Database
from server.store.errors import StoreError
from server.store.opening import connect
from server.store.transaction import Column, Row, Transaction
from tests.unit.store.statements import Statements

T = TypeVar("T")


@dataclass(slots=True)
class Watched:
    """A connection that notes its statements and tasks, and finds the file busy as often as told."""

    connection: Connection
    statements: list[str] = field(default_factory=list)
    tasks: int = 0
    busy: int = 0

    async def run(self, task: Callable[[sqlite3.Connection], T]) -> T:
        """Note the task, and run it on a connection that is watched."""
        self.tasks += 1
        return await self.connection.run(lambda raw: task(cast("sqlite3.Connection", WatchedStatements(raw, self))))


@dataclass(slots=True)
class WatchedStatements(Statements):
    """Tells it of each statement."""

    watched: Watched

    def execute(self, sql: str, parameters: Sequence[Column] = ()) -> sqlite3.Cursor:
        """Note and run."""
        self.watched.statements.append(sql)
        if self.watched.busy and sql.startswith("BEGIN"):
            self.watched.busy -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error
        return self.raw.execute(sql, parameters)


@pytest.fixture
async def watched(path: Path) -> AsyncIterator[Watched]:
    """The writer's connection, to a file with one table."""
    async with connect(path) as writer:
        await writer.run(lambda raw: raw.execute("CREATE TABLE numbers (number)"))
        yield Watched(writer)


@pytest.fixture
async def database(watched: Watched, path: Path) -> AsyncIterator[Database]:
    """A database whose writes are watched."""
    async with connect(path) as reader, Database(name="test", writer=watched, reader=reader) as database:
        yield database


async def add(database: Database, number: int) -> int:
    """Write a number, and give it back."""

    def work(transaction: Transaction) -> int:
        transaction.execute("INSERT INTO numbers VALUES (?)", number)
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


async def test_who_is_about_to_write_shares_the_commit(database: Database, watched: Watched) -> None:
    """A write that is asked for in the loop's turn after the first one's is committed with it."""

    async def add_next() -> int:
        await asyncio.sleep(0)
        return await add(database, 2)

    results = await asyncio.gather(add(database, 1), add_next())

    assert list(results) == [1, 2]
    assert watched.statements.count("COMMIT") == 1


async def test_a_group_of_writes_is_one_hop(database: Database, watched: Watched) -> None:
    """However many statements waiting writes have, the connection's thread is asked once."""
    await asyncio.gather(*(add(database, number) for number in range(20)))

    assert watched.tasks == 1


async def test_failure_is_its_callers_alone(database: Database, watched: Watched) -> None:
    """What one write raises reaches its caller, undoes nothing of others, and costs them no commit of their own."""
    results = await asyncio.gather(*(add(database, number) for number in (1, -2, 3)), return_exceptions=True)

    assert [str(result) for result in results] == ["1", "-2", "3"]
    assert isinstance(results[1], ArithmeticError)
    assert watched.statements.count("COMMIT") == 1
    assert await database.read("SELECT number FROM numbers ORDER BY number") == [(1,), (3,)]


async def test_writes_that_succeed_take_no_savepoints(database: Database, watched: Watched) -> None:
    """A group of which nothing has to be undone alone is begun and committed, and that is all."""
    await asyncio.gather(*(add(database, number) for number in range(20)))

    assert [one for one in watched.statements if not one.startswith("INSERT")] == ["BEGIN IMMEDIATE", "COMMIT"]


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


async def test_reads_of_one_moment(database: Database, path: Path) -> None:
    """What is read together does not see what others write in between."""
    await add(database, 1)
    counts = "SELECT count(*) FROM numbers"

    def work(transaction: Transaction) -> tuple[list[Row], list[Row]]:
        before = transaction.execute(counts)
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("INSERT INTO numbers VALUES (2)")
        return before, transaction.execute(counts)

    assert await database.read_all(work) == ([(1,)], [(1,)])
    assert await database.read(counts) == [(2,)]


async def test_closing_finishes_what_waits(watched: Watched, path: Path) -> None:
    """Writes that were accepted before the end are written."""
    async with connect(path) as reader:
        async with Database(name="test", writer=watched, reader=reader) as database:
            writes = [asyncio.ensure_future(add(database, number)) for number in range(3)]
            await asyncio.sleep(0)

        assert await asyncio.gather(*writes) == [0, 1, 2]
