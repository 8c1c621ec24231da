"""One operation under way: its collection, its guard, and the documents that its filter finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from server.documents.arguments import Arguments
from server.documents.catalog import Catalog
from server.documents.filters import compile_filter
from server.documents.indexes import Index
from server.documents.needles import holds_needles
from server.documents.operation import Unguarded, WriteGuard
from server.documents.planner import Plan, plan, whole
from server.documents.query_operators import Matcher
from server.documents.rows import Row
from server.documents.sight import Sight, judged
from server.documents.storage import Collection, Namespace
from server.ejson import Document, Value


class NotAPoint(Exception):
    """The operation may look at more than one document, and so may take its time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A row that an operation found, and what the caller may read of it."""

    row: Row
    shown: Document

    @property
    def judged(self) -> Document:
        """What sorts go by: the document as shown, and its `_id`."""
        return judged(self.row.document, self.shown)


@dataclass(frozen=True, slots=True)
class Choice:
    """The index that a caller's `hint` names; None: the order of insertion (`$natural`)."""

    index: Index | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What an action works with: the catalog as of its transaction, the namespace and the guard."""

    catalog: Catalog
    namespace: Namespace
    guard: WriteGuard
    points_only: bool = False
    """Whether to refuse, with NotAPoint, whatever may look at more than one document."""
    choice: Choice | None = None
    """Which index to use; None: the best."""

    def find_collection(self) -> Collection | None:
        """The collection; None where it was never written to."""
        return self.catalog.find(self.namespace)

    def matching(self, query: Document, collection: Collection | None = None) -> Iterator[Row]:
        """The rows that match and that the caller sees; an index is used where one serves."""
        if isinstance(self.guard, Unguarded):
            return self._candidates(
                query, collection or self.find_collection(), compile_filter(query) if query else None
            )
        return (seen.row for seen in self.seen(query, collection))

    def readable(self, query: Document) -> Iterator[Document]:
        """What the caller may read of the documents that match."""
        if isinstance(self.guard, Unguarded):
            return self._documents(query)
        sight = Sight(query, self.guard)
        shown = map(sight.shown, self._documents(sight.narrowed, tests=False))
        return (document for document in shown if document is not None)

    def seen(self, query: Document, collection: Collection | None = None) -> Iterator[Seen]:
        """The rows that match, with what the caller may read of them."""
        collection = collection or self.find_collection()
        sight = Sight(query, self.guard)
        for row in self._candidates(sight.narrowed, collection):
            shown = sight.shown(row.document)
            if shown is not None:
                yield Seen(row, shown)

    def _documents(self, query: Document, *, tests: bool = True) -> Iterator[Document]:
        """The documents that match, or, without `tests`, among which all are that do."""
        collection = self.find_collection()
        best = None if collection is None else self._plan(query, collection)
        # A filter is compiled even where nothing is there to test: it may have to be refused.
        admits = compile_filter(query) if query and tests and not (best is not None and best.is_exact) else None
        if collection is None:
            return iter(())
        if best is None:
            return collection.documents(admits, holds_needles(query))
        if best.is_point:
            document = collection.document_at(best.index, best.ranges[0][0])
            return iter(()) if document is None or (admits is not None and not admits(document)) else iter((document,))
        return (row.document for row in collection.rows_between(best.index, best.ranges, admits))

    def _candidates(
        self, query: Document, collection: Collection | None, admits: Matcher | None = None
    ) -> Iterator[Row]:
        """The admitted rows among which all are that the query finds."""
        if collection is None:
            return iter(())
        best = self._plan(query, collection)
        if best is None:
            return collection.rows(admits, holds_needles(query))
        return collection.rows_between(best.index, best.ranges, admits)

    def _plan(self, query: Document, collection: Collection) -> Plan | None:
        best = plan(query, collection.indexes) if self.choice is None else self._chosen(query, self.choice.index)
        if self.points_only and not (best is not None and best.is_point):
            raise NotAPoint
        return best

    def _chosen(self, query: Document, index: Index | None) -> Plan | None:
        """The plan with the caller's index.

        An index that does not serve the filter is read as a whole, save where fields are hidden: its order, and which
        documents a sparse one holds, would tell of them.
        """
        if index is None:
            return None
        return plan(query, [index]) or (None if self.guard.hides_fields else whole(index))


Action: TypeAlias = Callable[[Session, Arguments], Value]
