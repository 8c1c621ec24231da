"""Expression operators on numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from bson import Decimal128, Int64

from server.documents.errors import BAD_VALUE, DocumentError
from server.documents.expressions.associative import associative
from server.documents.expressions.compiler import Compile, Evaluate, Scope
from server.documents.expressions.operands import arguments, binary, unary
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
from server.documents.values import is_absent, is_date, is_number, milliseconds, moment, type_name, whole
from server.ejson import Value


def number_of(name: str, value: Value) -> Number:
    """The value as a number; refused where it is none."""
    if not is_number(value):
        raise DocumentError(28765, f"{name} only supports numeric types, not {type_name(value)}")
    return value


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
    return moment(milliseconds(date) + round(as_float(result))) if is_date(date) else result


def _subtract(first: Value, second: Value) -> Value:
    if is_absent(first) or is_absent(second):
        return None
    if is_date(first) and is_date(second):
        return Int64(milliseconds(first) - milliseconds(second))
    if is_date(first) and is_number(second):
        return moment(milliseconds(first) - round(as_float(second)))
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


def _on_number(name: str, function: Callable[[Number], Number]) -> Compile:
    return unary(name, lambda value: None if is_absent(value) else function(number_of(name, value)))


def _abs(value: Number) -> Number:
    if isinstance(value, Decimal128):
        return decimal128(value.to_decimal().copy_abs())
    return integer(abs(value), long=is_long(value)) if isinstance(value, int) else abs(value)


def _whole_part(function: Callable[[float | Decimal], int]) -> Callable[[Number], Number]:
    def apply(value: Number) -> Number:
        if isinstance(value, int):
            return value
        if isinstance(value, Decimal128):
            number = value.to_decimal()
            return decimal128(Decimal(function(number))) if number.is_finite() else value
        return math.copysign(float(function(value)), value) if math.isfinite(value) else value

    return apply


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

    return _on_number(name, apply)


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


def _rand(operand: Value) -> Evaluate:
    arguments("$rand", operand or [], 0, 0)
    return lambda scope: random.random()


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


OPERATORS: Final[dict[str, Compile]] = {
    "$add": associative("$add", _add, commutes=True),
    "$subtract": binary("$subtract", _subtract),
    "$multiply": associative("$multiply", _multiply, commutes=True),
    "$divide": binary("$divide", _divide),
    "$mod": binary("$mod", _mod),
    "$abs": _on_number("$abs", _abs),
    "$ceil": _on_number("$ceil", _whole_part(math.ceil)),
    "$floor": _on_number("$floor", _whole_part(math.floor)),
    "$trunc": _rounding("$trunc", "ROUND_DOWN"),
    "$round": _rounding("$round", ROUND_HALF_EVEN),
    "$sqrt": _real("$sqrt", math.sqrt, 28714, "$sqrt's argument must be greater than or equal to 0"),
    "$ln": _real("$ln", math.log, 28766, "$ln's argument must be a positive number"),
    "$log10": _real("$log10", math.log10, 28761, "$log10's argument must be a positive number"),
    "$log": binary("$log", _log),
    "$pow": binary("$pow", _pow),
    "$atan2": _two_reals("$atan2", math.atan2),
    "$rand": _rand,
    **{name: _real(name, function, 50989, DOMAIN) for name, function in REALS.items()},
}
