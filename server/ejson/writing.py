"""Values to canonical Extended JSON text."""

from __future__ import annotations

import base64
import math
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

import orjson
from bson import DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.binary import Binary
from bson.code import Code
from bson.datetime_ms import DatetimeMS

from server.ejson.values import DbPointer, Document, EjsonError, Symbol, Undefined, Value, check_depth, check_key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# Letters in the order in which Extended JSON wants them; re's flags have the same numbers as PyMongo's.
_REGEX_FLAGS = (("i", 2), ("l", 4), ("m", 8), ("s", 16), ("u", 32), ("x", 64))

_T = TypeVar("_T")


def dumps(value: Value) -> bytes:
    """The value as canonical Extended JSON; an int outside 32 bits is written as a long. Raises EjsonError."""
    try:
        return orjson.dumps(_encode(value, 0))
    except orjson.JSONEncodeError as error:
        raise EjsonError(f"value cannot be written as JSON: {error}") from error


def _encode(value: Value, depth: int) -> Value:
    encoder = _ENCODERS.get(type(value)) or _encoder_of_base(type(value))
    return encoder(value, depth)


def _encoder_of_base(kind: type) -> Callable[[Value, int], Value]:
    for base in kind.__mro__:
        if base in _ENCODERS:
            return _ENCODERS[base]
    raise EjsonError(f"a value of type {kind.__name__} has no Extended JSON form")


def _encode_document(document: Document, depth: int) -> Document:
    check_depth(depth)
    written: Document = {}
    for key, value in document.items():
        if not isinstance(key, str):
            raise EjsonError("a key must be a string")
        check_key(key)
        written[key] = _encode(value, depth + 1)
    return written


def _encode_array(array: list[Value], depth: int) -> Value:
    check_depth(depth)
    return [_encode(value, depth + 1) for value in array]


def _encode_int(number: int, _depth: int) -> Value:
    if -(2**31) <= number < 2**31:
        return {"$numberInt": str(int(number))}
    return _encode_long(number, 0)


def _encode_long(number: int, _depth: int) -> Value:
    if not -(2**63) <= number < 2**63:
        raise EjsonError("an integer does not fit 64 bits")
    return {"$numberLong": str(int(number))}


def _encode_float(number: float, _depth: int) -> Value:
    if math.isnan(number):
        return {"$numberDouble": "NaN"}
    if math.isinf(number):
        return {"$numberDouble": "Infinity" if number > 0 else "-Infinity"}
    return {"$numberDouble": float.__repr__(number)}


def _encode_datetime(moment: datetime, _depth: int) -> Value:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return {"$date": {"$numberLong": str((aware - _EPOCH) // _MILLISECOND)}}


def _encode_binary(value: bytes, _depth: int) -> Value:
    subtype = value.subtype if isinstance(value, Binary) else 0
    return {"$binary": {"base64": base64.b64encode(value).decode(), "subType": f"{subtype:02x}"}}


def _encode_regex(regex: Regex[str] | Regex[bytes], _depth: int) -> Value:
    pattern = regex.pattern if isinstance(regex.pattern, str) else regex.pattern.decode("utf-8", "replace")
    options = "".join(letter for letter, flag in _REGEX_FLAGS if regex.flags & flag)
    return {"$regularExpression": {"pattern": pattern, "options": options}}


def _encode_code(code: Code, depth: int) -> Value:
    if code.scope is None:
        return {"$code": str(code)}
    check_depth(depth)
    return {"$code": str(code), "$scope": _encode_document(cast("Document", code.scope), depth + 1)}


def _table() -> dict[type, Callable[[Value, int], Value]]:
    table: dict[type, Callable[[Value, int], Value]] = {}

    def row(kind: type[_T], encode: Callable[[_T, int], Value]) -> None:
        table[kind] = cast("Callable[[Value, int], Value]", encode)

    row(str, lambda text, _: text)
    row(bool, lambda truth, _: truth)
    row(type(None), lambda null, _: null)
    row(dict, _encode_document)
    row(list, _encode_array)
    row(tuple, lambda array, depth: _encode_array(list(array), depth))
    row(int, _encode_int)
    row(Int64, _encode_long)
    row(float, _encode_float)
    row(datetime, _encode_datetime)
    row(DatetimeMS, lambda moment, _: {"$date": {"$numberLong": str(int(moment))}})
    row(ObjectId, lambda id_, _: {"$oid": str(id_)})
    row(Decimal128, lambda number, _: {"$numberDecimal": str(number)})
    row(bytes, _encode_binary)
    row(uuid.UUID, lambda id_, depth: _encode_binary(Binary(id_.bytes, 4), depth))
    row(Regex, _encode_regex)
    row(Timestamp, lambda moment, _: {"$timestamp": {"t": moment.time, "i": moment.inc}})
    row(Code, _encode_code)
    row(DBRef, lambda reference, depth: _encode_document(reference.as_doc(), depth))
    row(MinKey, lambda _value, _: {"$minKey": 1})
    row(MaxKey, lambda _value, _: {"$maxKey": 1})
    row(Symbol, lambda text, _: {"$symbol": str(text)})
    row(DbPointer, lambda pointer, _: {"$dbPointer": {"$ref": pointer.collection, "$id": {"$oid": str(pointer.id)}}})
    row(Undefined, lambda _value, _: {"$undefined": True})
    return table


_ENCODERS = _table()
