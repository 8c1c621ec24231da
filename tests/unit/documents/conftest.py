"""A fresh document file for each test, and a short way to run operations on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient

from server.documents import EmbeddedDocuments, Operation, WriteGuard
from server.documents.mongo import MongoDocuments
from server.documents.store import DocumentStore
from server.ejson import Document, Value

EMBEDDED, MONGODB = "embedded", "mongodb"
IN_BOTH_STORES = pytest.mark.parametrize("things", [EMBEDDED, MONGODB], indirect=True)
"""For tests of what the embedded engine and a real MongoDB have to do alike."""


EMBEDDED, MONGODB = "embedded", "mongodb"
IN_BOTH_STORES = pytest.mark.parametrize("things", [EMBEDDED, MONGODB], indirect=True)
"""For tests of what the embedded engine and a real MongoDB have to do alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """One collection of one store."""

    store: DocumentStore
    collection: str = "things"

    @property
    def engine(self) -> EmbeddedDocuments:
        """The store, where only the embedded engine will do."""
        assert isinstance(self.store, EmbeddedDocuments)
        return self.store

    async def run(self, action: str, *, guard: WriteGuard | None = None, **arguments: Value) -> Value:
        """Run an action with these arguments."""
        return await self.store.execute(operation(action, collection=self.collection, **arguments), guard)

    async def submit(self, action: str, arguments: Document, *, guard: WriteGuard | None = None) -> Value:
        """Run an action with arguments that stand in a table."""
        operation = Operation(database="shop", collection=self.collection, action=action, arguments=arguments)
        return await self.store.execute(operation, guard)

    def elsewhere(self, collection: str) -> Things:
        """Another collection of the same engine."""
        return Things(store=self.store, collection=collection)

    async def fill(self, *documents: Mapping[str, Value]) -> None:
        """Insert the documents."""
        await self.run("insertMany", documents=[dict(document) for document in documents])

    async def everything(self) -> list[Value]:
        """Every document, by `_id`."""
        found = await self.run("find", sort={"_id": 1})
        assert isinstance(found, list)
        return found


def operation(action: str, *, collection: str = "things", **arguments: Value) -> Operation:
    """An operation on a collection of the database `shop`."""
    return Operation(database="shop", collection=collection, action=action, arguments=arguments)


@pytest.fixture
async def things(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Things]:
    """An empty collection: of the embedded engine, or of the store that the test's parameter names."""
    if getattr(request, "param", EMBEDDED) == EMBEDDED:
        async with await EmbeddedDocuments.open(tmp_path / "documents.sqlite") as engine:
            yield Things(store=engine)
        return
    uri = request.getfixturevalue("mongod_uri")
    async with AsyncMongoClient[Document](uri) as client:
        await client.drop_database("shop")
    async with MongoDocuments(uri) as store:
        yield Things(store=store)
