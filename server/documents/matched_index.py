"""Which element of an array a filter matched: the index that `$` stands for in updates and projections."""

from __future__ import annotations

from typing import Final

from server.documents.filters import compile_filter
from server.documents.paths import Path, array_index, split
from server.documents.query_operators import is_operator_document
from server.ejson import Document, Value

DENIALS: Final = frozenset({"$ne", "$nin", "$not"})
ON_ARRAYS: Final = frozenset({"$elemMatch", "$all"})


def matched_index(query: Document, document: Document) -> int | None:
    """The index of the first element by which the document satisfies the last array condition; None without one."""
    found: int | None = None
    for name, operand in query.items():
        index = _by_clause(name, operand, document)
        found = index if index is not None else found
    return found


def _by_clause(name: str, operand: Value, document: Document) -> int | None:
    if name in ("$and", "$or") and isinstance(operand, list):
        return _by_clauses(operand, document)
    if name.startswith("$"):
        return None
    place = _first_array(document, split(name))
    if place is None:
        return None
    affirmed = _affirmed(operand)
    if affirmed == {} != operand:
        return None
    matcher = compile_filter({name: affirmed})
    is_leaf = len(place) == len(split(name)) and not _is_on_arrays(operand)
    for index, element in enumerate(_at(document, place)):
        alone = element if is_leaf and not isinstance(element, list) else [element]
        if matcher(_replaced(document, place, alone)):
            return index
    return None


def _affirmed(operand: Value) -> Value:
    """The condition without what it denies: no element is to blame for that."""
    if not (isinstance(operand, dict) and is_operator_document(operand)):
        return operand
    return {name: value for name, value in operand.items() if name not in DENIALS}


def _is_on_arrays(operand: Value) -> bool:
    """Whether the condition is one on an array, not on an element."""
    return isinstance(operand, dict) and not ON_ARRAYS.isdisjoint(operand)


def _by_clauses(clauses: list[Value], document: Document) -> int | None:
    found: int | None = None
    for clause in clauses:
        if isinstance(clause, dict) and compile_filter(clause)(document):
            index = matched_index(clause, document)
            found = index if index is not None else found
    return found


def _first_array(document: Value, path: Path) -> Path | None:
    """The place of the first array that the path meets; None where it meets none, or names its position."""
    value = document
    for at, name in enumerate(path):
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
        if isinstance(value, list):
            names_position = at + 1 < len(path) and array_index(path[at + 1]) is not None
            return None if names_position else path[: at + 1]
    return None


def _at(document: Document, place: Path) -> list[Value]:
    value: Value = document
    for name in place:
        value = value[name] if isinstance(value, dict) else []
    return value if isinstance(value, list) else []


def _replaced(document: Document, place: Path, array: Value) -> Document:
    if len(place) == 1:
        return {**document, place[0]: array}
    below = document[place[0]]
    return {**document, place[0]: _replaced(below, place[1:], array) if isinstance(below, dict) else array}
