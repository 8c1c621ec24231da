"""One collection's documents and index keys in SQLite, and the change log written beside them."""

# ruff: noqa: S608 - the names of tables are made of the catalog's numbers, never of what a caller sends

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Final

from bson import ObjectId

from server.documents.admission import decode, encode
from server.documents.errors import DUPLICATE_KEY, DocumentError
from server.documents.indexes import Index
from server.documents.needles import Holds
from server.documents.paths import candidates
from server.documents.rows import Admits, Row, between, decoded, documents_of, row_at, scan
from server.documents.values import MISSING, milliseconds
from server.ejson import Document, Value

KEYS_AT_ONCE: Final = 256
"""Keys that one statement asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A collection by name."""

    database: str
    collection: str

    def __str__(self) -> str:
        return f"{self.database}.{self.collection}"


class Collection:
    """The rows of one collection, seen through one connection; every write keeps the indexes and the change log."""

    __slots__ = ("_connection", "_documents", "_keys", "depth", "indexes", "namespace", "number")

    def __init__(
        self, connection: sqlite3.Connection, namespace: Namespace, number: int, indexes: list[Index], depth: int = 0
    ) -> None:
        self._connection = connection
        self._documents = f"docs_{number:d}"
        self._keys = f"keys_{number:d}"
        self.namespace = namespace
        self.number = number
        self.indexes = indexes
        self.depth = depth

    def rows(self, admits: Admits | None = None, holds: Holds | None = None) -> Iterator[Row]:
        """Every document that is admitted, in the order of insertion; what is written meanwhile may or may not come.

        `holds`: a test of BSON that admitted documents pass for sure.
        """
        return decoded(scan(self._connection, self._documents), admits, holds)

    def documents(self, admits: Admits | None = None, holds: Holds | None = None) -> Iterator[Document]:
        """As `rows`, for who needs nothing but the documents."""
        return documents_of(scan(self._connection, self._documents), admits, holds)

    def stored(self) -> Iterator[tuple[int, bytes]]:
        """The number and the BSON of every document, in the order of insertion."""
        return chain.from_iterable(scan(self._connection, self._documents))

    def rows_between(
        self, index: Index, ranges: Iterable[tuple[bytes, bytes]], admits: Admits | None = None
    ) -> Iterator[Row]:
        """The admitted documents with a key of the index in one of the ranges, each once."""
        pages = between(self._connection, (self._documents, self._keys), index.number, ranges)
        return decoded(pages, admits)

    def document_at(self, index: Index, key: bytes) -> Document | None:
        """The document with the key of a unique index; None where there is none."""
        page = row_at(self._connection, (self._documents, self._keys), index.number, key)
        return decode(page[0][1]) if page else None

    def size(self) -> int:
        """How many documents there are: each has one `_id`."""
        (count,) = self._connection.execute(f"SELECT count(*) FROM {self._keys} WHERE i = 0").fetchone()
        return int(count)

    def numbered(self, numbers: Iterable[int]) -> Iterator[Row]:
        """The rows of those numbers that are there."""
        for number in numbers:
            data = self.data_of(number)
            if data is not None:
                yield Row(number, data, decode(data))

    def data_of(self, number: int) -> bytes | None:
        """The BSON of the row of that number; None where there is none."""
        row = self._connection.execute(f"SELECT doc FROM {self._documents} WHERE rid = ?", (number,)).fetchone()
        return None if row is None else bytes(row[0])

    def insert(self, document: Document) -> int:
        """Add a document that has its `_id`; the number of its row."""
        data = encode(document)
        stored = decode(data)
        keys = [(index, index.keys_for(stored)) for index in self.indexes]
        for index, items in keys:
            self._check_unique(index, items, stored)
        cursor = self._connection.execute(f"INSERT INTO {self._documents} (doc) VALUES (?)", (data,))
        number = cursor.lastrowid or 0
        for index, items in keys:
            self._add_keys(index, items, number)
        self._log("insert", None, data)
        return number

    def load(self, documents: Iterable[Row]) -> int:
        """Add rows in a few statements, whatever their numbers, and without the change log; how many were new.

        Those whose `_id` is there already are left out.
        """
        (last,) = self._connection.execute(f"SELECT coalesce(max(rid), 0) FROM {self._documents}").fetchone()
        documents = list(documents)
        taken = self._taken(documents if last else [])
        rows: list[tuple[int, bytes]] = []
        keys: list[tuple[int, bytes, int]] = []
        for row in documents:
            number = last + len(rows) + 1
            found = [(index, index.keys_for(row.document)) for index in self.indexes]
            if not found[0][1].isdisjoint(taken[found[0][0].number]):
                continue
            for index, items in found:
                if index.unique and not items.isdisjoint(taken[index.number]):
                    raise duplicate_key(self.namespace, index, row.document)
                taken[index.number] |= items if index.unique else set()
                keys.extend((index.number, item, number) for item in items)
            rows.append((number, row.data))
        self._connection.executemany(f"INSERT INTO {self._documents} (rid, doc) VALUES (?, ?)", rows)
        self._connection.executemany(f"INSERT INTO {self._keys} (i, k, rid) VALUES (?, ?, ?)", keys)
        return len(rows)

    def _taken(self, documents: list[Row]) -> dict[int, set[bytes]]:
        """By the index's number, those keys of the documents in unique indexes that other documents have."""
        taken: dict[int, set[bytes]] = {index.number: set() for index in self.indexes}
        for index in self.indexes:
            wanted = [item for row in documents for item in index.keys_of(row.document)] if index.unique else []
            for first in range(0, len(wanted), KEYS_AT_ONCE):
                part = wanted[first : first + KEYS_AT_ONCE]
                marks = ", ".join("?" * len(part))
                found = self._connection.execute(
                    f"SELECT k FROM {self._keys} WHERE i = ? AND k IN ({marks})", (index.number, *part)
                )
                taken[index.number].update(key for (key,) in found)
        return taken

    def replace(self, row: Row, document: Document, *, kind: str = "update", always: bool = False) -> bool:
        """Put the document in the row's place; False, and nothing is written, where nothing differs (save `always`)."""
        data = encode(document)
        if data == row.data and not always:
            return False
        stored = decode(data)
        self._connection.execute(f"UPDATE {self._documents} SET doc = ? WHERE rid = ?", (data, row.number))
        for index in self.indexes:
            before, after = index.keys_of(row.document), index.keys_for(stored)
            if before != after:
                self._remove_keys(index, before - after, row.number)
                self._check_unique(index, after - before, stored)
                self._add_keys(index, after - before, row.number)
        self._log(kind, row.data, data)
        return True

    def delete(self, row: Row) -> None:
        """Take the row away."""
        for index in self.indexes:
            self._remove_keys(index, index.keys_of(row.document), row.number)
        self._connection.execute(f"DELETE FROM {self._documents} WHERE rid = ?", (row.number,))
        self._log("delete", row.data, None)

    def fill(self, index: Index) -> None:
        """Give every document its keys in a new index."""
        for row in self.rows():
            keys = index.keys_for(row.document)
            self._check_unique(index, keys, row.document)
            self._add_keys(index, keys, row.number)

    def empty(self, index: Index) -> None:
        """Take all keys of an index away."""
        self._connection.execute(f"DELETE FROM {self._keys} WHERE i = ?", (index.number,))

    def holders(self, index: Index, item: bytes) -> list[int]:
        """The numbers of the rows that have a key in an index."""
        rows = self._connection.execute(f"SELECT rid FROM {self._keys} WHERE i = ? AND k = ?", (index.number, item))
        return [number for (number,) in rows]

    def _check_unique(self, index: Index, keys: set[bytes], document: Document) -> None:
        if index.unique and any(self.holders(index, item) for item in keys):
            raise duplicate_key(self.namespace, index, document)

    def _add_keys(self, index: Index, keys: set[bytes], number: int) -> None:
        self._connection.executemany(
            f"INSERT INTO {self._keys} (i, k, rid) VALUES (?, ?, ?)", [(index.number, item, number) for item in keys]
        )

    def _remove_keys(self, index: Index, keys: set[bytes], number: int) -> None:
        self._connection.executemany(
            f"DELETE FROM {self._keys} WHERE i = ? AND k = ? AND rid = ?",
            [(index.number, item, number) for item in keys],
        )

    def _log(self, kind: str, before: bytes | None, after: bytes | None) -> None:
        self._connection.execute(
            "INSERT INTO changes (at, database, collection, kind, before, after, depth) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                milliseconds(datetime.now(UTC)),
                self.namespace.database,
                self.namespace.collection,
                kind,
                before,
                after,
                self.depth,
            ),
        )


def duplicate_key(namespace: Namespace, index: Index, document: Document) -> DocumentError:
    """The refusal of a document whose key in a unique index is taken."""
    shown = ", ".join(
        f"{name}: {_shown(next(iter(candidates(document, path)), None))}"
        for (name, _), path in zip(index.fields, index.paths, strict=True)
    )
    return DocumentError(
        DUPLICATE_KEY,
        f"Duplicate key error: E11000 duplicate key error collection: {namespace} index: {index.name} "
        f"dup key: {{ {shown} }}",
    )


def _shown(value: Value) -> str:
    """A value as the shell writes it."""
    if value is None or value is MISSING:
        return "null"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    return f"ObjectId('{value}')" if isinstance(value, ObjectId) else str(value)
