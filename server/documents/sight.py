"""What a query finds for a caller: judged on what the caller may read, so that hidden fields cannot be guessed."""

from __future__ import annotations

from server.documents.filters import compile_filter
from server.documents.operation import WriteGuard
from server.documents.planner import conjuncts
from server.ejson import Document, Value


class Sight:
    """A query as one caller's guard lets it find documents."""

    __slots__ = ("_admits", "_guard", "_matches", "narrowed")

    def __init__(self, query: Document, guard: WriteGuard) -> None:
        self._guard = guard
        self._matches = compile_filter(query)
        self._admits = compile_filter(guard.restriction) if guard.restriction else None
        self.narrowed = _narrowed(query, guard)
        """A filter that every stored document passes that the query may find: it picks the index."""

    def shown(self, document: Document) -> Document | None:
        """What the caller may read of a stored document that the query finds; None where it does not."""
        if self._admits is not None and not self._admits(document):
            return None
        if not self._guard.hides_fields:
            return self._guard.view(document) if self._matches(document) else None
        shown = self._guard.view(document)
        return None if shown is None or not self._matches(judged(document, shown)) else shown


def judged(stored: Document, shown: Document) -> Document:
    """What queries and sorts go by: the document as shown, with the `_id` by which clients name documents."""
    return shown if "_id" in shown or "_id" not in stored else {"_id": stored["_id"], **shown}


def _narrowed(query: Document, guard: WriteGuard) -> Document:
    if not (guard.restriction or guard.hides_fields):
        return query
    stored = _judged_stored(query, guard) if guard.hides_fields else [query]
    parts: list[Value] = [part for part in (guard.restriction, *stored) if part]
    return {"$and": parts} if parts else {}


def _judged_stored(query: Document, guard: WriteGuard) -> list[Document]:
    return [{name: operand} for name, operand in conjuncts(query) if guard.judges_stored(name.partition(".")[0])]
