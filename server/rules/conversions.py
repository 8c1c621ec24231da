"""The conversions that rules have, between identifiers and their texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from uuid import UUID

from bson import ObjectId
from bson.binary import Binary

from server.ejson import Value


def _oid(value: Value) -> Value:
    return ObjectId(_text(value, _OID))


def _oid_text(value: Value) -> Value:
    if not isinstance(value, ObjectId):
        raise TypeError("not an ObjectId")
    return str(value)


def _uuid(value: Value) -> Value:
    return Binary(UUID(_text(value, _UUID)).bytes, 4)


def _uuid_text(value: Value) -> Value:
    if isinstance(value, UUID):
        return str(value)
    if not isinstance(value, Binary) or value.subtype != 4:
        raise TypeError("not a UUID")
    return str(UUID(bytes=bytes(value)))


def _text(value: Value, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError("not the text of an identifier")
    return value


_OID = re.compile(r"[0-9a-fA-F]{24}", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
CONVERSIONS: Mapping[str, Callable[[Value], Value]] = {
    "%stringToOid": _oid,
    "%oidToString": _oid_text,
    "%stringToUuid": _uuid,
    "%uuidToString": _uuid_text,
}
"""By operator; each raises ValueError or TypeError where the value is not what it converts."""
