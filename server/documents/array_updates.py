"""The update operators on arrays: `$push`, `$addToSet`, `$pop`, `$pull` and `$pullAll`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bson import Regex

from server.documents.comparisons import Test, equals
from server.documents.errors import BAD_VALUE, FAILED_TO_PARSE, DocumentError
from server.documents.filters import FIELD_OPERATORS, compile_filter
from server.documents.key import INVERSE, key
from server.documents.positions import Modify
from server.documents.sorting import SortKey, compile_sort
from server.documents.values import MISSING, is_number, type_name, whole
from server.ejson import Document, Value

PUSH_CLAUSES: Final = frozenset({"$each", "$position", "$slice", "$sort"})


def _array(path: str, name: str, value: Value) -> list[Value]:
    if value is MISSING:
        return []
    if not isinstance(value, list):
        if name in ("$push", "$addToSet"):
            kind = type_name(value)
            raise DocumentError(BAD_VALUE, f"The field '{path}' must be an array but is of type {kind} in document")
        raise DocumentError(
            BAD_VALUE if name != "$pop" else 14, f"Cannot apply {name} to a non-array value: the field '{path}'"
        )
    return value


def _each(operand: Value, name: str) -> list[Value]:
    if not isinstance(operand, dict) or "$each" not in operand:
        return [operand]
    items = operand["$each"]
    if not isinstance(items, list):
        raise DocumentError(
            BAD_VALUE if name == "$push" else 14,
            f"The argument to $each in {name} must be an array but it was of type {type_name(items)}",
        )
    return items


def push(path: str, operand: Value) -> Modify:
    """`$push`, with `$each`, `$position`, `$sort` and `$slice` in that order."""
    items = _each(operand, "$push")
    clauses: Document = operand if isinstance(operand, dict) and "$each" in operand else {}
    unknown = next((name for name in clauses if name not in PUSH_CLAUSES), None)
    if unknown is not None:
        raise DocumentError(BAD_VALUE, f"Unrecognized clause in $push: {unknown}")
    position = _integer_clause(clauses, "$position")
    size = _integer_clause(clauses, "$slice")
    order = _push_order(clauses["$sort"]) if "$sort" in clauses else None

    def modify(current: Value) -> Value:
        array = _array(path, "$push", current)
        at = len(array) if position is None else position
        result = [*array[:at], *items, *array[at:]]
        if order is not None:
            result.sort(key=order)
        if size is None:
            return result
        return result[:size] if size >= 0 else result[size:]

    return modify


def _integer_clause(clauses: Document, name: str) -> int | None:
    if name not in clauses:
        return None
    number = whole(clauses[name])
    if number is None:
        raise DocumentError(
            BAD_VALUE, f"The value for {name} must be an integer value but was given type: {type_name(clauses[name])}"
        )
    return number


def _push_order(operand: Value) -> SortKey:
    if isinstance(operand, dict):
        if not operand:
            raise DocumentError(BAD_VALUE, "The $sort pattern is empty when it should be a set of fields.")
        by_fields = compile_sort(operand)
        return lambda element: by_fields(element) if isinstance(element, dict) else by_fields({})
    if not is_number(operand) or whole(operand) not in (1, -1):
        raise DocumentError(BAD_VALUE, "The $sort element value must be either 1 or -1")
    return key if whole(operand) == 1 else lambda element: key(element).translate(INVERSE)


def add_to_set(path: str, operand: Value) -> Modify:
    """`$addToSet`: the values that the array does not have yet."""
    if isinstance(operand, dict) and "$each" in operand and len(operand) > 1:
        raise DocumentError(BAD_VALUE, "Found unexpected fields after $each in $addToSet")
    items = _each(operand, "$addToSet")

    def modify(current: Value) -> Value:
        result = list(_array(path, "$addToSet", current))
        seen = {key(element) for element in result}
        for item in items:
            if (wanted := key(item)) not in seen:
                seen.add(wanted)
                result.append(item)
        return result

    return modify


def pop(path: str, operand: Value) -> Modify:
    """`$pop`: 1 takes the last element away, -1 the first."""
    end = whole(operand)
    if not is_number(operand) or end is None:
        raise DocumentError(FAILED_TO_PARSE, f"Expected a number in: {path}: {operand!r}")
    if end not in (1, -1):
        raise DocumentError(FAILED_TO_PARSE, f"$pop expects 1 or -1, found: {end}")
    return _shrink(path, "$pop", lambda array: array[:-1] if end == 1 else array[1:])


def pull(path: str, operand: Value) -> Modify:
    """`$pull`: the elements that match a condition go."""
    test = _pull_test(operand)
    return _shrink(path, "$pull", lambda array: [element for element in array if not test(element)])


def _pull_test(operand: Value) -> Test:
    first = next(iter(operand), "") if isinstance(operand, dict) else ""
    if isinstance(operand, Regex) or first in FIELD_OPERATORS:
        condition = compile_filter({"": operand})
        return lambda element: condition({"": element})
    if not isinstance(operand, dict):
        return equals(operand)
    if first in ("$expr", "$jsonSchema"):
        raise DocumentError(224, f"{first} is not allowed in this context")
    matcher = compile_filter(operand)
    return lambda element: isinstance(element, dict) and matcher(element)


def pull_all(path: str, operand: Value) -> Modify:
    """`$pullAll`: the elements equal to one of the values go."""
    if not isinstance(operand, list):
        raise DocumentError(BAD_VALUE, f"$pullAll requires an array argument but was given a {type_name(operand)}")
    keys = {key(item) for item in operand}
    return _shrink(path, "$pullAll", lambda array: [element for element in array if key(element) not in keys])


def _shrink(path: str, name: str, keep: Callable[[list[Value]], list[Value]]) -> Modify:
    def modify(current: Value) -> Value:
        return MISSING if current is MISSING else keep(_array(path, name, current))

    return modify
