"""Extended JSON text to values: canonical, relaxed, and the older binary, UUID and date forms."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import DecimalException
from typing import cast

import orjson
from bson import DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.binary import Binary
from bson.code import Code
from bson.datetime_ms import DatetimeMS

from server.ejson.values import UNDEFINED, DbPointer, Document, EjsonError, Symbol, Value, check_depth, check_key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MILLISECOND = -62_135_596_800_000
_LAST_MILLISECOND = 253_402_300_799_999
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_DOUBLE = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|-?Infinity|NaN", re.ASCII)
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}", re.ASCII)
_SUBTYPE = re.compile(r"[0-9a-fA-F]{1,2}", re.ASCII)
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}(:?[0-9]{2})?)", re.ASCII
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", re.ASCII)
_REGEX_OPTIONS = re.compile(r"[ilmsux]*", re.ASCII)


def loads(data: bytes | str) -> Value:
    """The value of canonical or relaxed Extended JSON.

    `{"$regex", "$options"}` stays a document: it is a query operator; regular expressions are `$regularExpression`.
    Dates that a datetime cannot hold become `DatetimeMS`. Raises EjsonError, and nothing else.
    """
    try:
        return _decode(orjson.loads(data), 0)
    except orjson.JSONDecodeError as error:
        raise EjsonError(f"invalid JSON: {error}") from error


def _decode(node: Value, depth: int) -> Value:
    if isinstance(node, str):
        return node
    if isinstance(node, dict):
        return _decode_object(node, depth)
    if isinstance(node, list):
        check_depth(depth)
        return [_decode(item, depth + 1) for item in node]
    if isinstance(node, int) and not -(2**63) <= node < 2**63:
        return float(node)
    return node


def _decode_object(node: Document, depth: int) -> Value:
    if _WRAPPERS.isdisjoint(node):
        if "$ref" in node and _is_reference(node):
            return _decode_reference(node, depth)
        return _decode_document(node, depth)
    key = next(filter(_DECODERS.__contains__, node))
    try:
        return _DECODERS[key](node, depth)
    except EjsonError:
        raise
    # Dates, identifiers and numbers out of range.
    except (ValueError, TypeError, OverflowError) as error:
        raise EjsonError(f"invalid {key}: {error}") from error


def _is_reference(node: Document) -> bool:
    return isinstance(node["$ref"], str) and "$id" in node and isinstance(node.get("$db"), str | None)


def _decode_document(node: Document, depth: int) -> Document:
    check_depth(depth)
    document: Document = {}
    for key, item in node.items():
        check_key(key)
        document[key] = _decode(item, depth + 1)
    return document


def _decode_reference(node: Document, depth: int) -> DBRef:
    fields = _decode_document(node, depth)
    collection, id_, database = fields.pop("$ref"), fields.pop("$id"), fields.pop("$db", None)
    return DBRef(cast("str", collection), id_, cast("str | None", database), fields)


def _check_fields(node: Document, *names: str) -> None:
    """No field but these; those that are missing fail where they are read."""
    if len(node) > 1 and not node.keys() <= set(names):
        raise EjsonError(f"unexpected fields beside {names[0]}")


def _text(node: Document, name: str) -> str:
    value = node.get(name)
    if not isinstance(value, str):
        raise EjsonError(f"{name} must be a string")
    return value


def _text_like(node: Document, name: str, pattern: re.Pattern[str]) -> str:
    value = node.get(name)
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    raise EjsonError(f"invalid {name}: {str(value)[:80]!r}")


def _fields(node: Document, name: str) -> Document:
    value = node.get(name)
    if not isinstance(value, dict):
        raise EjsonError(f"{name} must be an object")
    return cast("Document", value)


# A wrapper's decoder gets the whole JSON object, its parts not yet decoded.


def _decode_object_id(node: Document, _depth: int) -> ObjectId:
    _check_fields(node, "$oid")
    return ObjectId(_text_like(node, "$oid", _OBJECT_ID))


def _decode_int(node: Document, _depth: int) -> int:
    _check_fields(node, "$numberInt")
    number = int(_text_like(node, "$numberInt", _INTEGER))
    if not -(2**31) <= number < 2**31:
        raise EjsonError("$numberInt does not fit 32 bits")
    return number


def _decode_long(node: Document, _depth: int) -> Int64:
    _check_fields(node, "$numberLong")
    number = int(_text_like(node, "$numberLong", _INTEGER))
    if not -(2**63) <= number < 2**63:
        raise EjsonError("$numberLong does not fit 64 bits")
    return Int64(number)


def _decode_double(node: Document, _depth: int) -> float:
    _check_fields(node, "$numberDouble")
    return float(_text_like(node, "$numberDouble", _DOUBLE))


def _decode_decimal(node: Document, _depth: int) -> Decimal128:
    _check_fields(node, "$numberDecimal")
    text = _text(node, "$numberDecimal")
    if not text.isascii() or "_" in text or text != text.strip():
        raise EjsonError(f"invalid $numberDecimal: {text[:80]!r}")
    try:
        return Decimal128(text)
    except DecimalException as error:
        raise EjsonError(f"$numberDecimal is no number that 34 digits can hold: {text[:80]!r}") from error


def _decode_binary(node: Document, _depth: int) -> Binary:
    if "$type" in node:
        _check_fields(node, "$binary", "$type")
        parts: Document = {"base64": node["$binary"], "subType": _legacy_subtype(node["$type"])}
    else:
        _check_fields(node, "$binary")
        parts = _fields(node, "$binary")
    _check_fields(parts, "base64", "subType")
    subtype = int(_text_like(parts, "subType", _SUBTYPE), 16)
    return Binary(base64.b64decode(_text(parts, "base64"), validate=True), subtype)


def _legacy_subtype(subtype: Value) -> Value:
    """Early drivers wrote the subtype as a number."""
    return f"{subtype:x}" if type(subtype) is int else subtype


def _decode_uuid(node: Document, _depth: int) -> Binary:
    _check_fields(node, "$uuid")
    return Binary(uuid.UUID(_text_like(node, "$uuid", _UUID)).bytes, 4)


def _decode_date(node: Document, depth: int) -> datetime | DatetimeMS:
    _check_fields(node, "$date")
    date = node["$date"]
    if isinstance(date, str):
        moment = datetime.fromisoformat(_text_like(node, "$date", _DATE)).astimezone(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    if isinstance(date, dict):
        return _moment(_decode_long(cast("Document", date), depth))
    if type(date) is int and -(2**63) <= date < 2**63:
        return _moment(date)
    raise EjsonError("$date must be a date string or a 64 bit number of milliseconds")


def _moment(milliseconds: int) -> datetime | DatetimeMS:
    if _FIRST_MILLISECOND <= milliseconds <= _LAST_MILLISECOND:
        return _EPOCH + timedelta(milliseconds=int(milliseconds))
    return DatetimeMS(int(milliseconds))


def _decode_regex(node: Document, _depth: int) -> Regex[str]:
    _check_fields(node, "$regularExpression")
    parts = _fields(node, "$regularExpression")
    _check_fields(parts, "pattern", "options")
    pattern, options = _text(parts, "pattern"), _text_like(parts, "options", _REGEX_OPTIONS)
    if "\0" in pattern:
        raise EjsonError("a pattern must not contain a null character")
    return Regex(pattern, options)


def _decode_timestamp(node: Document, _depth: int) -> Timestamp:
    _check_fields(node, "$timestamp")
    parts = _fields(node, "$timestamp")
    _check_fields(parts, "t", "i")
    time, increment = parts.get("t"), parts.get("i")
    if type(time) is not int or type(increment) is not int:
        raise EjsonError("$timestamp needs the numbers t and i")
    return Timestamp(time, increment)


def _decode_code(node: Document, depth: int) -> Code:
    _check_fields(node, "$code", "$scope")
    if "$scope" not in node:
        return Code(_text(node, "$code"))
    check_depth(depth)
    return Code(_text(node, "$code"), _decode_document(_fields(node, "$scope"), depth + 1))


def _decode_symbol(node: Document, _depth: int) -> Symbol:
    _check_fields(node, "$symbol")
    return Symbol(_text(node, "$symbol"))


def _decode_pointer(node: Document, _depth: int) -> DbPointer:
    _check_fields(node, "$dbPointer")
    parts = _fields(node, "$dbPointer")
    _check_fields(parts, "$ref", "$id")
    return DbPointer(_text(parts, "$ref"), _decode_object_id(_fields(parts, "$id"), 0))


def _constant(name: str, written: Value, value: Value) -> Callable[[Document, int], Value]:
    def decode(node: Document, _depth: int) -> Value:
        _check_fields(node, name)
        if type(node[name]) is not type(written) or node[name] != written:
            raise EjsonError(f"invalid {name}")
        return value

    return decode


_DECODERS: dict[str, Callable[[Document, int], Value]] = {
    "$oid": _decode_object_id,
    "$numberInt": _decode_int,
    "$numberLong": _decode_long,
    "$numberDouble": _decode_double,
    "$numberDecimal": _decode_decimal,
    "$binary": _decode_binary,
    "$uuid": _decode_uuid,
    "$date": _decode_date,
    "$regularExpression": _decode_regex,
    "$timestamp": _decode_timestamp,
    "$code": _decode_code,
    "$symbol": _decode_symbol,
    "$dbPointer": _decode_pointer,
    "$minKey": _constant("$minKey", 1, MinKey()),
    "$maxKey": _constant("$maxKey", 1, MaxKey()),
    "$undefined": _constant("$undefined", True, UNDEFINED),
}
_WRAPPERS = frozenset(_DECODERS)
