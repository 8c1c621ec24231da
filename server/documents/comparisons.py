"""Tests of one value against an operand: equality, order within a type, type, bits."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from bson import Binary, Decimal128, Int64, MaxKey, MinKey, Regex

from server.documents.errors import BAD_VALUE, FAILED_TO_PARSE, DocumentError
from server.documents.key import MISSING_KEY, NAN_KEY, NULL, key
from server.documents.patterns import Pattern, pattern_of
from server.documents.values import (
    INT64_MAX,
    INT64_MIN,
    MISSING,
    TYPE_NUMBERS,
    is_absent,
    is_number,
    is_text,
    type_name,
    whole,
)
from server.ejson import Value

Test: TypeAlias = Callable[[Value], bool]
Order: TypeAlias = Callable[[Any, Any], bool]
"""A comparison operator; what it is given has been seen to be of one kind."""

PLAIN_NUMBERS: Final = (int, Int64, float)
ORDERS: Final[dict[str, Order]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def equals(operand: Value) -> Test:
    """Whether a value is the operand: numbers by value, documents with their field order; null is also missing."""
    if operand is None:
        return is_absent
    if type(operand) is str:
        return lambda value: type(value) is str and value == operand
    wanted = key(operand)
    if type(operand) in PLAIN_NUMBERS and wanted != NAN_KEY:
        return lambda value: value == operand if type(value) in PLAIN_NUMBERS else _same(value, wanted)
    return lambda value: _same(value, wanted)


def _same(value: Value, wanted: bytes) -> bool:
    return key(value) == wanted


def is_one_of(operands: list[Value]) -> Test:
    """Whether a value equals one of the operands, or matches one that is a regular expression."""
    patterns = [matches_pattern(pattern_of(item), item) for item in operands if isinstance(item, Regex)]
    keys = {key(item) for item in operands}
    if None in operands:
        keys.add(MISSING_KEY)
    if not patterns:
        return lambda value: key(value) in keys
    return lambda value: key(value) in keys or any(test(value) for test in patterns)


def matches_pattern(pattern: Pattern, literal: Regex[str] | Regex[bytes] | None = None) -> Test:
    """Whether a value is a string that the pattern finds, or the very regular expression `literal`."""
    wanted = None if literal is None else key(literal)

    def test(value: Value) -> bool:
        if type(value) is str:
            return pattern.search(value) is not None
        return isinstance(value, Regex) and key(value) == wanted

    return test


def is_ordered(name: str, operand: Value) -> Test:
    """Whether a value of the operand's own kind stands to it as `name` (`$gt`, ...) says."""
    order = ORDERS[name]
    if isinstance(operand, Regex):
        raise DocumentError(BAD_VALUE, "Can't have RegEx as arg to predicate over field")
    if is_absent(operand):
        return is_absent if name in ("$gte", "$lte") else lambda value: False
    if isinstance(operand, (MinKey, MaxKey)):
        return _against_extreme(order, operand)
    if type(operand) is str:
        return lambda value: type(value) is str and order(value, operand)
    if is_number(operand):
        return _numeric_order(order, operand, inclusive=name in ("$gte", "$lte"))
    wanted = key(operand)
    return lambda value: (found := key(value))[:1] == wanted[:1] and order(found, wanted)


def _against_extreme(order: Order, extreme: Value) -> Test:
    """MinKey and MaxKey compare with every type; a missing field stands as null."""
    wanted = key(extreme)
    return lambda value: order(NULL if value is MISSING else key(value), wanted)


def _numeric_order(order: Order, operand: Value, *, inclusive: bool) -> Test:
    wanted = key(operand)
    if wanted == NAN_KEY:
        return (lambda value: is_number(value) and key(value) == NAN_KEY) if inclusive else lambda value: False

    def test(value: Value) -> bool:
        if type(value) in PLAIN_NUMBERS and type(operand) in PLAIN_NUMBERS:
            return order(value, operand)
        return is_number(value) and (found := key(value)) != NAN_KEY and order(found, wanted)

    return test


def has_type(operand: Value) -> Test:
    """Whether a value has the BSON type, or one of the types, named by alias or number."""
    names: set[str] = set()
    for item in operand if isinstance(operand, list) else [operand]:
        names |= _type_names(item)
    if not names:
        raise DocumentError(FAILED_TO_PARSE, " must match at least one type")
    return lambda value: type_name(value) in names


def _type_names(item: Value) -> set[str]:
    if is_text(item):
        if item == "number":
            return {"int", "long", "double", "decimal"}
        if item not in TYPE_NUMBERS or item == "missing":
            raise DocumentError(BAD_VALUE, f"Unknown type name alias: {item}")
        return {item}
    if not is_number(item):
        raise DocumentError(14, "type must be represented as a number or a string")
    number = whole(item)
    names = {name for name, code in TYPE_NUMBERS.items() if code == number and name != "missing"}
    if not names:
        raise DocumentError(BAD_VALUE, f"Invalid numerical type code: {item}")
    return names


def leaves_remainder(operand: Value) -> Test:
    """Whether a number, cut to an integer, leaves the remainder; operand `[divisor, remainder]`."""
    if not isinstance(operand, list):
        raise DocumentError(BAD_VALUE, "malformed mod, needs to be an array")
    if len(operand) != 2:
        raise DocumentError(BAD_VALUE, f"malformed mod, {'not enough' if len(operand) < 2 else 'too many'} elements")
    divisor, remainder = (_truncated(item) for item in operand)
    if divisor is None or remainder is None:
        raise DocumentError(BAD_VALUE, "malformed mod, divisor and remainder must be numbers")
    if divisor == 0:
        raise DocumentError(BAD_VALUE, "divisor cannot be 0")

    def test(value: Value) -> bool:
        number = _truncated(value)
        return number is not None and _rest(number, divisor) == remainder

    return test


def _rest(number: int, divisor: int) -> int:
    """The remainder with the sign of the dividend, as C has it."""
    return abs(number) % abs(divisor) * (-1 if number < 0 else 1)


def _truncated(value: Value) -> int | None:
    if not is_number(value):
        return None
    number = value if isinstance(value, (int, float)) else value.to_decimal()
    return int(number) if math.isfinite(number) and -(2**63) <= number < 2**63 else None


def has_bits(name: str, operand: Value) -> Test:
    """Whether all or any of the operand's bits are set or clear in an integer or binary value."""
    mask = _mask(name, operand)
    wants_all = name.startswith("$bitsAll")
    wants_set = name.endswith("Set")

    def test(value: Value) -> bool:
        bits = _bits(value)
        if bits is None:
            return False
        hits = (bits if wants_set else ~bits) & mask
        return hits == mask if wants_all else hits != 0

    return test


def _mask(name: str, operand: Value) -> int:
    if isinstance(operand, list):
        positions = [whole(item) for item in operand]
        if any(position is None or not 0 <= position < 2**16 for position in positions):
            raise DocumentError(BAD_VALUE, f"Failed to parse bit position in {name}. Expected a non-negative integer")
        return sum(1 << position for position in {position for position in positions if position is not None})
    bits = _bits(operand)
    if is_number(operand) and (bits is None or bits < 0):
        raise DocumentError(FAILED_TO_PARSE, f"Expected a non-negative integer in: {name}: {operand}")
    if bits is None:
        raise DocumentError(BAD_VALUE, f"{name} takes an Array, a number, or a BinData but received: {operand!r}")
    return bits


def _bits(value: Value) -> int | None:
    if isinstance(value, (bytes, Binary)):
        return int.from_bytes(value, "little")
    return _decimal_bits(value) if isinstance(value, Decimal128) else whole(value)


def _decimal_bits(value: Decimal128) -> int:
    """A decimal rounded to a 64-bit integer; the smallest one stands for what has no place there (MongoDB)."""
    number = value.to_decimal()
    integral = int(number.to_integral_value()) if number.is_finite() and number.adjusted() < 20 else INT64_MIN
    return integral if INT64_MIN <= integral <= INT64_MAX else INT64_MIN
