"""A connection whose thread is given whole pieces of work instead of single statements."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TypeVar, cast

import aiosqlite

BUSY_TIMEOUT = 5.0
"""Seconds that a statement waits for another process' write."""
_ROWS_AT_ONCE = 64

T = TypeVar("T")


class Connection(Protocol):
    """What is asked of a connection."""

    async def run(self, task: Callable[[sqlite3.Connection], T]) -> T:
        """Run the task on the connection's own thread, after those before it; what it raises is raised here."""


class OneHopConnection(aiosqlite.Connection):
    """aiosqlite's connection in autocommit mode, which also runs tasks of many statements.

    aiosqlite crosses to its thread and back for every statement, which costs more than most statements. A task that
    is cancelled while it waits or runs is run to its end all the same.
    """

    def __init__(self, path: Path) -> None:
        connector = functools.partial(sqlite3.connect, path, isolation_level=None, timeout=BUSY_TIMEOUT)
        super().__init__(connector, _ROWS_AT_ONCE)

    async def open(self) -> None:
        """Open the file; where that fails, the thread has ended on return."""
        try:
            await self
        except BaseException:
            await asyncio.to_thread(self._thread.join)
            raise

    async def run(self, task: Callable[[sqlite3.Connection], T]) -> T:
        """Run the task on the connection's own thread, after those before it; what it raises is raised here."""
        execute = cast("Callable[..., Awaitable[T]]", self._execute)
        return await execute(task, self._conn)
