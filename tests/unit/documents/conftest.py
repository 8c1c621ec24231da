"""A fresh document file for each test, and a short way to run operations on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.documents import EmbeddedDocuments, Operation, WriteGuard
from server.ejson import Document, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """One collection of one engine."""

    engine: EmbeddedDocuments
    collection: str = "things"

    async def run(self, action: str, *, guard: WriteGuard | None = None, **arguments: Value) -> Value:
        """Run an action with these arguments."""
        return await self.engine.execute(operation(action, collection=self.collection, **arguments), guard)

    async def submit(self, action: str, arguments: Document, *, guard: WriteGuard | None = None) -> Value:
        """Run an action with arguments that stand in a table."""
        operation = Operation(database="shop", collection=self.collection, action=action, arguments=arguments)
        return await self.engine.execute(operation, guard)

    def elsewhere(self, collection: str) -> Things:
        """Another collection of the same engine."""
        return Things(engine=self.engine, collection=collection)

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
async def things(tmp_path: Path) -> AsyncIterator[Things]:
    """An empty collection."""
    async with await EmbeddedDocuments.open(tmp_path / "documents.sqlite") as engine:
        yield Things(engine=engine)
