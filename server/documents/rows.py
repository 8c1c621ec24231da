"""Rows of a collection's table, read and decoded a page at a time."""

# ruff: noqa: S608 - the names of tables are made of the catalog's numbers, never of what a caller sends

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

import bson

from server.documents.admission import CODEC
from server.documents.budget import check_time
from server.documents.needles import Holds
from server.ejson import Document, Value

FIRST_PAGE: Final = 8
LARGEST_PAGE: Final = 64
"""Documents that are decoded together: so few that most are gone again before Python looks for cycles among them."""

Admits: TypeAlias = Callable[[Value], bool]


class Row(NamedTuple):
    """A stored document: its row number, its BSON and the document itself."""

    number: int
    data: bytes
    document: Document


def scan(connection: sqlite3.Connection, table: str) -> Iterator[list[tuple[int, bytes]]]:
    """Pages of numbers and BSON in the order of insertion; small pages first."""
    return _pages(connection.execute(f"SELECT rid, doc FROM {table} ORDER BY rid"))


def _pages(cursor: sqlite3.Cursor) -> Iterator[list[tuple[int, bytes]]]:
    size = FIRST_PAGE
    while page := cursor.fetchmany(size):
        check_time()
        yield page
        size = min(4 * size, LARGEST_PAGE)


def row_at(connection: sqlite3.Connection, tables: tuple[str, str], index: int, key: bytes) -> list[tuple[int, bytes]]:
    """The row with the key of a unique index, as a page of one; an empty page where there is none."""
    documents, keys = tables
    return connection.execute(
        f"SELECT rid, doc FROM {documents} WHERE rid = (SELECT rid FROM {keys} WHERE i = ? AND k = ?)", (index, key)
    ).fetchall()


def between(
    connection: sqlite3.Connection, tables: tuple[str, str], index: int, ranges: Iterable[tuple[bytes, bytes]]
) -> Iterator[list[tuple[int, bytes]]]:
    """Pages of the rows with a key of the index in one of the ranges (lower bound in, upper out), each row once."""
    documents, keys = tables
    seen: set[int] = set()
    for low, high in ranges:
        cursor = connection.execute(
            f"SELECT d.rid, d.doc FROM {keys} k CROSS JOIN {documents} d ON d.rid = k.rid "
            "WHERE k.i = ? AND k.k >= ? AND k.k < ?",
            (index, low, high),
        )
        for page in _pages(cursor):
            fresh = {row[0]: row for row in page if row[0] not in seen}
            seen.update(fresh)
            yield list(fresh.values())


def documents_of(
    pages: Iterable[Sequence[tuple[int, bytes]]], admits: Admits | None, holds: Holds | None = None
) -> Iterator[Document]:
    """As `decoded`, for who needs nothing but the documents."""
    for page in pages:
        blobs = [data for _, data in page] if holds is None else [data for _, data in page if holds(data)]
        documents = bson.decode_all(b"".join(blobs), CODEC) if blobs else []
        yield from documents if admits is None else filter(admits, documents)


def decoded(
    pages: Iterable[Sequence[tuple[int, bytes]]], admits: Admits | None, holds: Holds | None = None
) -> Iterator[Row]:
    """The rows of the pages whose BSON and whose documents are admitted; a page is decoded in one go."""
    for page in pages:
        kept = page if holds is None else [row for row in page if holds(row[1])]
        documents = bson.decode_all(b"".join([data for _, data in kept]), CODEC) if kept else []
        for (number, data), document in zip(kept, documents, strict=True):
            if admits is None or admits(document):
                yield Row(number, data, document)
