"""One order-preserving byte encoding of BSON values: index key, equality, range, sort key and group key alike.

A key is a type byte (MongoDB's comparison order of types) and a payload; comparing keys as bytes compares the values.
Every key is prefix-free, so keys can be laid end to end to make compound keys.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any, Final

from bson import Binary, Code, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.datetime_ms import DatetimeMS

from server.documents.errors import DocumentError
from server.documents.values import Missing, milliseconds
from server.ejson import Document, Value

MIN_KEY: Final = b"\x01"
MISSING_KEY: Final = b"\x02"
NULL: Final = b"\x05"
NUMBER: Final = b"\x0a"
STRING: Final = b"\x0f"
OBJECT: Final = b"\x14"
ARRAY: Final = b"\x19"
BINARY: Final = b"\x1e"
OBJECT_ID: Final = b"\x23"
BOOL: Final = b"\x28"
DATE: Final = b"\x2d"
TIMESTAMP: Final = b"\x2f"
REGEX: Final = b"\x32"
CODE: Final = b"\x3c"
CODE_WITH_SCOPE: Final = b"\x41"
MAX_KEY: Final = b"\x7f"

NAN_KEY: Final = NUMBER + b"\x00"
ZERO_KEY: Final = NUMBER + b"\x02"
EXACT_INTEGERS: Final = 2**53
INVERSE: Final = bytes(255 - byte for byte in range(256))
DOUBLE: Final = struct.Struct(">d")
EXACT: Final = Context(prec=1600, rounding=ROUND_DOWN, Emin=-9999, Emax=9999)
"""Wide enough to subtract any double from any Decimal128 within the range of doubles without rounding."""


def key(value: Value) -> bytes:
    """The key of a value; raises DocumentError for a value that BSON does not know."""
    encode = ENCODERS.get(type(value))
    if encode is None:
        raise DocumentError(2, f"cannot encode a value of type {type(value).__name__} as BSON")
    return encode(value)


def _number(value: float) -> bytes:
    if math.isnan(value):
        return NAN_KEY
    if value == 0:
        return ZERO_KEY
    size = abs(value)
    if isinstance(size, float) or size <= EXACT_INTEGERS:
        magnitude = DOUBLE.pack(size) + b"\x00"
    else:
        magnitude = _magnitude(Decimal(size))
    return NUMBER + (b"\x03" + magnitude if value > 0 else b"\x01" + magnitude.translate(INVERSE))


def _decimal(value: Decimal128) -> bytes:
    number = value.to_decimal()
    if number.is_nan():
        return NAN_KEY
    if number == 0:
        return ZERO_KEY
    if number.is_infinite():
        return _number(math.copysign(math.inf, number))
    magnitude = _magnitude(number.copy_abs())
    return NUMBER + (b"\x03" + magnitude if number > 0 else b"\x01" + magnitude.translate(INVERSE))


def _magnitude(size: Decimal) -> bytes:
    """A positive number as the largest double not above it, and what is left over."""
    below = float(size)
    if below == math.inf or Decimal(below) > size:
        below = math.nextafter(below, 0.0)
    remote = below == 0.0 or size.adjusted() > 308
    rest = size if remote else EXACT.subtract(size, Decimal(below))
    return DOUBLE.pack(below) + (_rest(rest) if rest else b"\x00")


def _rest(rest: Decimal) -> bytes:
    digits = "".join(map(str, rest.as_tuple().digits)).rstrip("0")
    return b"\x01" + struct.pack(">H", rest.adjusted() + 20_000) + digits.encode() + b"\x00"


def text_key(text: str) -> bytes:
    """The payload of a string: UTF-8, NUL escaped, closed by a mark below every character."""
    data = text.encode("utf-8", "surrogatepass")
    if b"\x00" in data:
        data = data.replace(b"\x00", b"\x00\xff")
    return data + b"\x00\x01"


def _text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    if b"\x00" in data:
        data = data.replace(b"\x00", b"\x00\xff")
    return STRING + data + b"\x00\x01"


def _object(value: Document) -> bytes:
    return OBJECT + _fields(value)


def _fields(document: Document) -> bytes:
    parts: list[bytes] = []
    for name, field in document.items():
        encoded = key(field)
        parts += (b"\x01", encoded[:1], text_key(name), encoded)
    parts.append(b"\x00")
    return b"".join(parts)


def _array(value: list[Value]) -> bytes:
    return ARRAY + b"".join(b"\x01" + key(element) for element in value) + b"\x00"


def _binary(value: bytes) -> bytes:
    subtype = value.subtype if isinstance(value, Binary) else 0
    return BINARY + struct.pack(">IB", len(value), subtype) + value


def _object_id(value: ObjectId) -> bytes:
    return OBJECT_ID + value.binary


def _date(value: datetime | DatetimeMS) -> bytes:
    return DATE + struct.pack(">Q", milliseconds(value) + 2**63)


def _timestamp(value: Timestamp) -> bytes:
    return TIMESTAMP + struct.pack(">II", value.time, value.inc)


def _regex(value: Regex[str] | Regex[bytes]) -> bytes:
    pattern = value.pattern if isinstance(value.pattern, str) else value.pattern.decode("utf-8", "replace")
    return REGEX + text_key(pattern) + struct.pack(">I", value.flags)


def _code(value: Code) -> bytes:
    if value.scope is None:
        return CODE + text_key(str(value))
    return CODE_WITH_SCOPE + text_key(str(value)) + _fields(dict(value.scope))


def _reference(value: DBRef) -> bytes:
    return OBJECT + _fields(dict(value.as_doc()))


ENCODERS: Final[dict[type, Callable[[Any], bytes]]] = {
    Missing: lambda value: MISSING_KEY,
    type(None): lambda value: NULL,
    MinKey: lambda value: MIN_KEY,
    MaxKey: lambda value: MAX_KEY,
    bool: lambda value: BOOL + (b"\x01" if value else b"\x00"),
    int: _number,
    Int64: _number,
    float: _number,
    Decimal128: _decimal,
    str: _text,
    dict: _object,
    list: _array,
    bytes: _binary,
    Binary: _binary,
    ObjectId: _object_id,
    datetime: _date,
    DatetimeMS: _date,
    Timestamp: _timestamp,
    Regex: _regex,
    Code: _code,
    DBRef: _reference,
}
