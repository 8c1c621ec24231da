"""The documents of a collection one by one, whatever the store and however many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

from server.documents.admission import encode
from server.documents.catalog import Catalog
from server.documents.mongo import MongoDocuments
from server.documents.schema import connect
from server.documents.storage import Namespace


def embedded_documents(path: Path, namespace: Namespace) -> Iterator[bytes]:
    """The BSON of every document as of now, in the order of insertion; writers are not held up."""
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        collection = Catalog(connection).find(namespace)
        for row in collection.rows() if collection is not None else ():
            yield row.data


async def mongo_documents(store: MongoDocuments, namespace: Namespace) -> AsyncIterator[bytes]:
    """The BSON of every document."""
    async for document in store.documents(namespace):
        yield encode(document)
