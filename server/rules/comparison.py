"""How rule expressions compare BSON values: by value within a type, never across types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import TypeAlias, cast
from uuid import UUID

from bson import DBRef, Decimal128, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.code import Code
from bson.datetime_ms import DatetimeMS

from server import ejson
from server.ejson import Undefined, Value
from server.rules.scope import MISSING, Found, UndecidedError

MAX_DEPTH = 250
"""Levels to which values are compared; EJSON ends at 200."""

Number: TypeAlias = int | float | Decimal
Order: TypeAlias = Callable[[Value, Value], bool]


def equals(left: Found, right: Found, *, spread: bool) -> bool:
    """Equality as `key: value` means it: an array holds its members; `spread`: so does an array on the right.

    A missing value equals nothing, not even another missing one.
    """
    if left is MISSING or right is MISSING:
        return False
    if same(left, right):
        return True
    if isinstance(left, list):
        return any(same(item, right) for item in cast("list[Value]", left))
    return spread and isinstance(right, list) and any(same(left, item) for item in cast("list[Value]", right))


def member(left: Found, choices: list[Value]) -> bool:
    """`$in`: the value, or one of its elements, is among the choices."""
    return any(equals(left, choice, spread=False) for choice in choices)


def ordered(left: Found, right: Found, order: Order) -> bool:
    """`$gt` and its like: within one type; an array on the left passes by any of its elements."""
    if left is MISSING or right is MISSING:
        return False
    if isinstance(left, list):
        return any(_ordered(item, right, order) for item in cast("list[Value]", left))
    return _ordered(left, right, order)


ORDERS: dict[str, Order] = {
    "gt": cast(Order, gt),
    "gte": cast(Order, ge),
    "lt": cast(Order, lt),
    "lte": cast(Order, le),
}


def same(left: Value, right: Value, depth: int = 0) -> bool:
    """Whether two values are equal; the order of a document's fields counts, the type of a number does not."""
    if depth > MAX_DEPTH:
        raise UndecidedError("nested too deeply to compare")
    if type(left) is str and type(right) is str:
        return left == right  # as below, by the shortest way: ids of users are what is compared most
    if isinstance(left, dict) and isinstance(right, dict):
        return len(left) == len(right) and all(
            mine == other and same(left[mine], right[other], depth + 1) for mine, other in zip(left, right, strict=True)
        )
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            same(mine, other, depth + 1) for mine, other in zip(left, right, strict=True)
        )
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return False
    return _same_scalar(_key(left), _key(right))


def identical(left: Found, right: Found) -> bool:
    """Whether nothing at all differs, types of numbers and the order of fields included; in doubt it does."""
    if left is right or left is MISSING or right is MISSING:
        return left is right
    try:
        return ejson.dumps(left) == ejson.dumps(right)
    except ejson.EjsonError:
        return False


def _same_scalar(left: tuple[str, Value], right: tuple[str, Value]) -> bool:
    # NaN is the one number that differs from itself; BSON holds it equal.
    return left == right or (left[0] == right[0] == "number" and left[1] != left[1] and right[1] != right[1])


def _ordered(left: Value, right: Value, order: Order) -> bool:
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return False
    (left_kind, left_key), (right_kind, right_key) = _key(left), _key(right)
    return left_kind == right_kind and left_kind in _ORDERED and order(left_key, right_key)


_ORDERED = frozenset({"number", "string", "date", "objectId", "bool", "timestamp"})


def _key(value: Value) -> tuple[str, Value]:
    """The scalar's type and what is compared within it. UndecidedError for what is no BSON value."""
    if value is None:
        return "null", None
    for kind, types, key in _KEYS:
        if isinstance(value, types):
            return kind, key(value)
    raise UndecidedError(f"values of type {type(value).__name__} cannot be compared")


def _number(value: Value) -> Number:
    if isinstance(value, Decimal128):
        decimal = value.to_decimal()
        return float("nan") if decimal.is_nan() else decimal  # a signalling NaN would raise when compared
    return cast("int | float", value)


def _milliseconds(value: Value) -> int:
    if isinstance(value, DatetimeMS):
        return int(value)
    moment = cast(datetime, value)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    elapsed = aware - _EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000


def _itself(value: Value) -> Value:
    return value


def _type(value: Value) -> Value:
    return type(value).__name__


def _bytes(value: Value) -> Value:
    return (4, value.bytes) if isinstance(value, UUID) else (getattr(value, "subtype", 0), bytes(cast(bytes, value)))


def _regex(value: Value) -> Value:
    regex = cast("Regex[str]", value)
    return regex.pattern, regex.flags


def _code(value: Value) -> Value:
    code = cast(Code, value)
    return str(code), repr(code.scope)


def _timestamp(value: Value) -> Value:
    timestamp = cast(Timestamp, value)
    return timestamp.time, timestamp.inc


def _reference(value: Value) -> Value:
    reference = cast(DBRef, value)
    return reference.collection, reference.database, repr(reference.id)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Subtypes stand before what they derive from: bool before int, Code before str.
_KEYS: tuple[tuple[str, type | tuple[type, ...], Callable[[Value], Value]], ...] = (
    ("bool", bool, _itself),
    ("number", (int, float, Decimal128), _number),
    ("code", Code, _code),
    ("string", str, _itself),
    ("objectId", ObjectId, _itself),
    ("date", (datetime, DatetimeMS), _milliseconds),
    ("binary", (bytes, UUID), _bytes),
    ("timestamp", Timestamp, _timestamp),
    ("regex", Regex, _regex),
    ("reference", DBRef, _reference),
    ("constant", (MinKey, MaxKey, Undefined), _type),
)
