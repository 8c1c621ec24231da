"""`vestibule documents export`: one collection as mongoexport or mongodump would write it."""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from server import ejson
from server.cli.document_place import Place, namespace_of, operation
from server.documents.admission import decode
from server.documents.mongo import MongoDocuments
from server.documents.moving.dumping import embedded_documents, mongo_documents
from server.documents.moving.sources import METADATA
from server.ejson import Value

FORMATS: Final = ("lines", "array", "bson")
"""mongoexport's lines and `--jsonArray`, and mongodump's folder; the first is the default."""


async def run(place: Place, options: argparse.Namespace) -> int:
    """Write the collection as of now; a file that is there already is left alone."""
    place.check()
    async with place.opened() as store:
        indexes = await store.execute(operation(options, "listIndexes"))
        documents = _documents(store, place, options)
        if options.format == "bson":
            count = await _write_dump(options, documents, indexes)
        else:
            with _created(options.path, packed=options.gzip) as stream:
                count = await _write_json(stream, documents, is_array=options.format == "array")
    sys.stdout.write(f"{namespace_of(options)}: {count} documents\n")
    return 0


async def _documents(store: object, place: Place, options: argparse.Namespace) -> AsyncIterator[bytes]:
    if isinstance(store, MongoDocuments):
        async for document in mongo_documents(store, namespace_of(options)):
            yield document
        return
    for document in embedded_documents(place.path, namespace_of(options)):
        yield document


async def _write_json(stream: BinaryIO, documents: AsyncIterator[bytes], *, is_array: bool) -> int:
    count = 0
    stream.write(b"[" if is_array else b"")
    async for document in documents:
        stream.write(b",\n" if is_array and count else b"")
        stream.write(ejson.dumps(decode(document)))
        stream.write(b"" if is_array else b"\n")
        count += 1
    stream.write(b"]\n" if is_array else b"")
    return count


async def _write_dump(options: argparse.Namespace, documents: AsyncIterator[bytes], indexes: Value) -> int:
    folder = Path(options.path) / options.database
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".gz" if options.gzip else ""
    count = 0
    with _created(folder / f"{options.collection}.bson{suffix}", packed=options.gzip) as stream:
        async for document in documents:
            stream.write(document)
            count += 1
    metadata: Value = {"options": {}, "indexes": indexes, "collectionName": options.collection, "type": "collection"}
    with _created(folder / f"{options.collection}{METADATA}{suffix}", packed=options.gzip) as stream:
        stream.write(ejson.dumps(metadata))
    return count


@contextmanager
def _created(path: Path, *, packed: bool) -> Iterator[BinaryIO]:
    """A new file, which goes again where it cannot be written to its end: half an export looks like a whole one."""
    with path.open("xb") as raw:
        try:
            if packed:
                with gzip.GzipFile(fileobj=raw, mode="wb") as stream:
                    yield cast("BinaryIO", stream)
            else:
                yield raw
            raw.flush()
        except BaseException:
            path.unlink()
            raise
