"""The documents of a collection one by one, whatever the store and however many there are."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from server.documents.admission import encode
from server.documents.catalog import Catalog
from server.documents.mongo import MongoDocuments
from server.documents.schema import connect
from server.documents.storage import Namespace


@contextmanager
def snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """An embedded file as of now, until the end of the block; writers are not held up."""
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        yield connection


def embedded_documents(connection: sqlite3.Connection, namespace: Namespace) -> Iterator[bytes]:
    """The BSON of every document, in the order of insertion."""
    collection = Catalog(connection).find(namespace)
    return iter(()) if collection is None else (data for _, data in collection.stored())


async def mongo_documents(store: MongoDocuments, namespace: Namespace) -> AsyncIterator[bytes]:
    """The BSON of every document."""
    async for document in store.documents(namespace):
        yield encode(document)
