"""Expression operators on arrays taken as sets."""

from __future__ import annotations

from typing import Final

from server.documents.errors import DocumentError
from server.documents.expressions.associative import associative
from server.documents.expressions.compiler import FOLDS, Compile, Constant, Evaluate, compile_expression
from server.documents.expressions.operands import binary, each, unary, variadic
from server.documents.key import key
from server.documents.values import is_absent, is_true, type_name
from server.ejson import Value

NOT_ARRAYS: Final = {
    "$setUnion": 17043,
    "$setIntersection": 17047,
    "$setDifference": 17049,
    "$setEquals": 17044,
    "$setIsSubset": 17310,
    "$allElementsTrue": 17040,
    "$anyElementTrue": 17041,
}


def _members(name: str, value: Value) -> dict[bytes, Value]:
    """The elements by their keys, each once, in the order of the keys."""
    if not isinstance(value, list):
        raise DocumentError(
            NOT_ARRAYS[name], f"All operands of {name} must be arrays. One argument is of type: {type_name(value)}"
        )
    members: dict[bytes, Value] = {}
    for item in each(value):
        members.setdefault(key(item), item)
    return dict(sorted(members.items(), key=lambda member: member[0]))


def _union(values: list[Value]) -> Value:
    union: dict[bytes, Value] = {}
    for value in values:
        if is_absent(value):
            return None
        union = {**_members("$setUnion", value), **union}
    return [item for _, item in sorted(union.items(), key=lambda member: member[0])]


def _intersection(values: list[Value]) -> Value:
    sets: list[dict[bytes, Value]] = []
    for value in values:
        if is_absent(value):
            return None
        sets.append(_members("$setIntersection", value))
    if not sets:
        return []
    first, *others = sets
    return [item for wanted, item in first.items() if all(wanted in other for other in others)]


def _difference(first: Value, second: Value) -> Value:
    if is_absent(first) or is_absent(second):
        return None
    without = _members("$setDifference", second)
    if not isinstance(first, list):
        raise DocumentError(17048, f"both operands of $setDifference must be arrays: {type_name(first)}")
    seen = set(without)
    result: list[Value] = []
    for item in each(first):
        found = key(item)
        if found not in seen:
            seen.add(found)
            result.append(item)
    return result


def _equals(values: list[Value]) -> Value:
    first, *others = (set(_members("$setEquals", value)) for value in values)
    return all(first == other for other in others)


def _is_subset(first: Value, second: Value) -> Value:
    if isinstance(first, list) and not isinstance(second, list):
        raise DocumentError(17042, f"both operands of $setIsSubset must be arrays. Second: {type_name(second)}")
    return set(_members("$setIsSubset", first)) <= set(_members("$setIsSubset", second))


def _all_true(value: Value) -> Value:
    return all(is_true(item) for item in _members("$allElementsTrue", value).values())


def _any_true(value: Value) -> Value:
    return any(is_true(item) for item in _members("$anyElementTrue", value).values())


def _with_constants(compile_operator: Compile, code: int, first: int) -> Compile:
    """The operator, which refuses constants that are no arrays, from the `first` operand on, before any document."""

    def checked(operand: Value) -> Evaluate:
        for item in operand[first:] if FOLDS.get() and isinstance(operand, list) else ():
            read = compile_expression(item)
            if isinstance(read, Constant) and not isinstance(read.value, list):
                raise DocumentError(
                    code, f"All operands must be arrays. One argument is of type: {type_name(read.value)}"
                )
        return compile_operator(operand)

    return checked


OPERATORS: Final[dict[str, Compile]] = {
    "$setUnion": associative("$setUnion", _union, commutes=True),
    "$setIntersection": associative("$setIntersection", _intersection, commutes=True),
    "$setDifference": binary("$setDifference", _difference),
    "$setEquals": _with_constants(variadic("$setEquals", _equals, 2), 5887502, 0),
    "$setIsSubset": _with_constants(binary("$setIsSubset", _is_subset), 17311, 1),
    "$allElementsTrue": unary("$allElementsTrue", _all_true),
    "$anyElementTrue": unary("$anyElementTrue", _any_true),
}
