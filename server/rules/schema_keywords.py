"""The keywords of a schema that judge one value by itself (contract 10.5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias, cast
from uuid import UUID

import regex
from bson import Decimal128, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.binary import Binary
from bson.code import Code
from bson.datetime_ms import DatetimeMS

from server.ejson import Document, Undefined, Value
from server.rules.comparison import ORDERS, ordered, same
from server.rules.scope import UndecidedError

Check: TypeAlias = Callable[[Value], str | None]
"""What is wrong with a value; None: nothing."""
PATTERN_SECONDS: Final = 0.25
"""How long a pattern may search one text before the text counts as not matching."""


class SchemaError(Exception):
    """A keyword whose argument means nothing."""


def is_number(value: Value) -> bool:
    """Whether the value is a number of any kind."""
    return isinstance(value, int | float | Decimal128) and not isinstance(value, bool)


def _is_int(value: Value) -> bool:
    return type(value) is int and -(2**31) <= value < 2**31


def _is_integer(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_double(value: Value) -> bool:
    """JavaScript does not tell 5.0 from 5, and sends it as an integer."""
    return isinstance(value, float) or _is_int(value)


def _is_uuid(value: Value) -> bool:
    return isinstance(value, UUID) or (isinstance(value, Binary) and value.subtype == 4)


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and not isinstance(value, Code)


def _of(*types: type) -> Callable[[Value], bool]:
    return lambda value: isinstance(value, types)


_TYPES: dict[str, Callable[[Value], bool]] = {
    "object": _of(dict),
    "array": _of(list),
    "string": _is_text,
    "int": _is_int,
    "integer": _is_integer,
    "long": _is_integer,
    "double": _is_double,
    "float": _is_double,
    "decimal": _of(Decimal128),
    "number": is_number,
    "bool": _of(bool),
    "boolean": _of(bool),
    "date": _of(datetime, DatetimeMS),
    "objectId": _of(ObjectId),
    "uuid": _is_uuid,
    "binary": _of(bytes, UUID),
    "binData": _of(bytes, UUID),
    "regex": _of(Regex),
    "timestamp": _of(Timestamp),
    "javascript": _of(Code),
    "null": lambda value: value is None,
    "undefined": _of(Undefined),
    "minKey": _of(MinKey),
    "maxKey": _of(MaxKey),
    "mixed": lambda _value: True,
}


def type_check(argument: Value) -> Check:
    """`bsonType` and `type`: a name, or several of which one must fit."""
    names = cast("list[Value]", argument) if isinstance(argument, list) else [argument]
    for name in names:
        if not isinstance(name, str) or name not in _TYPES:
            raise SchemaError(f"unknown type {str(name)[:40]!r}")
    known = [str(name) for name in names]
    return lambda value: None if any(_TYPES[name](value) for name in known) else f"must be of type {' or '.join(known)}"


def _enum(argument: Value) -> Check:
    if not isinstance(argument, list):
        raise SchemaError("must be an array")
    choices = cast("list[Value]", argument)
    return lambda value: None if _is_among(value, choices) else "must be one of the values allowed"


def _is_among(value: Value, choices: list[Value]) -> bool:
    try:
        return any(same(value, choice) for choice in choices)
    except UndecidedError:
        return False


def bound_checks(raw: Document) -> list[Check]:
    """`minimum` and `maximum`; their exclusive forms are numbers, or flags beside them as in older drafts."""
    checks: list[Check] = []
    for name, exclusive, inclusive_order, exclusive_order, words in _BOUNDS:
        flag = raw.get(exclusive)
        if name in raw:
            checks.append(_bound(raw[name], exclusive_order if flag is True else inclusive_order, words))
        if exclusive in raw and not isinstance(flag, bool):
            checks.append(_bound(flag, exclusive_order, words))
    return checks


_BOUNDS = (
    ("minimum", "exclusiveMinimum", "gte", "gt", "is too small"),
    ("maximum", "exclusiveMaximum", "lte", "lt", "is too large"),
)


def _bound(argument: Value, order: str, words: str) -> Check:
    if not is_number(argument):
        raise SchemaError("a bound must be a number")
    return lambda value: None if not is_number(value) or ordered(value, argument, ORDERS[order]) else words


def _multiple_of(argument: Value) -> Check:
    divisor = _decimal(argument) if is_number(argument) else None
    if divisor is None or divisor <= 0:
        raise SchemaError("must be a number above 0")
    return lambda value: None if not is_number(value) or _divides(divisor, value) else "is not a multiple"


def _divides(divisor: Decimal, value: Value) -> bool:
    number = _decimal(value)
    try:
        return number is not None and number % divisor == 0
    except ArithmeticError:
        return False


def _decimal(number: Value) -> Decimal | None:
    decimal = number.to_decimal() if isinstance(number, Decimal128) else Decimal(str(number))
    return decimal if decimal.is_finite() else None


def _length(kind: type, order: str, words: str) -> Callable[[Value], Check]:
    def read(argument: Value) -> Check:
        if not _is_integer(argument):
            raise SchemaError("must be an integer")
        return lambda value: (
            None if not isinstance(value, kind) or ordered(_size(value), argument, ORDERS[order]) else words
        )

    return read


def _size(value: Value) -> int:
    return len(cast("str | list[Value] | Document", value))


def _pattern(argument: Value) -> Check:
    if not isinstance(argument, str):
        raise SchemaError("must be a string")
    try:
        compiled = regex.compile(argument)
    except (regex.error, re.error) as error:
        raise SchemaError(f"is no regular expression: {error}") from error
    return lambda value: None if not _is_text(value) or _is_found(compiled, cast(str, value)) else "has the wrong form"


def _is_found(compiled: regex.Pattern[str], text: str) -> bool:
    try:
        return compiled.search(text, timeout=PATTERN_SECONDS) is not None
    except TimeoutError:
        return False


def _unique(argument: Value) -> Check:
    if not isinstance(argument, bool):
        raise SchemaError("must be a boolean")
    return lambda value: "must not repeat a value" if argument and isinstance(value, list) and _repeats(value) else None


def _repeats(items: list[Value]) -> bool:
    """Whether an item occurs twice. Pairs are compared, so very long arrays are not searched but refused."""
    if len(items) > MAX_UNIQUE_ITEMS:
        return True
    return any(_is_among(item, items[:position]) for position, item in enumerate(items))


MAX_UNIQUE_ITEMS: Final = 1000

KEYWORDS: dict[str, Callable[[Value], Check]] = {
    "enum": _enum,
    "const": lambda argument: _enum([argument]),
    "multipleOf": _multiple_of,
    "minLength": _length(str, "gte", "is too short"),
    "maxLength": _length(str, "lte", "is too long"),
    "pattern": _pattern,
    "minItems": _length(list, "gte", "has too few items"),
    "maxItems": _length(list, "lte", "has too many items"),
    "uniqueItems": _unique,
    "minProperties": _length(dict, "gte", "has too few fields"),
    "maxProperties": _length(dict, "lte", "has too many fields"),
}
