"""What an open transaction sees: the data as it stood when it began, under the writes that it has made since."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from server.documents.admission import decode, encode
from server.documents.catalog import Catalog
from server.documents.errors import TRANSACTION_TOO_LARGE, DocumentError
from server.documents.indexes import ID_INDEX, Index
from server.documents.journal import Write
from server.documents.needles import Holds
from server.documents.rows import Admits, Row
from server.documents.storage import Collection, Namespace, duplicate_key
from server.ejson import Document

T = TypeVar("T")
FIRST_OWN_NUMBER: Final = 2**62
"""Rows that the transaction adds are numbered from here, behind all stored ones."""
MAX_BYTES: Final = 64 * 1024 * 1024
"""BSON that the writes of one transaction may take."""


class OverlayCollection(Collection):
    """A collection with the rows that the transaction changed (None: deleted) laid over those it began with."""

    __slots__ = ("_changed", "_exists", "_journal")

    def __init__(
        self, connection: sqlite3.Connection, namespace: Namespace, stored: Collection | None, journal: list[Write]
    ) -> None:
        super().__init__(
            connection, namespace, stored.number if stored else 0, stored.indexes if stored else [ID_INDEX]
        )
        self._exists = stored is not None
        self._journal = journal
        self._changed: dict[int, Row | None] = {}

    def rows(self, admits: Admits | None = None, holds: Holds | None = None) -> Iterator[Row]:
        """Every admitted document as the transaction sees it."""
        changed = dict(self._changed)
        for row in super().rows(None, holds) if self._exists else ():
            seen = changed.pop(row.number, row)
            if seen is not None and (admits is None or admits(seen.document)):
                yield seen
        yield from (row for row in changed.values() if row is not None and (admits is None or admits(row.document)))

    def documents(self, admits: Admits | None = None, holds: Holds | None = None) -> Iterator[Document]:
        """As `rows`, the documents only."""
        return (row.document for row in self.rows(admits, holds))

    def rows_between(
        self, index: Index, ranges: Iterable[tuple[bytes, bytes]], admits: Admits | None = None
    ) -> Iterator[Row]:
        """As stored, less what the transaction changed; then what it changed and has a key in the ranges."""
        wanted = list(ranges)
        changed = dict(self._changed)
        for row in super().rows_between(index, wanted, admits) if self._exists else ():
            if row.number not in changed:
                yield row
        for own in changed.values():
            if own is None or not _has_key_between(index, own.document, wanted):
                continue
            if admits is None or admits(own.document):
                yield own

    def document_at(self, index: Index, key: bytes) -> Document | None:
        """The document with the key of a unique index, as the transaction sees it; None where there is none."""
        return next((row.document for row in self.rows_between(index, [(key, key + b"\xff")])), None)

    def size(self) -> int:
        """How many documents the transaction sees."""
        return sum(1 for _ in self.rows())

    def insert(self, document: Document) -> int:
        """Add a document that has its `_id`; its number in this transaction."""
        number = FIRST_OWN_NUMBER + len(self._journal)
        self._write("insert", number, None, document)
        return number

    def replace(self, row: Row, document: Document, *, kind: str = "update", always: bool = False) -> bool:
        """Put the document in the row's place; False where nothing differs (save `always`)."""
        if encode(document) == row.data and not always:
            return False
        self._write(kind, row.number, row.data, document)
        return True

    def delete(self, row: Row) -> None:
        """Take the row away."""
        self._write("delete", row.number, row.data, None)

    def undo(self, write: Write) -> None:
        """Take back the newest write."""
        if write.before is None:
            del self._changed[write.number]
        else:
            self._changed[write.number] = Row(write.number, write.before, decode(write.before))

    def _write(self, kind: str, number: int, before: bytes | None, document: Document | None) -> None:
        after = None if document is None else encode(document)
        row = None if after is None else Row(number, after, decode(after))
        if row is not None:
            self._check_free(row)
        self._changed[number] = row
        write = Write(namespace=self.namespace, number=number, kind=kind, before=before, after=after, depth=self.depth)
        self._journal.append(write)

    def _check_free(self, row: Row) -> None:
        for index in self.indexes:
            keys = index.keys_of(row.document)
            if index.unique and self._is_taken(index, keys, row.number):
                raise duplicate_key(self.namespace, index, row.document)

    def _is_taken(self, index: Index, keys: set[bytes], number: int) -> bool:
        stored = {holder for key in keys for holder in self.holders(index, key)} if self._exists else set()
        if stored - self._changed.keys() - {number}:
            return True
        others = (row for row in self._changed.values() if row is not None and row.number != number)
        return any(keys & index.keys_of(row.document) for row in others)


def _has_key_between(index: Index, document: Document, ranges: list[tuple[bytes, bytes]]) -> bool:
    return any(low <= key < high for key in index.keys_of(document) for low, high in ranges)


class OverlayCatalog(Catalog):
    """The collections of one open transaction, and the journal of what it wrote."""

    __slots__ = ("_collections", "journal")

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._collections: dict[Namespace, OverlayCollection] = {}
        self.journal: list[Write] = []

    def find(self, namespace: Namespace) -> Collection | None:
        """The collection; None where neither the store nor the transaction has written to it."""
        known = self._collections.get(namespace)
        if known is not None:
            known.depth = self.depth
            return known
        stored = super().find(namespace)
        return None if stored is None else self._lay_over(namespace, stored)

    def require(self, namespace: Namespace) -> Collection:
        """The collection; one that is not there is made when the transaction commits."""
        return self.find(namespace) or self._lay_over(namespace, None)

    def _lay_over(self, namespace: Namespace, stored: Collection | None) -> Collection:
        made = OverlayCollection(self._connection, namespace, stored, self.journal)
        made.depth = self.depth
        self._collections[namespace] = made
        return made

    def alone(self, work: Callable[[], T]) -> T:
        """Run a piece of work; when it fails, what it wrote is taken back."""
        start = len(self.journal)
        try:
            result = work()
            self._check_size()
        except BaseException as error:
            if not (isinstance(error, DocumentError) and error.keeps_work):
                self.undo(start)
            raise
        return result

    def undo(self, start: int) -> None:
        """Take back all writes but the first `start`."""
        while len(self.journal) > start:
            write = self.journal.pop()
            self._collections[write.namespace].undo(write)

    def _check_size(self) -> None:
        size = sum(len(write.before or b"") + len(write.after or b"") for write in self.journal)
        if size > MAX_BYTES:
            raise DocumentError(TRANSACTION_TOO_LARGE, f"the transaction has written more than {MAX_BYTES} bytes")
