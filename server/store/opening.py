"""Opens the identity data's file: its mode, its settings, its tables."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from importlib import resources
from pathlib import Path

from server.store.connection import Connection, OneHopConnection
from server.store.errors import StoreError
from server.store.transaction import BUSY_ATTEMPTS, Row, Transaction, is_busy

APPLICATION_ID = 0x56737462
"""Marks a SQLite file as ours ("Vstb"), so that no other program's file is written to."""

ARRIVING = "restoring"
"""The folder beside the file where a restore puts what it copies, until all of it is there."""

# FULL: a commit that has returned survives the loss of power, not only of the process.
_SETTINGS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")


@asynccontextmanager
async def connect(path: Path) -> AsyncIterator[OneHopConnection]:
    """A connection in autocommit mode; the file is made, readable by its owner alone, where there is none."""
    try:
        _make_private(path)
        connection = OneHopConnection(path)
        await connection.open()
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path} cannot be opened: {error}") from error
    try:
        await _settle_in(connection, path)
        yield connection
    finally:
        await connection.close()


def refuse_half_restored(path: Path) -> None:
    """A restore that was interrupted has files on their way: a new store would stand between others' documents."""
    arriving = path.parent / ARRIVING
    if arriving.exists() and not path.exists():
        raise StoreError(
            f"a restore into {path.parent} was interrupted: run `vestibule restore` again, or remove {arriving}, and "
            "documents and secrets.key beside it"
        )


async def migrate(connection: Connection, path: Path) -> None:
    """Bring the tables to this version's state, in one transaction; several processes may do so at once."""
    try:
        await connection.run(lambda raw: _migrate(raw, path))
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be used: {error}") from error


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


async def _settle_in(connection: Connection, path: Path) -> None:
    """Apply the settings. Processes that open a new file at once meet SQLITE_BUSY here without having waited."""
    for attempt in range(1, BUSY_ATTEMPTS + 1):
        try:
            await connection.run(_apply_settings)
        except sqlite3.Error as error:
            if not is_busy(error) or attempt == BUSY_ATTEMPTS:
                raise StoreError(f"{path} cannot be used: {error}") from error
            await asyncio.sleep(0.1 * attempt)
        else:
            return


def _apply_settings(connection: sqlite3.Connection) -> None:
    for setting in _SETTINGS:
        connection.execute(setting).close()


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        _bring_up(Transaction(connection), path)
        connection.execute("COMMIT")
    finally:
        connection.rollback()


def _bring_up(transaction: Transaction, path: Path) -> None:
    scripts = migrations()
    version = _version(transaction, path)
    if version > len(scripts):
        raise StoreError(
            f"{path} was written by a newer version: its schema is {version}, the newest known {len(scripts)}"
        )
    for script in scripts[version:]:
        for statement in statements(script):
            transaction.execute(statement)
    transaction.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    transaction.execute(f"PRAGMA user_version = {len(scripts)}")


def _version(transaction: Transaction, path: Path) -> int:
    """The number of scripts that the file has seen."""
    owner = _number(transaction.execute("PRAGMA application_id"))
    tables = _number(transaction.execute("SELECT count(*) FROM sqlite_master"))
    if owner != APPLICATION_ID and (owner or tables):
        raise StoreError(f"{path} belongs to another program")
    return _number(transaction.execute("PRAGMA user_version"))


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
