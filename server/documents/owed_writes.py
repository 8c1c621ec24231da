"""Writes that another file has decided: made for good together with what stands there, also across a crash.

A commit over two SQLite files in WAL mode is not atomic. So the other file, the identity data's, decides: it keeps the
writes beside the account that they belong to, in one transaction, while this file's lock is held. A process that dies
between the two commits leaves writes that are owed, and whoever takes this file's lock next makes them first.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import Protocol, cast

import bson

from server.documents.errors import DocumentError
from server.documents.journal import Write, replay
from server.documents.savepoints import in_savepoint
from server.documents.storage import Namespace
from server.documents.transaction import Transaction

_log = logging.getLogger(__name__)


class OwedWrites(Protocol):
    """What the other file has decided for one document file; asked on the writer's thread, under the file's lock."""

    @property
    def file(self) -> str:
        """The document file's name there; empty where nothing else ever decides upon it."""
        ...

    def ids(self) -> list[str]:
        """Those decided, oldest first."""
        ...

    def writes(self, id: str) -> bytes | None:
        """The writes, as `encode_writes` made them; None where they are owed no more."""
        ...

    def close(self) -> None:
        """Let go of the other file."""
        ...


class NothingOwed:
    """For a file that nothing else decides upon."""

    file = ""

    def ids(self) -> list[str]:
        """None."""
        return []

    def writes(self, id: str) -> bytes | None:
        """None."""
        del id
        return None

    def close(self) -> None:
        """Nothing is held."""


def encode_writes(writes: Sequence[Write]) -> bytes:
    """As bytes that the other file keeps."""
    return bson.encode(
        {
            "writes": [
                {
                    "database": write.namespace.database,
                    "collection": write.namespace.collection,
                    "number": write.number,
                    "kind": write.kind,
                    "before": write.before,
                    "after": write.after,
                }
                for write in writes
            ]
        }
    )


def decode_writes(data: bytes) -> list[Write]:
    """The writes that `encode_writes` made bytes of."""
    return [
        Write(
            namespace=Namespace(database=row["database"], collection=row["collection"]),
            number=row["number"],
            kind=row["kind"],
            before=row["before"],
            after=row["after"],
        )
        for row in bson.decode(data)["writes"]
    ]


def settle(connection: sqlite3.Connection, owed: OwedWrites) -> None:
    """Make what is owed and was not made yet; for the holder of the file's lock, before anything else is written."""
    decided = owed.ids()
    made = {cast("str", id_) for (id_,) in connection.execute("SELECT id FROM made_writes")}
    for id_ in decided:
        if id_ not in made:
            _make(connection, id_, owed.writes(id_))
    for id_ in made.difference(decided):
        connection.execute("DELETE FROM made_writes WHERE id = ?", (id_,))


def _make(connection: sqlite3.Connection, id_: str, data: bytes | None) -> None:
    if data is None:
        return
    try:
        in_savepoint(connection, lambda: replay(Transaction(connection).catalog, decode_writes(data)))
        _log.warning("made the writes %s, which a process that ended had left", id_)
    except DocumentError:
        # Every writer settles first, so this takes a file that was put back from elsewhere. It must not stand still.
        _log.exception("the writes %s do not fit the documents any more and are given up", id_)
    connection.execute("INSERT INTO made_writes (id) VALUES (?)", (id_,))


class PreparedWrites:
    """Writes made on the writer's thread, which then waits with the commit for the decision."""

    def __init__(self, id: str, writes: Sequence[Write]) -> None:
        self._id = id
        self._writes = writes
        self.prepared: Future[None] = Future()
        self._decision: Future[bool] = Future()

    def work(self, transaction: Transaction) -> None:
        """The writer's work. Raises DocumentError WriteConflict; then nothing was prepared."""
        replay(transaction.catalog, self._writes)
        transaction.catalog.note_made(self._id)
        self.prepared.set_result(None)
        if not self._decision.result():
            raise WritesWithdrawn

    async def until_prepared(self, made: asyncio.Future[None]) -> None:
        """Wait until the writer waits. Raises what ended its work `made` before that."""
        prepared = asyncio.wrap_future(self.prepared)
        await asyncio.wait([made, prepared], return_when=asyncio.FIRST_COMPLETED)
        if not prepared.done():
            prepared.cancel()
            made.result()
            raise RuntimeError("the writer ended without having prepared the writes")

    def decide(self, *, commit: bool) -> None:
        """Let the writer go on."""
        self._decision.set_result(commit)


class WritesWithdrawn(Exception):
    """The decision went against the writes."""


@asynccontextmanager
async def prepared_writes(
    run: Callable[[Callable[[Transaction], None]], asyncio.Future[None]],
    id: str,
    writes: Sequence[Write],
    on_made: Callable[[str], None],
) -> AsyncIterator[None]:
    """The writes, made and locked for the block, which decides by ending well or raising.

    `run` hands work to the writer; `on_made` is told the id once they are on disk. After a decision for them they are
    made even if this file fails now: they are owed. Raises DocumentError WriteConflict before the block.
    """
    held = PreparedWrites(id, writes)
    made = run(held.work)
    try:
        await held.until_prepared(made)
        yield
    except BaseException:
        held.decide(commit=False)
        await asyncio.wait([made])
        made.exception()
        raise
    held.decide(commit=True)
    try:
        await made
        on_made(id)
    except sqlite3.Error:
        _log.exception("the writes %s are decided, but could not be made yet", id)
