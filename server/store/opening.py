"""Opens the identity data's file: its mode, its settings, its tables."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from importlib import resources
from pathlib import Path

import aiosqlite

from server.store.database import BUSY_ATTEMPTS, Connection, Row, Transaction, is_busy
from server.store.errors import StoreError

APPLICATION_ID = 0x56737462
"""Marks a SQLite file as ours ("Vstb"), so that no other program's file is written to."""

BUSY_TIMEOUT = 5.0
"""Seconds that a statement waits for another process' write."""

# FULL: a commit that has returned survives the loss of power, not only of the process.
_SETTINGS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")


@asynccontextmanager
async def connect(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    """A connection in autocommit mode; the file is made, readable by its owner alone, where there is none."""
    try:
        _make_private(path)
        connection = aiosqlite.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT)
        await connection
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path} cannot be opened: {error}") from error
    try:
        await _settle_in(connection, path)
        yield connection
    finally:
        await connection.close()


async def migrate(connection: Connection, path: Path) -> None:
    """Bring the tables to this version's state, in one transaction; several processes may do so at once."""
    try:
        await connection.execute_fetchall("BEGIN IMMEDIATE")
        await _migrate(Transaction(connection), path)
        await connection.execute_fetchall("COMMIT")
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be used: {error}") from error
    finally:
        await connection.rollback()


def migrations() -> list[str]:
    """The scripts in their order: the first takes an empty file to version 1."""
    folder = resources.files("server.store") / "migrations"
    scripts = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return [script.read_text(encoding="utf-8") for script in scripts]


def _make_private(path: Path) -> None:
    """Make the file, if it is not there, for the owner alone.

    A file that exists is not opened here: closing it would take away the locks that SQLite holds on it in this process
    (POSIX drops all of a process's locks with any of its descriptors), and another process would delete the log of
    committed writes under this one.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


async def _settle_in(connection: aiosqlite.Connection, path: Path) -> None:
    """Apply the settings. Processes that open a new file at once meet SQLITE_BUSY here without having waited."""
    for attempt in range(1, BUSY_ATTEMPTS + 1):
        try:
            for setting in _SETTINGS:
                await connection.execute_fetchall(setting)
        except sqlite3.Error as error:
            if not is_busy(error) or attempt == BUSY_ATTEMPTS:
                raise StoreError(f"{path} cannot be used: {error}") from error
            await asyncio.sleep(0.1 * attempt)
        else:
            return


async def _migrate(transaction: Transaction, path: Path) -> None:
    scripts = migrations()
    version = await _version(transaction, path)
    if version > len(scripts):
        raise StoreError(
            f"{path} was written by a newer version: its schema is {version}, the newest known {len(scripts)}"
        )
    for script in scripts[version:]:
        for statement in statements(script):
            await transaction.execute(statement)
    await transaction.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    await transaction.execute(f"PRAGMA user_version = {len(scripts)}")


async def _version(transaction: Transaction, path: Path) -> int:
    """The number of scripts that the file has seen."""
    owner = _number(await transaction.execute("PRAGMA application_id"))
    tables = _number(await transaction.execute("SELECT count(*) FROM sqlite_master"))
    if owner != APPLICATION_ID and (owner or tables):
        raise StoreError(f"{path} belongs to another program")
    return _number(await transaction.execute("PRAGMA user_version"))


def _number(rows: list[Row]) -> int:
    ((number,),) = rows
    if not isinstance(number, int):
        raise StoreError("the database answered a number with something else")
    return number


def statements(script: str) -> Iterator[str]:
    """The statements of a script, each ended by a semicolon at the end of a line."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise StoreError("a migration ends in the middle of a statement")
