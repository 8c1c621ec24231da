"""The log of every write: read by triggers and watchers, bounded in length."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from bson import Timestamp

from server.documents.admission import decode
from server.documents.key import key
from server.documents.values import INT32_MAX, MISSING
from server.ejson import Document, Value

KEPT: Final = 100_000
"""How many changes the log keeps; a reader further behind has lost its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write. `number` counts up without end; `at` is in milliseconds since the epoch."""

    number: int
    at: int
    database: str
    collection: str
    kind: str
    before: Document | None
    after: Document | None
    depth: int = 0

    def event(self) -> Document:
        """The change event that watchers and triggers get (contract 3.5, 8.2)."""
        document = self.after or self.before or {}
        event: Document = {
            "_id": {"_data": f"{self.number:016x}"},
            "operationType": self.kind,
            "clusterTime": Timestamp(self.at // 1000, self.number % INT32_MAX),
            "ns": {"db": self.database, "coll": self.collection},
            "documentKey": {"_id": document.get("_id")},
        }
        if self.after is not None:
            event["fullDocument"] = self.after
        if self.kind == "update":
            event["updateDescription"] = describe_update(self.before or {}, self.after or {})
        return event


def describe_update(before: Document, after: Document) -> Document:
    """What an update set and took away, by dotted paths; a changed array is given whole."""
    updated: Document = {}
    removed: list[Value] = []
    for path, value in _differences("", before, after):
        if value is MISSING:
            removed.append(path)
        else:
            updated[path] = value
    return {"updatedFields": updated, "removedFields": removed}


def _differences(prefix: str, before: Document, after: Document) -> Iterator[tuple[str, Value]]:
    for name in before.keys() - after.keys():
        yield prefix + name, MISSING
    for name, value in after.items():
        old = before.get(name, MISSING)
        if isinstance(old, dict) and isinstance(value, dict):
            yield from _differences(f"{prefix}{name}.", old, value)
        elif type(old) is not type(value) or key(old) != key(value):
            yield prefix + name, value


def read_changes(
    connection: sqlite3.Connection, after: int, limit: int, *, most_bytes: float = math.inf
) -> list[Change]:
    """The changes numbered above `after`, oldest first; those after so many bytes of documents are left for later."""
    rows = connection.execute(
        "SELECT seq, at, database, collection, kind, before, after, depth FROM changes "
        "WHERE seq > ? ORDER BY seq LIMIT ?",
        (after, limit),
    )
    return [
        Change(
            number=number,
            at=at,
            database=database,
            collection=collection,
            kind=kind,
            before=None if before is None else decode(before),
            after=None if now is None else decode(now),
            depth=depth,
        )
        for number, at, database, collection, kind, before, now, depth in _up_to(rows, most_bytes)
    ]


def _up_to(rows: Iterable[tuple[Any, ...]], most_bytes: float) -> Iterator[tuple[Any, ...]]:
    """The rows until their documents have so many bytes, the one that exceeds it included."""
    size = 0
    for row in rows:
        yield row
        size += len(row[5] or b"") + len(row[6] or b"")
        if size > most_bytes:
            return


def last_change(connection: sqlite3.Connection) -> int:
    """The number of the newest change; 0 before the first."""
    (number,) = connection.execute("SELECT max(seq) FROM changes").fetchone()
    return int(number or 0)


def first_change(connection: sqlite3.Connection) -> int:
    """The number of the oldest change that is kept, or that the next one will have where none is."""
    (number,) = connection.execute("SELECT min(seq) FROM changes").fetchone()
    return last_change(connection) + 1 if number is None else int(number)


def last_change_before(connection: sqlite3.Connection, at: int) -> int:
    """The number of the last change made before this moment, in milliseconds; of those kept."""
    row = connection.execute("SELECT seq FROM changes WHERE at < ? ORDER BY seq DESC LIMIT 1", (at,)).fetchone()
    return first_change(connection) - 1 if row is None else int(row[0])


def trim_changes(connection: sqlite3.Connection) -> None:
    """Forget all but the newest changes."""
    connection.execute("DELETE FROM changes WHERE seq <= ?", (last_change(connection) - KEPT,))
