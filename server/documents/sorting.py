"""Sort specifications compiled to one byte key per document."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from typing import TypeAlias

from server.documents.budget import hold
from server.documents.errors import BAD_VALUE, DocumentError, unsupported
from server.documents.key import INVERSE, MISSING_KEY, NULL, key
from server.documents.paths import Path, index_values, meets_array, split
from server.documents.values import MISSING, is_number, whole
from server.ejson import Document, Value

SortKey: TypeAlias = Callable[[Value], bytes]
MAX_FIELDS = 32
NULL_VALUE = None
"""What a missing field sorts as."""


def compile_sort(order: Value) -> SortKey:
    """A function giving each document bytes that sort as the specification says."""
    if not isinstance(order, dict):
        raise DocumentError(14, "Expected field sort to be of type object")
    if not order:
        raise DocumentError(15976, "$sort stage must have at least one sort key")
    if len(order) > MAX_FIELDS:
        raise DocumentError(BAD_VALUE, f"too many fields in the sort: at most {MAX_FIELDS}")
    parts = [(_sort_path(name), _is_descending(name, direction)) for name, direction in order.items()]
    if len(parts) == 1:
        ((path, descending),) = parts
        return _single(path, descending=descending)
    return lambda document: _compound_key(document, parts)


def _single(path: Path, *, descending: bool) -> SortKey:
    """The key of a lone field, by the short way where nothing but documents lies on it."""

    def sort_key(document: Value) -> bytes:
        value = document
        for name in path:
            if type(value) is not dict:
                return field_key(document, path, descending=descending)
            value = value.get(name, NULL_VALUE)
        if type(value) is list:
            return field_key(document, path, descending=descending)
        found = key(value)
        return found.translate(INVERSE) if descending else found

    return sort_key


def _compound_key(document: Value, parts: list[tuple[Path, bool]]) -> bytes:
    if len({path[0] for path, _ in parts if meets_array(document, path)}) > 1:
        raise DocumentError(BAD_VALUE, "cannot sort with keys that are parallel arrays")
    return b"".join(field_key(document, path, descending=descending) for path, descending in parts)


def _sort_path(name: str) -> Path:
    path = split(name)
    if "" in path:
        raise DocumentError(40352 if name == "" else 15998, "FieldPath field names may not be empty strings.")
    if path[0].startswith("$"):
        raise DocumentError(16410, f"FieldPath field names may not start with '$': {name}")
    return path


def _is_descending(name: str, direction: Value) -> bool:
    if isinstance(direction, dict):
        raise unsupported("sorting by $meta")
    if not is_number(direction):
        raise DocumentError(15974, f"Illegal key in $sort specification: {name}: {direction!r}")
    if whole(direction) not in (1, -1):
        raise DocumentError(15975, f"$sort key ordering must be 1 (for ascending) or -1 (for descending): {name}")
    return whole(direction) == -1


def field_key(document: Value, path: Path, *, descending: bool) -> bytes:
    """The key of one sort field: the smallest of an array's elements, descending the largest, inverted."""
    keys = list(index_keys(document, path))
    return max(keys).translate(INVERSE) if descending else min(keys)


def index_keys(document: Value, path: Path) -> set[bytes]:
    """The keys that a document has at a path: one, or one for each element of the arrays found there."""
    if len(path) == 1 and isinstance(document, dict):
        value = document.get(path[0], MISSING)
        if not isinstance(value, list):
            return {NULL if value is MISSING else key(value)}
    keys: set[bytes] = set()
    for value, is_named in index_values(document, path):
        if isinstance(value, list) and not (is_named and value):
            keys.update(map(key, value) if value else (MISSING_KEY,))
        else:
            keys.add(NULL if value is MISSING else key(value))
    return keys or {NULL}


def sort_documents(documents: Iterable[Document], order: SortKey, *, first: int | None = None) -> list[Document]:
    """The documents in order, equal ones as they came; only the `first` so many where given."""
    if first is not None:
        return heapq.nsmallest(first, documents, key=order)
    return sorted(_held(documents), key=order)


def _held(documents: Iterable[Document]) -> Iterable[Document]:
    for document in documents:
        hold(estimated_size(document))
        yield document


def estimated_size(document: Document) -> int:
    """Roughly the bytes that a document takes in memory."""
    total = 64
    for value in document.values():
        kind = type(value)
        total += 88 if kind is int or kind is float or kind is bool else 64 + size_of(value)
    return total


def size_of(value: Value) -> int:
    """Roughly the bytes that a value takes in memory."""
    if isinstance(value, (str, bytes)):
        return len(value)
    if isinstance(value, dict):
        return estimated_size(value)
    return sum(16 + size_of(item) for item in value) if isinstance(value, list) else 24
