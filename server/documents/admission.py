"""What may enter the engine: BSON values of bounded depth and size, and names that can be stored."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, cast

import bson
from bson import CodecOptions, DBRef, ObjectId, Regex
from bson.binary import UuidRepresentation
from bson.codec_options import DatetimeConversion
from bson.errors import BSONError

from server.documents.errors import (
    BAD_VALUE,
    DOLLAR_PREFIXED_FIELD,
    INVALID_ID_FIELD,
    INVALID_NAMESPACE,
    OVERFLOW,
    TOO_LARGE,
    DocumentError,
)
from server.documents.values import INT64_MAX, INT64_MIN, PLAIN_TYPES, type_name
from server.ejson import UNDEFINED, DbPointer, Document, Symbol, Value

MAX_DEPTH: Final = 100
"""Levels of nesting, as for MongoDB's own documents."""
MAX_DOCUMENT_SIZE: Final = 16 * 1024 * 1024
"""Bytes of BSON."""
MAX_NAME_LENGTH: Final = 255
"""Bytes of a database's and collection's names together."""

CODEC: Final[CodecOptions[Document]] = CodecOptions(
    tz_aware=True,
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
    uuid_representation=UuidRepresentation.UNSPECIFIED,
)


def encode(document: Document) -> bytes:
    """The document as BSON; DocumentError where it is too large or holds what BSON cannot."""
    try:
        data = bson.encode(document, codec_options=CODEC)
    except (BSONError, OverflowError, UnicodeEncodeError, ValueError, TypeError) as error:
        raise DocumentError(BAD_VALUE, f"the document cannot be stored: {error}") from error
    if len(data) > MAX_DOCUMENT_SIZE:
        raise DocumentError(
            TOO_LARGE, f"BSONObj size: {len(data)} is invalid. Size must be between 0 and {MAX_DOCUMENT_SIZE}(16MB)"
        )
    return data


def decode(data: bytes) -> Document:
    """The document of such BSON."""
    return bson.decode(data, codec_options=CODEC)


def admit(document: Document) -> Document:
    """A copy of what came from outside: known types, 64-bit integers, sound text, at most `MAX_DEPTH` levels."""
    return {_admit_name(name): _admitted(field, 1) for name, field in document.items()}


def _admitted(value: Value, depth: int) -> Value:
    if isinstance(value, dict):
        _check_depth(depth)
        return {_admit_name(name): _admitted(field, depth + 1) for name, field in value.items()}
    if isinstance(value, list):
        _check_depth(depth)
        return [_admitted(element, depth + 1) for element in value]
    return _admit_scalar(value)


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise DocumentError(OVERFLOW, f"exceeded the maximum nested object depth of {MAX_DEPTH}")


def check_levels(document: Document) -> None:
    """Refuse more than `MAX_DEPTH` levels in a document that is BSON already."""
    level: list[Value] = [document]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for outer in level for inner in _fields(outer) if isinstance(inner, (dict, list))]
        if not level:
            return
    _check_depth(MAX_DEPTH + 1)


def _fields(value: Value) -> Iterable[Value]:
    if isinstance(value, dict):
        return cast("Document", value).values()
    return cast("list[Value]", value) if isinstance(value, list) else ()


def check_id(identifier: Value) -> None:
    """Refuse what cannot be a document's `_id`."""
    if isinstance(identifier, (list, Regex)):
        raise DocumentError(INVALID_ID_FIELD, f"The '_id' value cannot be of type {type_name(identifier)}")
    parts = [identifier]
    while parts:
        part = parts.pop()
        for name in cast("Document", part) if isinstance(part, dict) else ():
            if name.startswith("$"):
                text = f"_id fields may not contain '$'-prefixed fields: {name} is not valid for storage."
                raise DocumentError(DOLLAR_PREFIXED_FIELD, text)
        parts.extend(_fields(part))


def _admit_name(name: Value) -> str:
    if not isinstance(name, str):
        raise DocumentError(BAD_VALUE, f"field names must be strings, not {type(name).__name__}")
    if "\x00" in name:
        raise DocumentError(BAD_VALUE, "field names must not contain a null character")
    return _admit_text(name)


def _admit_text(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DocumentError(BAD_VALUE, "text must be valid UTF-8: it has a lone surrogate") from error
    return text


def _admit_scalar(value: Value) -> Value:
    """The value itself; deprecated types become what drivers make of them: null, a string, a DBRef."""
    if value is UNDEFINED:
        return None
    if isinstance(value, Symbol):
        return _admit_text(str(value))
    if isinstance(value, DbPointer):
        return DBRef(_admit_text(value.collection), value.id)
    if isinstance(value, str):
        _admit_text(value)
    elif isinstance(value, int):
        if not INT64_MIN <= value <= INT64_MAX:
            raise DocumentError(BAD_VALUE, "integers must fit 64 bits")
    elif isinstance(value, DBRef):
        admit(dict(value.as_doc()))
    elif type(value) not in PLAIN_TYPES:
        raise DocumentError(BAD_VALUE, f"cannot encode a value of type {type(value).__name__} as BSON")
    return value


@lru_cache(maxsize=1024)
def check_namespace(database: str, collection: str) -> None:
    """Refuse names of databases and collections that MongoDB refuses."""
    if not database or any(character in database for character in '\x00/\\. "$') or len(database.encode()) > 63:
        raise DocumentError(INVALID_NAMESPACE, f"Invalid database name: {database!r}")
    if not collection or "\x00" in collection or "$" in collection or collection.startswith((".", "system.")):
        raise DocumentError(INVALID_NAMESPACE, f"Invalid collection name: {collection!r}")
    if len(database.encode()) + len(collection.encode()) >= MAX_NAME_LENGTH:
        raise DocumentError(INVALID_NAMESPACE, f"Fully qualified namespace is too long: {database}.{collection}")


def with_id(document: Document) -> Document:
    """The document with `_id` first; a new ObjectId where it has none."""
    identifier = document["_id"] if "_id" in document else ObjectId()
    return {"_id": identifier} | {name: value for name, value in document.items() if name != "_id"}
