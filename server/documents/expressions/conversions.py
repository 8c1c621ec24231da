"""Expression operators on types: what a value is, and turning it into another type."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from bson import Binary, Decimal128, Int64, ObjectId, Timestamp
from bson.errors import InvalidId

from server.documents.errors import FAILED_TO_PARSE, DocumentError
from server.documents.expressions.calendar import iso_text, parse_date
from server.documents.expressions.compiler import Compile, Evaluate, Scope, compile_expression
from server.documents.expressions.operands import named_arguments, unary
from server.documents.numbers import as_decimal, as_float, decimal128
from server.documents.values import (
    INT32_MAX,
    INT32_MIN,
    INT64_MAX,
    INT64_MIN,
    TYPE_NUMBERS,
    is_absent,
    is_date,
    is_number,
    is_text,
    is_true,
    milliseconds,
    moment,
    type_name,
    whole,
)
from server.ejson import Value

CONVERSION_FAILURE: Final = 241


def _failed(value: Value, target: str) -> DocumentError:
    return DocumentError(
        CONVERSION_FAILURE,
        f"Unsupported conversion from {type_name(value)} to {target} in $convert with no onError value",
    )


def _unparsed(value: Value, target: str) -> DocumentError:
    return DocumentError(CONVERSION_FAILURE, f"Failed to parse {target} '{value}' in $convert with no onError value")


def as_text(name: str, value: Value) -> str:
    """The value as the string operators coerce it; null and missing are empty."""
    if is_absent(value):
        return ""
    if is_text(value):
        return value
    if is_date(value):
        return iso_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if is_number(value):
        return number_text(value)
    if isinstance(value, Timestamp):
        time = datetime.fromtimestamp(value.time, UTC)
        return f"{time:%b} {time.day:2d} {time:%H:%M:%S}:{value.inc}"
    raise DocumentError(16007, f"can't convert from BSON type {type_name(value)} to String in {name}")


def number_text(value: float | Decimal128) -> str:
    """A number as MongoDB writes it: doubles with six digits, whole ones without a fraction."""
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return f"{value:g}"


def _to_text(value: Value) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, (str, int, float, Decimal128)) or is_date(value):
        return number_text(value) if is_number(value) else as_text("$toString", value)
    raise _failed(value, "string")


def _to_bool(value: Value) -> Value:
    return is_true(value)


def _to_double(value: Value) -> Value:
    if is_text(value):
        try:
            return float(_plain(value))
        except ValueError as error:
            raise _unparsed(value, "number") from error
    if isinstance(value, bool) or is_number(value):
        return as_float(value)
    if is_date(value):
        return float(milliseconds(value))
    raise _failed(value, "double")


def _plain(text: str) -> str:
    """The text, if a number may be written so: no blanks around, no underscores."""
    if not text or text != text.strip() or "_" in text:
        raise ValueError(text)
    return text


def _to_decimal(value: Value) -> Value:
    if is_text(value):
        try:
            return decimal128(Decimal(_plain(value)))
        except (InvalidOperation, ValueError) as error:
            raise _unparsed(value, "number") from error
    if isinstance(value, bool) or is_number(value):
        return decimal128(as_decimal(value))
    if is_date(value):
        return decimal128(Decimal(milliseconds(value)))
    raise _failed(value, "decimal")


def _integer(target: str, low: int, high: int, make: Callable[[int], int]) -> Callable[[Value], Value]:
    def convert(value: Value) -> Value:
        if is_text(value):
            number = _parsed(value)
        elif isinstance(value, bool):
            number = int(value)
        elif is_number(value):
            number = _truncated(value, target)
        elif is_date(value) and target == "long":
            number = milliseconds(value)
        else:
            raise _failed(value, target)
        return make(_within(number, low, high, value))

    return convert


def _within(number: int, low: int, high: int, value: Value) -> int:
    if not low <= number <= high:
        text = f"Conversion would overflow target type in $convert with no onError value: {value}"
        raise DocumentError(CONVERSION_FAILURE, text)
    return number


def _parsed(text: str) -> int:
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 40:
        raise _unparsed(text, "number")
    return int(text)


def _truncated(value: float | Decimal128, target: str) -> int:
    number = value.to_decimal() if isinstance(value, Decimal128) else value
    if not math.isfinite(number):
        raise DocumentError(
            CONVERSION_FAILURE,
            f"Attempt to convert {number} to {target} integer value in $convert with no onError value",
        )
    return int(number) if -(2.0**64) < number < 2.0**64 else INT64_MAX + 1


def _to_date(value: Value) -> Value:
    if is_date(value):
        return value
    if isinstance(value, ObjectId):
        return value.generation_time
    if isinstance(value, Timestamp):
        return moment(value.time * 1000)
    if is_text(value):
        return parse_date(value)
    if is_number(value) and (isinstance(value, (float, Decimal128)) or type_name(value) == "long"):
        number = whole(value)
        number = _truncated(value, "long") if number is None else number
        return moment(_within(number, INT64_MIN, INT64_MAX, value))
    raise _failed(value, "date")


def _to_object_id(value: Value) -> Value:
    if isinstance(value, ObjectId):
        return value
    if not is_text(value):
        raise _failed(value, "objectId")
    try:
        return ObjectId(value)
    except InvalidId as error:
        raise _unparsed(value, "objectId") from error


CONVERSIONS: Final[dict[str, Callable[[Value], Value]]] = {
    "double": _to_double,
    "string": _to_text,
    "objectId": _to_object_id,
    "bool": _to_bool,
    "date": _to_date,
    "int": _integer("int", INT32_MIN, INT32_MAX, int),
    "long": _integer("long", INT64_MIN, INT64_MAX, Int64),
    "decimal": _to_decimal,
}


def _to(target: str) -> Compile:
    convert = CONVERSIONS[target]
    name = "$to" + target[0].upper() + target[1:]
    return unary(name, lambda value: None if is_absent(value) else convert(value))


def _convert(operand: Value) -> Evaluate:
    named = named_arguments("$convert", operand, ("input", "to"), ("onError", "onNull"))
    source, target, on_null = (compile_expression(named.get(part)) for part in ("input", "to", "onNull"))
    on_error = compile_expression(named["onError"]) if "onError" in named else None

    def evaluate(scope: Scope) -> Value:
        value, wanted = source(scope), target(scope)
        if is_absent(wanted):
            return None
        convert = CONVERSIONS.get(_type_alias(wanted))
        if is_absent(value):
            return on_null(scope)
        try:
            if convert is None:
                raise _failed(value, str(wanted))
            return convert(value)
        except DocumentError:
            if on_error is None:
                raise
            return on_error(scope)

    return evaluate


def _type_alias(wanted: Value) -> str:
    if is_text(wanted):
        if wanted not in TYPE_NUMBERS:
            raise DocumentError(2, f"Unknown type name: {wanted}")
        return wanted
    number = whole(wanted)
    name = next((name for name, code in TYPE_NUMBERS.items() if code == number), None)
    if name is None:
        raise DocumentError(
            FAILED_TO_PARSE, f"In $convert, numeric value for 'to' does not correspond to a BSON type: {wanted}"
        )
    return name


def _binary_size(value: Value) -> Value:
    if is_absent(value):
        return None
    if is_text(value):
        return len(value.encode())
    if isinstance(value, (bytes, Binary)):
        return len(value)
    raise DocumentError(51276, f"$binarySize requires a string or BinData argument, found: {type_name(value)}")


OPERATORS: Final[dict[str, Compile]] = {
    "$type": unary("$type", type_name),
    "$isNumber": unary("$isNumber", is_number),
    "$convert": _convert,
    "$binarySize": unary("$binarySize", _binary_size),
    **{"$to" + target[0].upper() + target[1:]: _to(target) for target in CONVERSIONS},
}
