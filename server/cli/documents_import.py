"""`vestibule documents import`: takes in what mongodump or mongoexport wrote; done again, it goes on where it was."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field

from server import ejson
from server.cli.document_place import DocumentPlace, opened_place
from server.cli.terminal import Progress
from server.documents.errors import DocumentError
from server.documents.moving.loading import Reader
from server.documents.moving.problems import MovingError
from server.documents.moving.sources import pieces_of
from server.documents.rows import Row
from server.documents.storage import Namespace
from server.ejson import Document, EjsonError, Value
from server.remote.exchange import RemoteError
from server.settings import Settings

SECONDS = 1.0
"""Time between two lines about the progress."""
LARGEST = 4 * 1024 * 1024
"""Bytes that are written together, unless one document has more."""
REFUSED = "MongoDBError"
"""A server's code for what its store refuses."""


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Import everything, tell how it goes on the standard error, and what was done on the standard output."""
    async with opened_place(settings, options, makes=True) as place:
        moving = Import(place, str(options.path.name))
        try:
            await _take(moving, options)
        except MovingError as error:
            advice = "what was read before is kept; mend the file and start the import again"
            raise MovingError(f"{error}; {advice}") from error
    return 0


async def _take(moving: Import, options: argparse.Namespace) -> None:
    for piece in pieces_of(options.path, options.database, options.collection):
        if isinstance(piece.data, str):
            moving.note_indexes(piece.namespace, piece.data)
        else:
            await moving.add(piece.namespace, piece.data)
    await moving.finish()


@dataclass(slots=True)
class Moving:
    """One collection on its way."""

    reader: Reader
    waiting: list[Row] = field(default_factory=list)
    size: int = 0
    """Bytes that wait."""
    read: int = 0
    new: int = 0


class Import:
    """An import under way."""

    def __init__(self, place: DocumentPlace, origin: str) -> None:
        self._place = place
        self._origin = origin
        self._collections: dict[Namespace, Moving] = {}
        self._indexes: dict[Namespace, list[Document]] = {}
        self._started = self._told = time.monotonic()
        self._line = Progress("importing")

    async def add(self, namespace: Namespace, data: bytes) -> None:
        """Take a document. Raises MovingError, DocumentError."""
        moving = self._moving(namespace)
        row = moving.reader.read(data)
        if moving.size + len(row.data) > LARGEST:
            await self._write(namespace, moving)
        moving.waiting.append(row)
        moving.size += len(row.data)
        if len(moving.waiting) == self._place.most_together:
            await self._write(namespace, moving)

    def note_indexes(self, namespace: Namespace, metadata: str) -> None:
        """Keep the indexes that a collection's metadata name until its documents are there. Raises MovingError."""
        try:
            described = ejson.loads(metadata) if metadata else {}
        except EjsonError as error:
            raise MovingError(f"{namespace}: its metadata are not Extended JSON: {error}") from error
        indexes = described.get("indexes") if isinstance(described, dict) else None
        self._indexes[namespace] = [index for index in _items(indexes) if isinstance(index, dict)]

    async def finish(self) -> None:
        """Write what waits, make the indexes, and print what was done."""
        for namespace, moving in self._collections.items():
            await self._write(namespace, moving)
            known = moving.read - moving.new
            left_out = f", {known} were there already" if known else ""
            self._line.clear()
            sys.stdout.write(f"{namespace}: {moving.new} documents{left_out}\n")
        for namespace, indexes in self._indexes.items():
            if namespace not in self._collections:
                await self._place.load(namespace, ())  # a collection may be there without documents
            for index in indexes:
                await self._make(namespace, index)

    def _moving(self, namespace: Namespace) -> Moving:
        moving = self._collections.get(namespace)
        if moving is None:
            moving = self._collections[namespace] = Moving(Reader(namespace, self._origin))
        return moving

    async def _write(self, namespace: Namespace, moving: Moving) -> None:
        rows, moving.waiting, moving.size = moving.waiting, [], 0
        if rows:
            moving.new += await self._place.load(namespace, rows)
            moving.read += len(rows)
            self._tell(namespace, moving)

    def _tell(self, namespace: Namespace, moving: Moving) -> None:
        """In a line that stays in its place where a person watches, else in a new line every second."""
        now = time.monotonic()
        total = sum(each.read for each in self._collections.values())
        text = f"{namespace}: {moving.read} documents, {total / max(now - self._started, 0.001):.0f} a second"
        if self._line.is_watched:
            self._line.show(text)
        elif now > self._told + SECONDS:
            self._told = now
            sys.stderr.write(f"{text}\n")

    async def _make(self, namespace: Namespace, index: Document) -> None:
        """An index that the store does not have is named and left out: the documents are there all the same."""
        keys = index.get("key")
        if not isinstance(keys, dict) or keys == {"_id": 1}:
            return
        options: Document = {name: value for name, value in index.items() if name not in {"key", "v", "ns"}}
        try:
            await self._place.make_index(namespace, keys, options)
            sys.stdout.write(f"{namespace}: index {index.get('name')}\n")
        except (DocumentError, RemoteError) as error:
            if isinstance(error, RemoteError) and error.code != REFUSED:
                raise
            sys.stderr.write(f"{namespace}: index {index.get('name')} was left out: {error}\n")


def _items(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []
