"""The SQLite file of a data source: its tables, its pragmas, its version."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

VERSION: Final = 2
BUSY_MILLISECONDS: Final = 10_000
RESERVED_BYTES: Final = 5 * 1024 * 1024
"""A little more than the log has when SQLite moves it into the database (1,000 pages) and begins it anew."""
CATALOG: Final = """
CREATE TABLE IF NOT EXISTS collections (
    id INTEGER PRIMARY KEY AUTOINCREMENT, database TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (database, name)
);
CREATE TABLE IF NOT EXISTS indexes (
    collection INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, definition BLOB NOT NULL,
    PRIMARY KEY (collection, number), UNIQUE (collection, name)
);
CREATE TABLE IF NOT EXISTS changes (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, database TEXT NOT NULL, collection TEXT NOT NULL,
    kind TEXT NOT NULL, before BLOB, after BLOB, depth INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS made_writes (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
FROM_1: Final = "ALTER TABLE changes ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;"


def connect(path: Path) -> sqlite3.Connection:
    """A connection whose commits survive a crash of the machine, for use by one thread at a time."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_MILLISECONDS / 1000)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA cache_size = -16384")
    return connection


def prepare(connection: sqlite3.Connection) -> None:
    """Make the catalog in a new file; refuse a file of a later version."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise RuntimeError(f"the document file is of version {version}, newer than this server's {VERSION}")
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()  # another process may have been first
    upgrade = FROM_1 if version == 1 else ""
    for statement in f"{CATALOG} {upgrade} PRAGMA user_version = {VERSION}; COMMIT".split(";"):
        connection.execute(statement)


def reserve_log(connection: sqlite3.Connection) -> None:
    """Give the write-ahead log its size beforehand: a commit that need not make the file longer takes half the time.

    A transaction too large for the cache spills into the log, and is then rolled back: the database never grows.
    """
    (pages,) = connection.execute("PRAGMA cache_size").fetchone()
    connection.execute("PRAGMA cache_size = 10")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE reserve (data BLOB)")
    connection.execute("INSERT INTO reserve VALUES (zeroblob(?))", (RESERVED_BYTES,))
    connection.execute("ROLLBACK")
    connection.execute(f"PRAGMA cache_size = {int(pages):d}")


def create_collection(connection: sqlite3.Connection, number: int) -> None:
    """Make the tables of the collection that the catalog knows by this number."""
    connection.execute(f"CREATE TABLE docs_{number:d} (rid INTEGER PRIMARY KEY, doc BLOB NOT NULL)")
    connection.execute(
        f"CREATE TABLE keys_{number:d} (i INTEGER NOT NULL, k BLOB NOT NULL, rid INTEGER NOT NULL, "
        "PRIMARY KEY (i, k, rid)) WITHOUT ROWID"
    )
