"""Dotted paths through documents and arrays, as queries, expressions and indexes walk them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from bson import DBRef

from server.documents.errors import DocumentError
from server.documents.values import MISSING
from server.ejson import Document, Value

AMBIGUOUS: Final = 16746
"""A number on a path that is both an array's position and a field of one of its documents has no key."""
LONGEST_REMEMBERED: Final = 256
"""Characters of a path that is kept for the next one who names it."""
Path: TypeAlias = tuple[str, ...]


def split(path: str) -> Path:
    """The names between the dots; those of usual paths are remembered, and no client's megabytes of them."""
    return _remembered(path) if len(path) <= LONGEST_REMEMBERED else tuple(path.split("."))


@lru_cache(maxsize=4096)
def _remembered(path: str) -> Path:
    return tuple(path.split("."))


def array_index(name: str) -> int | None:
    """The array position that a path component names; None where it names none."""
    if name.isascii() and name.isdigit() and (name == "0" or name[0] != "0") and len(name) < 10:
        return int(name)
    return None


def as_document(value: Value) -> Document | None:
    """The fields of an embedded document (a DBRef is one); None for anything else."""
    if isinstance(value, dict):
        return value
    return dict(value.as_doc()) if isinstance(value, DBRef) else None


def leaves(value: Value, path: Path, at: int = 0) -> Iterator[Value]:
    """Each value that a query sees at the path: arrays on the way are entered, a final array comes as it is.

    Where a document lacks the field, `MISSING` comes; elements of arrays that are no documents give nothing.
    """
    if at == len(path):
        yield value
        return
    document = as_document(value)
    if document is not None:
        yield from leaves(document.get(path[at], MISSING), path, at + 1)
    elif isinstance(value, list):
        yield from _elements(value, path, at)
    else:
        yield MISSING


def _elements(array: Sequence[Value], path: Path, at: int) -> Iterator[Value]:
    index = array_index(path[at])
    if index is not None and index < len(array):
        yield from _entry(array[index], path, at + 1)
    for element in array:
        if isinstance(element, (dict, DBRef)):
            yield from leaves(element, path, at)


def _entry(element: Value, path: Path, at: int) -> Iterator[Value]:
    """What lies below an array's element that the path names by its position."""
    if at == len(path) or isinstance(element, (dict, list, DBRef)):
        yield from leaves(element, path, at)


def candidates(value: Value, path: Path, at: int = 0) -> Iterator[Value]:
    """Each value that a comparison is tried on: every leaf, and the elements of a leaf that is an array.

    An array that the path names by its position in another array is not taken apart.
    """
    if at == len(path):
        if isinstance(value, list):
            yield from value
        yield value
    elif isinstance(value, list):
        index = array_index(path[at])
        if index is not None and index < len(value):
            yield from _named_element(value[index], path, at + 1)
        for element in value:
            if isinstance(element, (dict, DBRef)):
                yield from candidates(element, path, at)
    else:
        document = as_document(value)
        yield from (MISSING,) if document is None else candidates(document.get(path[at], MISSING), path, at + 1)


def _named_element(element: Value, path: Path, at: int) -> Iterator[Value]:
    if at == len(path):
        yield element
    elif isinstance(element, (dict, list, DBRef)):
        yield from candidates(element, path, at)


def index_values(value: Value, path: Path, at: int = 0, *, named: bool = False) -> Iterator[tuple[Value, bool]]:
    """Each value that an index or a sort sees, and whether the path names it by its position in an array.

    As queries see them, but elements that are no documents lack the field.
    """
    if at == len(path) or not isinstance(value, list):
        document = as_document(value)
        if at == len(path) or document is None:
            yield (value if at == len(path) else MISSING), named
        else:
            yield from index_values(document.get(path[at], MISSING), path, at + 1)
        return
    index = array_index(path[at])
    has_element = index is not None and index < len(value)
    if has_element and index is not None:
        yield from index_values(value[index], path, at + 1, named=True)
    for element in value:
        document = as_document(element)
        if has_element:
            if document is not None and path[at] in document:
                raise DocumentError(AMBIGUOUS, f"Ambiguous field name found in array, field: '{path[at]}'")
            continue
        yield from ((MISSING, False),) if document is None else index_values(document, path, at)


def traverse(value: Value, path: Path, at: int = 0) -> Value:
    """What a field path of an expression gives: arrays are mapped over, positions are not entered."""
    if at == len(path):
        return value
    if isinstance(value, list):
        found = [traverse(element, path, at) for element in value if isinstance(element, (dict, DBRef))]
        return [element for element in found if element is not MISSING]
    document = as_document(value)
    if document is None:
        return MISSING
    return traverse(document.get(path[at], MISSING), path, at + 1)


def meets_array(value: Value, path: Path) -> bool:
    """Whether an array lies on the path or at its end."""
    for name in path:
        document = as_document(value)
        if document is None:
            break
        value = document.get(name, MISSING)
    return isinstance(value, list)
