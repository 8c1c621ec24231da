"""Expression operators that add, subtract, multiply and divide numbers, and dates where they can be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from bson import Decimal128, Int64

from server.documents.errors import BAD_VALUE, OVERFLOW, DocumentError
from server.documents.expressions.associative import associative
from server.documents.expressions.compiler import Compile
from server.documents.expressions.operands import binary, on_number
from server.documents.numbers import (
    CONTEXT,
    Number,
    as_decimal,
    as_float,
    combine,
    decimal128,
    integer,
    is_long,
    multiply,
    subtract,
    total,
)
from server.documents.values import (
    INT64_MAX,
    INT64_MIN,
    is_absent,
    is_date,
    is_number,
    milliseconds,
    moment,
    type_name,
)
from server.ejson import Value


def widened(result: Number | None, first: Number, second: Number, floats: Callable[[float, float], float]) -> Number:
    """The result, or the double that stands for it where 64 bits overflowed."""
    return floats(as_float(first), as_float(second)) if result is None else result


def _add(values: list[Value]) -> Value:
    numbers: list[Number] = []
    date: Value = None
    for value in values:
        if is_absent(value):
            return None
        if is_date(value):
            if date is not None:
                raise DocumentError(16612, "only one date allowed in an $add expression")
            date = value
        elif is_number(value):
            numbers.append(value)
        else:
            raise DocumentError(16554, f"$add only supports numeric or date types, not {type_name(value)}")
    result = total(numbers)
    return moment(milliseconds(date) + _milliseconds(result)) if is_date(date) else result


def _milliseconds(number: Number) -> int:
    """What is added to a date, or subtracted from it."""
    if not math.isfinite(as_float(number)):
        raise DocumentError(OVERFLOW, "date overflow: a date and infinity, or no number, have no sum")
    return round(as_float(number))


def _subtract(first: Value, second: Value) -> Value:
    if is_absent(first) or is_absent(second):
        return None
    if is_date(first) and is_date(second):
        apart = milliseconds(first) - milliseconds(second)
        if not INT64_MIN <= apart <= INT64_MAX:
            raise DocumentError(OVERFLOW, "overflow in $subtract: the dates lie too many milliseconds apart")
        return Int64(apart)
    if is_date(first) and is_number(second):
        return moment(milliseconds(first) - _milliseconds(second))
    if not is_number(first) or not is_number(second):
        raise DocumentError(14, f"can't $subtract {type_name(second)} from {type_name(first)}")
    return widened(subtract(first, second), first, second, lambda a, b: a - b)


def _multiply(values: list[Value]) -> Value:
    result: Number = 1
    for value in values:
        if is_absent(value):
            return None
        if not is_number(value):
            raise DocumentError(14, f"$multiply only supports numeric types, not {type_name(value)}")
        result = widened(multiply(result, value), result, value, lambda a, b: a * b)
    return result


def _divide(first: Value, second: Value) -> Value:
    if is_absent(first) or is_absent(second):
        return None
    if not is_number(first) or not is_number(second):
        raise DocumentError(14, f"$divide only supports numeric types, not {type_name(first)} and {type_name(second)}")
    if as_float(second) == 0:
        raise DocumentError(BAD_VALUE, "can't $divide by zero")
    if isinstance(first, Decimal128) or isinstance(second, Decimal128):
        return decimal128(CONTEXT.divide(as_decimal(first), as_decimal(second)))
    return float(first) / float(second)


def _mod(first: Value, second: Value) -> Value:
    if is_absent(first) or is_absent(second):
        return None
    if not is_number(first) or not is_number(second):
        raise DocumentError(16611, f"$mod only supports numeric types, not {type_name(first)} and {type_name(second)}")
    if as_float(second) == 0:
        in_decimal = isinstance(first, Decimal128) or isinstance(second, Decimal128)
        raise DocumentError(5733415 if in_decimal else 16610, "can't $mod by zero")
    return combine(first, second, _c_remainder, CONTEXT.remainder, _float_remainder)


def _c_remainder(number: int, divisor: int) -> int:
    return abs(number) % abs(divisor) * (-1 if number < 0 else 1)


def _float_remainder(number: float, divisor: float) -> float:
    return math.nan if math.isinf(number) else math.fmod(number, divisor)


def _abs(value: Number) -> Number:
    if isinstance(value, Decimal128):
        return decimal128(value.to_decimal().copy_abs())
    if isinstance(value, int) and value == INT64_MIN:
        raise DocumentError(28680, "can't take $abs of long long min")
    return integer(abs(value), long=is_long(value)) if isinstance(value, int) else abs(value)


OPERATORS: Final[dict[str, Compile]] = {
    "$add": associative("$add", _add, commutes=True),
    "$subtract": binary("$subtract", _subtract),
    "$multiply": associative("$multiply", _multiply, commutes=True),
    "$divide": binary("$divide", _divide),
    "$mod": binary("$mod", _mod),
    "$abs": on_number("$abs", _abs),
}
