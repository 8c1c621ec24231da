"""`vestibule documents import`: takes in what mongodump or mongoexport wrote; done again, it goes on where it was."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field

from server import ejson
from server.cli.document_place import Place
from server.documents.engine import EmbeddedDocuments
from server.documents.errors import DocumentError
from server.documents.mongo import MongoDocuments
from server.documents.moving.loading import BATCH, Reader, load_embedded
from server.documents.moving.problems import MovingError
from server.documents.moving.sources import pieces_of
from server.documents.operation import Operation
from server.documents.rows import Row
from server.documents.storage import Namespace
from server.ejson import Document, EjsonError, Value

SECONDS = 1.0
"""Time between two lines about the progress."""


async def run(place: Place, options: argparse.Namespace) -> int:
    """Import everything, tell how it goes on the standard error, and what was done on the standard output."""
    async with place.opened() as store:
        moving = Import(store, str(options.path.name))
        for piece in pieces_of(options.path, options.database, options.collection):
            if isinstance(piece.data, str):
                moving.note_indexes(piece.namespace, piece.data)
            else:
                await moving.add(piece.namespace, piece.data)
        await moving.finish()
    return 0


@dataclass(slots=True)
class Progress:
    """Of one collection."""

    reader: Reader
    waiting: list[Row] = field(default_factory=list)
    read: int = 0
    new: int = 0


class Import:
    """An import under way."""

    def __init__(self, store: EmbeddedDocuments | MongoDocuments, origin: str) -> None:
        self._store = store
        self._origin = origin
        self._collections: dict[Namespace, Progress] = {}
        self._indexes: dict[Namespace, list[Document]] = {}
        self._started = self._told = time.monotonic()

    async def add(self, namespace: Namespace, data: bytes) -> None:
        """Take a document. Raises MovingError, DocumentError."""
        progress = self._progress(namespace)
        progress.waiting.append(progress.reader.read(data))
        if len(progress.waiting) == BATCH:
            await self._write(namespace, progress)

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
        for namespace, progress in self._collections.items():
            await self._write(namespace, progress)
            known = progress.read - progress.new
            left_out = f", {known} were there already" if known else ""
            sys.stdout.write(f"{namespace}: {progress.new} documents{left_out}\n")
        for namespace, indexes in self._indexes.items():
            if isinstance(self._store, EmbeddedDocuments):
                await load_embedded(self._store, namespace, ())  # a collection may be there without documents
            for index in indexes:
                await self._make(namespace, index)

    def _progress(self, namespace: Namespace) -> Progress:
        progress = self._collections.get(namespace)
        if progress is None:
            progress = self._collections[namespace] = Progress(Reader(namespace, self._origin))
        return progress

    async def _write(self, namespace: Namespace, progress: Progress) -> None:
        rows, progress.waiting = progress.waiting, []
        if not rows:
            return
        if isinstance(self._store, MongoDocuments):
            progress.new += await self._store.load(namespace, [row.document for row in rows])
        else:
            progress.new += await load_embedded(self._store, namespace, rows)
        progress.read += len(rows)
        self._tell(namespace, progress)

    def _tell(self, namespace: Namespace, progress: Progress) -> None:
        now = time.monotonic()
        if now > self._told + SECONDS:
            self._told = now
            total = sum(each.read for each in self._collections.values())
            speed = total / (now - self._started)
            sys.stderr.write(f"{namespace}: {progress.read} documents, {speed:.0f} a second\n")

    async def _make(self, namespace: Namespace, index: Document) -> None:
        """An index that the store does not have is named and left out: the documents are there all the same."""
        keys = index.get("key")
        if not isinstance(keys, dict) or keys == {"_id": 1}:
            return
        options: Document = {name: value for name, value in index.items() if name not in {"key", "v", "ns"}}
        wanted = Operation(
            database=namespace.database, collection=namespace.collection, action="createIndex",
            arguments={"keys": keys, "options": options},
        )  # fmt: skip
        try:
            await self._store.execute(wanted)
            sys.stdout.write(f"{namespace}: index {index.get('name')}\n")
        except DocumentError as error:
            sys.stderr.write(f"{namespace}: index {index.get('name')} was left out: {error}\n")


def _items(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []
