"""The actions that only read: `find`, `findOne`, `count`, `distinct`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from bson import Int64

from server.documents.arguments import Arguments
from server.documents.budget import hold
from server.documents.key import key
from server.documents.operation import Unguarded
from server.documents.paths import leaves, split
from server.documents.projection import compile_projection
from server.documents.session import Action, Seen, Session
from server.documents.sorting import compile_sort, estimated_size, size_of, sort_documents
from server.documents.values import MISSING
from server.ejson import Document, Value


def found(session: Session, arguments: Arguments, *, limit: int | None) -> list[Document]:
    """The documents that a find shows: matched, sorted, viewed, skipped, limited, projected; in that order."""
    query = arguments.document("query", "filter")
    specification = arguments.optional_document("project", "projection")
    project = compile_projection(specification, query=query) if specification else None
    skip = arguments.count("skip") or 0
    # A guard may leave documents out after the sort, so that only the system knows how many it needs.
    first = None if limit is None or not isinstance(session.guard, Unguarded) else skip + limit
    ordered = _ordered(session, query, arguments.optional_document("sort"), first)
    results: list[Document] = []
    for document in _numbered(ordered, skip, limit):
        shown = document if project is None else project(document)
        if limit != 1:
            hold(estimated_size(shown))
        results.append(shown)
    return results


def _ordered(session: Session, query: Document, order: Document | None, first: int | None) -> Iterator[Document]:
    if not order:
        return session.readable(query)
    sort_key = compile_sort(order)
    if not session.guard.hides_fields:
        return iter(sort_documents(session.readable(query), sort_key, first=first))
    found = sorted(_held(session.seen(query)), key=lambda seen: sort_key(seen.judged))
    return (seen.shown for seen in found)


def _held(found: Iterable[Seen]) -> Iterator[Seen]:
    for seen in found:
        hold(estimated_size(seen.shown))
        yield seen


def _numbered(documents: Iterator[Document], skip: int, limit: int | None) -> Iterator[Document]:
    """`skip` and `limit` are whatever a client sent: any 64-bit integers; a negative limit is its size (MongoDB)."""
    end = None if limit is None else min(skip + abs(limit), sys.maxsize)
    return islice(documents, min(skip, sys.maxsize), end)


def find(session: Session, arguments: Arguments) -> Value:
    """The matching documents."""
    return found(session, arguments, limit=arguments.count("limit"))


def find_one(session: Session, arguments: Arguments) -> Value:
    """The first matching document; None without one."""
    return next(iter(found(session, arguments, limit=1)), None)


def count(session: Session, arguments: Arguments) -> Value:
    """How many documents match, as a long."""
    query = arguments.document("query", "filter")
    skip, limit = arguments.count("skip") or 0, arguments.count("limit")
    if not query and session.choice is None and isinstance(session.guard, Unguarded):
        collection = session.find_collection()
        left = max(0 if collection is None else collection.size() - skip, 0)
        return Int64(left if limit is None else min(left, limit))
    return Int64(sum(1 for _ in _numbered(session.readable(query), skip, limit)))


def distinct(session: Session, arguments: Arguments) -> Value:
    """The different values of a field; the elements of arrays, not the arrays."""
    path = split(arguments.text("field"))
    values: dict[bytes, Value] = {}
    for document in session.readable(arguments.document("query", "filter")):
        for leaf in leaves(document, path):
            for value in leaf if isinstance(leaf, list) else (leaf,):
                found = key(value)
                if value is not MISSING and found not in values:
                    hold(len(found) + size_of(value) + 200)
                    values[found] = value
    return list(values.values())


READS: Final[dict[str, Action]] = {"find": find, "findOne": find_one, "count": count, "distinct": distinct}
