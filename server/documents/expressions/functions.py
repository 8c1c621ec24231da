"""Expression operators that are mathematical functions: roots, powers, logarithms, angles, chance."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final

from bson import Decimal128

from server.documents.errors import DocumentError
from server.documents.expressions.compiler import Compile, Evaluate
from server.documents.expressions.operands import arguments, binary, number_of, on_number
from server.documents.numbers import (
    CONTEXT,
    Number,
    as_decimal,
    as_float,
    decimal128,
    integer,
    is_long,
)
from server.documents.values import is_absent, is_number, type_name
from server.ejson import Value

DECIMALS: Final[dict[str, Callable[[Decimal], Decimal]]] = {
    "$sqrt": CONTEXT.sqrt,
    "$exp": CONTEXT.exp,
    "$ln": CONTEXT.ln,
    "$log10": CONTEXT.log10,
}
"""Functions that decimals have with all their digits."""


def _real(name: str, function: Callable[[float], float], code: int | None = None, refusal: str = "") -> Compile:
    """An operator on doubles; a decimal gives a decimal of a double's precision."""
    exact = DECIMALS.get(name)

    def apply(value: Number) -> Number:
        if exact is not None and isinstance(value, Decimal128):
            number = value.to_decimal()
            if number.is_finite() and number > 0:
                return decimal128(exact(number))
        if name in ("$ln", "$log10") and math.isnan(as_float(value)):
            return math.nan
        try:
            result = function(as_float(value))
        except OverflowError:
            result = math.inf
        except ValueError as error:
            if math.isnan(as_float(value)):
                return value
            raise DocumentError(code or 50989, refusal or f"cannot apply {name} to {value}") from error
        return decimal128(Decimal(repr(result))) if isinstance(value, Decimal128) else result

    return on_number(name, apply)


def _pow(first: Value, second: Value) -> Value:
    if is_absent(first) or is_absent(second):
        return None
    for value, code, which in ((first, 28762, "base"), (second, 28763, "exponent")):
        if not is_number(value):
            raise DocumentError(code, f"$pow's {which} must be numeric, not {type_name(value)}")
    base, exponent = number_of("$pow", first), number_of("$pow", second)
    if as_float(base) == 0 and as_float(exponent) < 0:
        raise DocumentError(28764, "$pow cannot take a base of 0 and a negative exponent")
    if isinstance(base, Decimal128) or isinstance(exponent, Decimal128):
        if as_float(exponent) == 0:
            return Decimal128("1")
        try:
            return decimal128(CONTEXT.power(as_decimal(base), as_decimal(exponent)))
        except InvalidOperation:
            return Decimal128("NaN")
    if isinstance(base, int) and isinstance(exponent, int) and (abs(base) < 2 or 0 <= exponent < 64):
        power = _integer_power(base, exponent)
        if power is not None:
            return integer(power, long=is_long(base) or is_long(exponent))
    return _float_power(float(base), float(exponent))


def _integer_power(base: int, exponent: int) -> int | None:
    if exponent < 0:
        return base if base == 1 or exponent % 2 else 1
    power = int(base) ** int(exponent) if abs(base) > 1 else int(base) ** (2 - int(exponent) % 2 if exponent else 0)
    return power if -(2**63) <= power < 2**63 else None


def _float_power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _log(first: Value, second: Value) -> Value:
    if is_absent(first) or is_absent(second):
        return None
    for value, code, which in ((first, 28756, "argument"), (second, 28757, "base")):
        if not is_number(value):
            raise DocumentError(code, f"$log's {which} must be numeric, not {type_name(value)}")
    number, base = as_float(number_of("$log", first)), as_float(number_of("$log", second))
    if number <= 0:
        raise DocumentError(28758, f"$log's argument must be a positive number, but is {number}")
    if base <= 0 or base == 1:
        raise DocumentError(28759, f"$log's base must be a positive number not equal to 1, but is {base}")
    return math.log(number) / math.log(base)


DOMAIN: Final = "the argument is outside of the function's domain"
REALS: Final[dict[str, Callable[[float], float]]] = {
    "$sin": math.sin,
    "$cos": math.cos,
    "$tan": math.tan,
    "$asin": math.asin,
    "$acos": math.acos,
    "$atan": math.atan,
    "$sinh": math.sinh,
    "$cosh": math.cosh,
    "$tanh": math.tanh,
    "$asinh": math.asinh,
    "$acosh": math.acosh,
    "$atanh": lambda value: math.copysign(math.inf, value) if abs(value) == 1 else math.atanh(value),
    "$degreesToRadians": math.radians,
    "$radiansToDegrees": math.degrees,
    "$exp": math.exp,
}


def _two_reals(name: str, function: Callable[[float, float], float]) -> Compile:
    def apply(first: Value, second: Value) -> Value:
        numbers: list[float] = []
        for value, code in ((first, 51044), (second, 51045)):
            if is_absent(value):
                return None
            if not is_number(value):
                raise DocumentError(code, f"{name} only supports numeric types, not {type_name(value)}")
            numbers.append(as_float(value))
        result = function(*numbers)
        in_decimal = isinstance(first, Decimal128) or isinstance(second, Decimal128)
        return decimal128(Decimal(repr(result))) if in_decimal else result

    return binary(name, apply)


def _rand(operand: Value) -> Evaluate:
    arguments("$rand", operand or [], 0, 0)
    return lambda scope: random.random()


OPERATORS: Final[dict[str, Compile]] = {
    "$sqrt": _real("$sqrt", math.sqrt, 28714, "$sqrt's argument must be greater than or equal to 0"),
    "$ln": _real("$ln", math.log, 28766, "$ln's argument must be a positive number"),
    "$log10": _real("$log10", math.log10, 28761, "$log10's argument must be a positive number"),
    "$log": binary("$log", _log),
    "$pow": binary("$pow", _pow),
    "$atan2": _two_reals("$atan2", math.atan2),
    "$rand": _rand,
    **{name: _real(name, function, 50989, DOMAIN) for name, function in REALS.items()},
}
