"""Expression operators that round numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Final

from bson import Decimal128

from server.documents.errors import DocumentError
from server.documents.expressions.compiler import Compile, Evaluate, Scope
from server.documents.expressions.operands import arguments, on_number
from server.documents.numbers import (
    CONTEXT,
    Number,
    as_decimal,
    decimal128,
    integer,
    is_long,
)
from server.documents.values import is_absent, is_number, type_name, whole
from server.ejson import Value


def _whole_part(function: Callable[[float | Decimal], int]) -> Callable[[Number], Number]:
    def apply(value: Number) -> Number:
        if isinstance(value, int):
            return value
        if isinstance(value, Decimal128):
            number = value.to_decimal()
            return decimal128(Decimal(function(number))) if number.is_finite() else value
        return math.copysign(float(function(value)), value) if math.isfinite(value) else value

    return apply


def _rounding(name: str, mode: str) -> Compile:
    def compile_operator(operand: Value) -> Evaluate:
        number, *rest = arguments(name, operand, 1, 2)

        def evaluate(scope: Scope) -> Value:
            value = number(scope)
            return None if is_absent(value) else _round(name, value, rest[0](scope) if rest else 0, mode)

        return evaluate

    return compile_operator


def _round(name: str, value: Value, digits: Value, mode: str) -> Value:
    if not is_number(value):
        raise DocumentError(51081, f"{name} only supports numeric types, not {type_name(value)}")
    if is_absent(digits):
        return None
    number, places = value, _places(name, digits)
    if not -20 <= places <= 100:
        raise DocumentError(51083, f"cannot apply {name} with precision value {digits} value must be in [-20, 100]")
    if isinstance(number, int) and places >= 0:
        return number
    exact = Decimal(number) if isinstance(number, float) else as_decimal(number)
    if not exact.is_finite():
        return number
    result = _quantized(exact, places, mode)
    if isinstance(number, Decimal128):
        return decimal128(result)
    return float(result) if isinstance(number, float) else integer(int(result), long=is_long(number))


def _places(name: str, digits: Value) -> int:
    if not is_number(digits):
        raise DocumentError(16004, f"can't convert from BSON type {type_name(digits)} to long")
    places = whole(digits)
    if places is None:
        raise DocumentError(51082, f"precision argument to  {name} must be a integral value")
    return places


def _quantized(number: Decimal, places: int, mode: str) -> Decimal:
    if number.adjusted() + places > 330 or -places < number.as_tuple().exponent:  # type: ignore[operator]
        return number
    return number.quantize(Decimal(1).scaleb(-places), rounding=mode, context=WIDE)


WIDE: Final = CONTEXT.copy()


WIDE.prec = 800


OPERATORS: Final[dict[str, Compile]] = {
    "$ceil": on_number("$ceil", _whole_part(math.ceil)),
    "$floor": on_number("$floor", _whole_part(math.floor)),
    "$trunc": _rounding("$trunc", ROUND_DOWN),
    "$round": _rounding("$round", ROUND_HALF_EVEN),
}
