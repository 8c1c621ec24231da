"""`vestibule documents export`: collections as mongoexport or mongodump would write them."""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias, cast

from server import ejson
from server.cli.document_place import Place
from server.documents.admission import decode
from server.documents.engine import EmbeddedDocuments
from server.documents.mongo import MongoDocuments
from server.documents.moving.archive import ArchiveWriter, Described
from server.documents.moving.dumping import embedded_documents, mongo_documents, snapshot
from server.documents.moving.sources import METADATA, OWN
from server.documents.operation import Operation
from server.documents.storage import Namespace
from server.ejson import Value
from server.errors import AppError, ErrorCode

FORMATS: Final = ("lines", "array", "bson", "archive")
"""mongoexport's lines and `--jsonArray`, mongodump's folder and archive; the first is the default."""
OF_ONE: Final = ("lines", "array")
"""The formats whose files hold one collection."""
EVERY: Final = "*"
"""In the place of a database's or a collection's name: all of them."""

Store: TypeAlias = EmbeddedDocuments | MongoDocuments
Read: TypeAlias = Callable[[Namespace], AsyncIterator[bytes]]
"""The documents of a collection, all collections as of one moment where the store is embedded."""


async def run(place: Place, options: argparse.Namespace) -> int:
    """Write the collections as of now; a file that is there already is left alone."""
    place.check()
    if EVERY in (options.database, options.collection) and options.format in OF_ONE:
        raise AppError(ErrorCode.INVALID_PARAMETER, "only the formats bson and archive hold several collections")
    async with place.opened() as store:
        with _reading(store, place) as read:
            described = [await _described(store, each) for each in await _chosen(store, options)]
            counts = await _write(described, read, options)
    for each, count in zip(described, counts, strict=True):
        sys.stdout.write(f"{each.namespace}: {count} documents\n")
    return 0


@contextmanager
def _reading(store: Store, place: Place) -> Iterator[Read]:
    if isinstance(store, MongoDocuments):
        yield lambda namespace: mongo_documents(store, namespace)
        return
    with snapshot(place.path) as connection:
        yield lambda namespace: _one_by_one(embedded_documents(connection, namespace))


async def _one_by_one(documents: Iterator[bytes]) -> AsyncIterator[bytes]:
    for document in documents:
        yield document


async def _chosen(store: Store, options: argparse.Namespace) -> list[Namespace]:
    databases = [options.database]
    if options.database == EVERY:
        databases = [name for name in await _names(store, "getDBNames") if name not in OWN]
    chosen: list[Namespace] = []
    for database in databases:
        names = [options.collection]
        if options.collection == EVERY:
            found = await _names(store, "getCollectionNames", database)
            names = [name for name in found if not name.startswith("system.")]
        chosen += [Namespace(database=database, collection=name) for name in names]
    return chosen


async def _names(store: Store, action: str, database: str = "") -> list[str]:
    names = await store.execute(Operation(database=database, collection="", action=action))
    return sorted(map(str, names)) if isinstance(names, list) else []


async def _described(store: Store, namespace: Namespace) -> Described:
    wanted = Operation(database=namespace.database, collection=namespace.collection, action="listIndexes")
    indexes = await store.execute(wanted)
    named: Value = {"options": {}, "indexes": indexes, "collectionName": namespace.collection, "type": "collection"}
    return Described(namespace=namespace, metadata=ejson.dumps(named).decode())


async def _write(described: list[Described], read: Read, options: argparse.Namespace) -> list[int]:
    """What is described, in the form that is asked for; how many documents each had."""
    if options.format == "bson":
        return [await _write_dump(each, read(each.namespace), options) for each in described]
    with _created(options.path, packed=options.gzip) as stream:
        if options.format == "archive":
            return await _write_archive(stream, described, read)
        return [await _write_json(stream, read(described[0].namespace), is_array=options.format == "array")]


async def _write_archive(stream: BinaryIO, described: list[Described], read: Read) -> list[int]:
    archive = ArchiveWriter(stream, described)
    counts: list[int] = []
    for each in described:
        collection = archive.collection(each.namespace)
        counts.append(await _write_bson(collection.write, read(each.namespace)))
        collection.finish()
    return counts


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


async def _write_dump(described: Described, documents: AsyncIterator[bytes], options: argparse.Namespace) -> int:
    folder = Path(options.path) / described.namespace.database
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".gz" if options.gzip else ""
    name = described.namespace.collection
    with _created(folder / f"{name}.bson{suffix}", packed=options.gzip) as stream:
        count = await _write_bson(stream.write, documents)
    with _created(folder / f"{name}{METADATA}{suffix}", packed=options.gzip) as stream:
        stream.write(described.metadata.encode())
    return count


async def _write_bson(write: Callable[[bytes], object], documents: AsyncIterator[bytes]) -> int:
    count = 0
    async for document in documents:
        write(document)
        count += 1
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
