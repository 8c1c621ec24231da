"""Writes to documents that stand or fall with a row of this file (see `server.documents.owed_writes`)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import cast

from server.login_records import DocumentWrites
from server.store.connection import BUSY_TIMEOUT
from server.store.part import StorePart
from server.store.transaction import Transaction

_INSERT_WRITES = "INSERT INTO document_writes (app_id, id, file, writes) VALUES (?, ?, ?, ?)"
_DELETE_WRITES = "DELETE FROM document_writes WHERE app_id = ? AND id = ?"
_FIND_FILES = "SELECT DISTINCT file FROM document_writes"
_FIND_IDS = "SELECT id FROM document_writes WHERE file = ? ORDER BY id"
_FIND_WRITES = "SELECT writes FROM document_writes WHERE file = ? AND id = ?"
_DELETE_OF_FILE = "DELETE FROM document_writes WHERE file = ? AND id = ?"


class DecidedWrites(StorePart):
    """What is owed to document files."""

    async def files_owed_writes(self) -> list[str]:
        """The files to which writes are owed, or have been made but not yet been forgotten."""
        return [cast("str", file) for (file,) in await self._database.read(_FIND_FILES)]

    async def decided_writes(self, file: str) -> list[str]:
        """The ids of the writes decided for a file, oldest first."""
        return [cast("str", id_) for (id_,) in await self._database.read(_FIND_IDS, file)]

    async def forget_writes(self, file: str, ids: list[str]) -> None:
        """The file has them."""

        def work(transaction: Transaction) -> None:
            transaction.execute_many(_DELETE_OF_FILE, [(file, id_) for id_ in ids])

        await self._database.write(work)


class WritesOfFile:
    """What is owed to one document file, read by that file's writer on its own thread (`owed_writes.OwedWrites`)."""

    def __init__(self, path: Path, file: str) -> None:
        self._path = path
        self.file = file
        self._connection: sqlite3.Connection | None = None

    def ids(self) -> list[str]:
        """Those decided, oldest first."""
        return [id_ for (id_,) in self._read().execute(_FIND_IDS, (self.file,))]

    def writes(self, id: str) -> bytes | None:
        """The writes; None where they are owed no more."""
        row = self._read().execute(_FIND_WRITES, (self.file, id)).fetchone()
        return None if row is None else row[0]

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self) -> sqlite3.Connection:
        if self._connection is None:
            # Opened where it is used: a connection belongs to its thread.
            self._connection = sqlite3.connect(self._path, isolation_level=None, timeout=BUSY_TIMEOUT)
            self._connection.execute("PRAGMA query_only = ON")
        return self._connection


def insert_document_writes(transaction: Transaction, writes: DocumentWrites) -> None:
    """Keep writes within the write that decides them, and forget those that are made."""
    transaction.execute_many(_DELETE_WRITES, [(writes.app_id, id_) for id_ in writes.made])
    transaction.execute(_INSERT_WRITES, writes.app_id, writes.id, writes.file, writes.data)
