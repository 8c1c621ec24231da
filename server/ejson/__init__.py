"""Extended JSON v2: canonical out, canonical and relaxed in."""

from __future__ import annotations

from server.ejson.aside import LARGE_TEXT, dumps_aside, loads_aside
from server.ejson.plain import dumps_plain
from server.ejson.reading import loads
from server.ejson.values import MAX_DEPTH, UNDEFINED, DbPointer, Document, EjsonError, Symbol, Undefined, Value, is_text
from server.ejson.writing import dumps

__all__ = [
    "LARGE_TEXT",
    "MAX_DEPTH",
    "UNDEFINED",
    "DbPointer",
    "Document",
    "EjsonError",
    "Symbol",
    "Undefined",
    "Value",
    "dumps",
    "dumps_aside",
    "dumps_plain",
    "is_text",
    "loads",
    "loads_aside",
]
