"""One operation under way: its collection, its guard, and the documents that its filter finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from server.documents.arguments import Arguments
from server.documents.catalog import Catalog
from server.documents.filters import compile_filter
from server.documents.operation import WriteGuard
from server.documents.planner import plan
from server.documents.storage import Collection, Namespace, Row
from server.ejson import Document, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What an action works with: the catalog as of its transaction, the namespace and the guard."""

    catalog: Catalog
    namespace: Namespace
    guard: WriteGuard

    def find_collection(self) -> Collection | None:
        """The collection; None where it was never written to."""
        return self.catalog.find(self.namespace)

    def matching(self, query: Document, collection: Collection | None = None) -> Iterator[Row]:
        """The rows that match and that the caller sees; an index is used where one serves."""
        matcher = compile_filter(query)
        collection = collection or self.find_collection()
        if collection is None:
            return
        best = plan(query, collection.indexes)
        rows = collection.rows() if best is None else collection.rows_between(best.index, best.ranges)
        for row in rows:
            if matcher(row.document) and self.guard.sees(row.document):
                yield row

    def readable(self, query: Document) -> Iterator[Document]:
        """What the caller may read of the documents that match."""
        for row in self.matching(query):
            shown = self.guard.view(row.document)
            if shown is not None:
                yield shown


Action: TypeAlias = Callable[[Session, Arguments], Value]
