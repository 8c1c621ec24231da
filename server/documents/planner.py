"""Which index serves a filter, and between which keys; what is found is tested again, save by an exact plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from bson import Int64, MaxKey, MinKey, ObjectId, Regex

from server.documents.indexes import Index
from server.documents.key import NULL, key
from server.documents.paths import array_index, split
from server.documents.query_operators import is_operator_document
from server.documents.values import MISSING
from server.ejson import Document, Value

MAX_RANGES: Final = 1000
"""More key ranges than this are not worth their look-ups: the collection is scanned."""
END: Final = b"\xff"
POINTS: Final = frozenset({str, int, Int64, ObjectId})
"""Types of values that are compared as they are, and that a document without the field cannot equal."""


@dataclass(slots=True)
class Bounds:
    """What a filter says of one field: its values, or a range of keys of one type."""

    values: list[Value] | None = None
    low: bytes | None = None
    high: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An index and the key ranges to look into."""

    index: Index
    ranges: list[tuple[bytes, bytes]]
    is_point: bool = False
    """Whether at most one document is found: one value for every field of a unique index."""
    is_exact: bool = False
    """Whether what is found is what matches, so that it need not be tested."""


def plan(query: Document, indexes: list[Index]) -> Plan | None:
    """The best plan for the filter; None where only a scan will do."""
    return _plan_point(query, indexes) or _plan_any(query, indexes)


def whole(index: Index) -> Plan:
    """The plan that reads all that an index holds, in its order."""
    return Plan(index=index, ranges=[(b"", END)])


def _plan_point(query: Document, indexes: list[Index]) -> Plan | None:
    """The plan for one value of one field that is unique: the most frequent filter, by the shortest way."""
    if len(query) != 1:
        return None
    ((name, operand),) = query.items()
    if type(operand) not in POINTS:
        return None
    for index in indexes:
        if index.unique and index.partial is None and len(index.fields) == 1 and index.fields[0][0] == name:
            low = key(operand)
            return Plan(index=index, ranges=[(low, low + END)], is_point=True, is_exact=True)
    return None


def _plan_any(query: Document, indexes: list[Index]) -> Plan | None:
    bounds: dict[str, Bounds] = {}
    for name, operand in conjuncts(query):
        _bound(bounds, name, operand)
    best: tuple[tuple[int, int], Plan] | None = None
    for index in indexes:
        if index.fields[0][0] not in bounds or not _usable(index, query, bounds):
            continue
        scored = _plan_index(index, bounds)
        if scored is not None and (best is None or scored[0] > best[0]):
            best = scored
    return None if best is None else best[1]


def conjuncts(query: Document) -> Iterator[tuple[str, Value]]:
    """The fields that must all match, those below `$and` too."""
    for name, operand in query.items():
        if name == "$and" and isinstance(operand, list):
            for clause in operand:
                if isinstance(clause, dict):
                    yield from conjuncts(clause)
        elif not name.startswith("$"):
            yield name, operand


def _bound(bounds: dict[str, Bounds], name: str, operand: Value) -> None:
    bound = bounds.setdefault(name, Bounds())
    if _may_be_missing(operand) and any(array_index(part) is not None for part in split(name)):
        return  # an element named by its position hides from the index that other elements lack such a field
    if not (isinstance(operand, dict) and is_operator_document(operand)):
        _fix(bound, [operand])
        return
    for operator, value in operand.items():
        if operator == "$eq":
            _fix(bound, [value])
        elif operator == "$in" and isinstance(value, list):
            _fix(bound, value)
        elif operator in ("$gt", "$gte", "$lt", "$lte"):
            _limit(bound, operator, value)


def _may_be_missing(operand: Value) -> bool:
    """Whether a document without the field may satisfy the condition."""
    if isinstance(operand, dict) and is_operator_document(operand):
        values = operand.get("$in")
        return operand.get("$eq", 0) is None or (isinstance(values, list) and None in values)
    return operand is None


def _fix(bound: Bounds, values: list[Value]) -> None:
    if bound.values is None and all(not isinstance(value, (list, Regex)) for value in values):
        bound.values = values


def _limit(bound: Bounds, operator: str, value: Value) -> None:
    """Narrow the range; on arrays each end may be met by another element, so only one end is taken."""
    if value is None or isinstance(value, (list, Regex, MinKey, MaxKey)) or bound.low is not None:
        return
    found = key(value)
    if operator in ("$gt", "$gte"):
        bound.low, bound.high = found, bytes((found[0] + 1,))
    else:
        bound.low, bound.high = found[:1], found + END


def _usable(index: Index, query: Document, bounds: dict[str, Bounds]) -> bool:
    if index.sparse and not any(_needs_presence(bounds.get(name)) for name, _ in index.fields):
        return False
    return index.partial is None or _implies(query, index.partial)


def _needs_presence(bound: Bounds | None) -> bool:
    """Whether a document without the field cannot match."""
    if bound is None:
        return False
    return bound.low is not None or (bound.values is not None and None not in bound.values)


def _implies(query: Document, partial: Document) -> bool:
    """Whether every document that matches is in the partial index: each of its conditions is one of the query's."""
    given = {(name, key(operand)) for name, operand in conjuncts(query)}
    return all(not name.startswith("$") and (name, key(operand)) in given for name, operand in partial.items())


def _plan_index(index: Index, bounds: dict[str, Bounds]) -> tuple[tuple[int, int], Plan] | None:
    prefixes: list[list[bytes]] = []
    ranged: Bounds | None = None
    combinations = 1
    for name, _ in index.fields:
        bound = bounds.get(name)
        if bound is None or bound.values is None:
            ranged = bound
            break
        combinations *= len(bound.values)
        if combinations > MAX_RANGES:
            break
        prefixes.append([NULL if value is MISSING else key(value) for value in bound.values])
    has_range = ranged is not None and ranged.low is not None
    if not prefixes and not has_range:
        return None
    low = ranged.low if ranged is not None and ranged.low is not None else b""
    high = ranged.high if ranged is not None and ranged.high is not None else END
    ranges = [(prefix + low, prefix + high) for prefix in map(b"".join, product(*prefixes))]
    is_point = index.unique and len(ranges) == 1 and len(prefixes) == len(index.fields)
    return (len(prefixes), int(has_range)), Plan(index=index, ranges=ranges, is_point=is_point)
