"""Values to plain JSON, for readers who know nothing of BSON: numbers bare, ids and dates as text."""

from __future__ import annotations

import base64
import math
import uuid
from datetime import UTC, datetime
from typing import cast

import orjson
from bson import Decimal128, ObjectId
from bson.datetime_ms import DatetimeMS

from server.ejson.values import UNDEFINED, Document, Value, check_depth
from server.ejson.writing import dumps

_YEAR_10000 = 253402300800000


def dumps_plain(value: Value) -> bytes:
    """The value as JSON. What JSON has no word for keeps its Extended JSON form; undefined is left out, or null.

    Ids and decimals are text, dates ISO 8601 in UTC, binary data base64, numbers that are not finite null.
    """
    return orjson.dumps(_plain(value, 0))


def _plain(value: Value, depth: int) -> Value:  # noqa: PLR0911 - a table
    match value:
        case None | bool() | str():
            return value
        case dict():
            return _document(cast("Document", value), depth)
        case list():
            check_depth(depth)
            return [_plain(item, depth + 1) for item in value]
        case int():
            return int(value)
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return _iso(value)
        case DatetimeMS():
            return _iso(value.as_datetime()) if 0 <= int(value) < _YEAR_10000 else int(value)
        case ObjectId() | Decimal128() | uuid.UUID():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return None if value is UNDEFINED else orjson.loads(dumps(value))


def _document(document: Document, depth: int) -> Document:
    check_depth(depth)
    return {name: _plain(value, depth + 1) for name, value in document.items() if value is not UNDEFINED}


def _iso(moment: datetime) -> str:
    aware = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{aware:%Y-%m-%dT%H:%M:%S}.{aware.microsecond // 1000:03d}Z"
