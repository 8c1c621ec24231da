"""Arithmetic on BSON numbers: which type a result has, and when an integer grows or overflows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, InvalidOperation
from typing import Final, TypeAlias, cast

from bson import Decimal128, Int64
from bson.decimal128 import create_decimal128_context

from server.documents.values import INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN

Number: TypeAlias = int | float | Decimal128
CONTEXT: Final[Context] = create_decimal128_context()


def as_decimal(number: Number) -> Decimal:
    """The number in decimal; a double with 15 significant digits, as MongoDB converts it."""
    if isinstance(number, Decimal128):
        return number.to_decimal()
    if isinstance(number, float):
        if number == 0:
            return Decimal("-0") if math.copysign(1, number) < 0 else Decimal(0)
        return Decimal(f"{number:.14e}" if math.isfinite(number) else str(number))
    return Decimal(int(number))


def decimal128(number: Decimal) -> Decimal128:
    """The decimal rounded to what Decimal128 holds; NaN where it holds nothing of the sort."""
    try:
        return Decimal128(CONTEXT.create_decimal(number))
    except InvalidOperation:
        return Decimal128("NaN")


def as_float(number: Number) -> float:
    """The number as a double."""
    return float(number.to_decimal()) if isinstance(number, Decimal128) else float(number)


def is_long(number: Number) -> bool:
    """Whether an integer is a 64-bit one."""
    return isinstance(number, Int64) or (isinstance(number, int) and not INT32_MIN <= number <= INT32_MAX)


def combine(
    first: Number,
    second: Number,
    integers: Callable[[int, int], int],
    decimals: Callable[[Decimal, Decimal], Decimal],
    floats: Callable[[float, float], float],
) -> Number | None:
    """Two numbers combined in the wider of their types; None where 64 bits overflow."""
    if isinstance(first, Decimal128) or isinstance(second, Decimal128):
        try:
            return decimal128(decimals(as_decimal(first), as_decimal(second)))
        except InvalidOperation:
            return Decimal128("NaN")
    if isinstance(first, float) or isinstance(second, float):
        return floats(float(first), float(second))
    result = integers(int(first), int(second))
    if not INT64_MIN <= result <= INT64_MAX:
        return None
    return integer(result, long=is_long(first) or is_long(second))


def integer(value: int, *, long: bool = False) -> int:
    """An integer as a 32-bit one, or a 64-bit one where asked for or needed."""
    return Int64(value) if long or not INT32_MIN <= value <= INT32_MAX else value


def add(first: Number, second: Number) -> Number | None:
    """The sum; None where 64 bits overflow."""
    return combine(first, second, lambda a, b: a + b, CONTEXT.add, lambda a, b: a + b)


def multiply(first: Number, second: Number) -> Number | None:
    """The product; None where 64 bits overflow."""
    return combine(first, second, lambda a, b: a * b, CONTEXT.multiply, lambda a, b: a * b)


def subtract(first: Number, second: Number) -> Number | None:
    """The difference; None where 64 bits overflow."""
    return combine(first, second, lambda a, b: a - b, CONTEXT.subtract, lambda a, b: a - b)


def total(numbers: Sequence[Number]) -> Number:
    """The sum, rounded once; a double where 64 bits overflow."""
    if Decimal128 in set(map(type, numbers)):
        plain = [number for number in numbers if not isinstance(number, Decimal128)]
        exact = CONTEXT.create_decimal(Decimal(_plain_total(plain)))
        for number in numbers:
            if isinstance(number, Decimal128):
                exact = CONTEXT.add(exact, number.to_decimal())
        return decimal128(exact)
    return _plain_total(cast("Sequence[int | float]", numbers))


def _plain_total(numbers: Sequence[int | float]) -> int | float:
    kinds = set(map(type, numbers))
    if float in kinds:
        try:
            return math.fsum(numbers)
        except (OverflowError, ValueError):
            return sum(map(float, numbers))
    whole = int(sum(numbers))
    if not INT64_MIN <= whole <= INT64_MAX:
        return float(whole)
    has_long = Int64 in kinds or (bool(numbers) and (min(numbers) < INT32_MIN or max(numbers) > INT32_MAX))
    return integer(whole, long=has_long)
