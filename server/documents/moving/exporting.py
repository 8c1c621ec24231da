"""What an export holds: collections with their indexes, all of one moment where the store is embedded."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from server import ejson
from server.documents.engine import EmbeddedDocuments
from server.documents.mongo import MongoDocuments
from server.documents.moving.archive import ArchiveWriter, Described
from server.documents.moving.dumping import embedded_documents, mongo_documents, snapshot
from server.documents.moving.problems import MovingError
from server.documents.moving.sources import OWN
from server.documents.operation import Operation
from server.documents.storage import Namespace
from server.ejson import Value

EVERY: Final = "*"
"""In the place of a database's or a collection's name: all of them."""
TOGETHER: Final = 256 * 1024
"""Bytes that are read, and given out, together."""
SHOWN: Final = 10
"""Collections that a refusal suggests."""
Store: TypeAlias = EmbeddedDocuments | MongoDocuments
Read: TypeAlias = Callable[[Namespace], AsyncIterator[bytes]]
"""The BSON of a collection's documents; collections are read in the order in which they are described."""


@dataclass(frozen=True, slots=True)
class Export:
    """Collections to write somewhere, and how to read them."""

    described: list[Described]
    read: Read


@asynccontextmanager
async def exported(store: Store, database: str, collection: str) -> AsyncIterator[Export]:
    """The collections of these names, which may be `*`, until the end of the block. Raises MovingError without any."""
    chosen = await _chosen(store, database, collection)
    described = [await _described(store, namespace) for namespace in chosen]
    if isinstance(store, MongoDocuments):
        yield Export(described, lambda namespace: mongo_documents(store, namespace))
        return
    with snapshot(store.path) as connection:
        yield Export(described, lambda namespace: _embedded(connection, namespace))


async def archive_of(export: Export) -> AsyncIterator[bytes]:
    """The export as an archive of mongodump, piece by piece."""
    buffer = io.BytesIO()
    archive = ArchiveWriter(buffer, export.described)
    for each in export.described:
        collection = archive.collection(each.namespace)
        async for document in export.read(each.namespace):
            collection.write(document)
            if buffer.tell() >= TOGETHER:
                yield _taken(buffer)
        collection.finish()
    yield _taken(buffer)


def _taken(buffer: io.BytesIO) -> bytes:
    data = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return data


async def _embedded(connection: sqlite3.Connection, namespace: Namespace) -> AsyncIterator[bytes]:
    """Read by a thread of its own, so that a server goes on meanwhile."""
    documents = embedded_documents(connection, namespace)
    while page := await asyncio.to_thread(_page, documents):
        for document in page:
            yield document


def _page(documents: Iterator[bytes]) -> list[bytes]:
    page: list[bytes] = []
    size = 0
    for document in documents:
        page.append(document)
        size += len(document)
        if size >= TOGETHER:
            break
    return page


async def _chosen(store: Store, database: str, collection: str) -> list[Namespace]:
    known = [name for name in await _names(store, "getDBNames") if name not in OWN]
    there: list[Namespace] = []
    for name in known:
        found = await _names(store, "getCollectionNames", name)
        there += [Namespace(database=name, collection=each) for each in found if not each.startswith("system.")]
    chosen = [each for each in there if database in (each.database, EVERY) and collection in (each.collection, EVERY)]
    if not chosen:
        raise MovingError(f"there is no collection {database}.{collection}; {_there_are(there)}")
    return chosen


def _there_are(found: list[Namespace]) -> str:
    shown = ", ".join(map(str, found[:SHOWN])) + (", ..." if len(found) > SHOWN else "")
    return f"there are {shown}" if found else "there are no collections at all"


async def _names(store: Store, action: str, database: str = "") -> list[str]:
    names = await store.execute(Operation(database=database, collection="", action=action))
    return sorted(map(str, names)) if isinstance(names, list) else []


async def _described(store: Store, namespace: Namespace) -> Described:
    wanted = Operation(database=namespace.database, collection=namespace.collection, action="listIndexes")
    indexes = await store.execute(wanted)
    named: Value = {"options": {}, "indexes": indexes, "collectionName": namespace.collection, "type": "collection"}
    return Described(namespace=namespace, metadata=ejson.dumps(named).decode())
