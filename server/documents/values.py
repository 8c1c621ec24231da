"""BSON values as Python objects: their types, the missing value, and which Python types stand for which."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Final, TypeGuard

from bson import Binary, Code, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.datetime_ms import DatetimeMS

from server.documents.errors import OVERFLOW, DocumentError
from server.ejson import Document, Value

INT32_MIN: Final = -(2**31)
INT32_MAX: Final = 2**31 - 1
INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)


class Missing:
    """The value of a field that is not there; unlike null in projections, `$type` and `$exists`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()

TYPE_NUMBERS: Final[dict[str, int]] = {
    "minKey": -1,
    "missing": 0,
    "double": 1,
    "string": 2,
    "object": 3,
    "array": 4,
    "binData": 5,
    "undefined": 6,
    "objectId": 7,
    "bool": 8,
    "date": 9,
    "null": 10,
    "regex": 11,
    "dbPointer": 12,
    "javascript": 13,
    "symbol": 14,
    "javascriptWithScope": 15,
    "int": 16,
    "timestamp": 17,
    "long": 18,
    "decimal": 19,
    "maxKey": 127,
}

PLAIN_TYPES: Final[dict[type, str]] = {
    type(None): "null",
    bool: "bool",
    float: "double",
    str: "string",
    dict: "object",
    DBRef: "object",
    list: "array",
    bytes: "binData",
    Binary: "binData",
    ObjectId: "objectId",
    datetime: "date",
    DatetimeMS: "date",
    Regex: "regex",
    Int64: "long",
    Timestamp: "timestamp",
    Decimal128: "decimal",
    MinKey: "minKey",
    MaxKey: "maxKey",
    Missing: "missing",
}


NUMBER_TYPES: Final = frozenset({int, Int64, float, Decimal128})


def type_name(value: Value) -> str:
    """The alias that `$type` knows the value's type by; `missing` for no value."""
    if type(value) is int:
        return "int" if INT32_MIN <= value <= INT32_MAX else "long"
    if isinstance(value, Code):
        return "javascript" if value.scope is None else "javascriptWithScope"
    name = PLAIN_TYPES.get(type(value))
    if name is None:
        raise DocumentError(2, f"cannot encode a value of type {type(value).__name__} as BSON")
    return name


def is_number(value: Value) -> TypeGuard[int | float | Decimal128]:
    """Whether the value is an int, long, double or decimal; a bool is none of them."""
    return type(value) in NUMBER_TYPES


def is_document(value: Value) -> TypeGuard[Document]:
    """Whether the value is an embedded document."""
    return isinstance(value, dict)


def is_absent(value: Value) -> bool:
    """Whether the value is null or missing."""
    return value is None or value is MISSING


def is_true(value: Value) -> bool:
    """Whether an expression's result counts as true: not false, null, missing or a zero."""
    if isinstance(value, Decimal128):
        return bool(value.to_decimal() != 0)
    if isinstance(value, (bool, int, float)):
        return value != 0
    return not is_absent(value)


def whole(value: Value) -> int | None:
    """The value as an integer where it is a number without a fraction that fits 64 bits; None elsewhere."""
    if not is_number(value):
        return None
    if isinstance(value, int):
        return int(value)
    number = value.to_decimal() if isinstance(value, Decimal128) else value
    if not math.isfinite(number):
        return None
    if not -(2.0**63) <= number < 2.0**63:
        return None
    integer = int(number)
    return integer if integer == number else None


def milliseconds(moment: datetime | DatetimeMS) -> int:
    """Milliseconds since the epoch, as BSON stores a date; a naive datetime is taken as UTC."""
    if isinstance(moment, DatetimeMS):
        return int(moment)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // MILLISECOND


def moment(value: int) -> datetime | DatetimeMS:
    """The date of that many milliseconds since the epoch; `DatetimeMS` beyond the years Python knows.

    Raises DocumentError beyond 64 bits.
    """
    try:
        return EPOCH + timedelta(milliseconds=value)
    except OverflowError:
        if not INT64_MIN <= value <= INT64_MAX:
            raise DocumentError(OVERFLOW, "date overflow: it is more than 64 bits of milliseconds") from None
        return DatetimeMS(value)


def is_text(value: Value) -> TypeGuard[str]:
    """Whether the value is a BSON string; JavaScript code, which is one to Python, is none."""
    return isinstance(value, str) and not isinstance(value, Code)


def is_date(value: Value) -> TypeGuard[datetime | DatetimeMS]:
    """Whether the value is a BSON date."""
    return isinstance(value, (datetime, DatetimeMS))
