"""Bytes that the BSON of every match must hold: what is looked for before a document is decoded at all."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, TypeAlias

from bson import Decimal128, ObjectId

from server.documents.planner import conjuncts
from server.documents.probes import range_probe
from server.documents.query_operators import is_operator_document
from server.documents.values import milliseconds
from server.ejson import Document, Value

Holds: TypeAlias = Callable[[bytes], bool]
"""Whether a document's BSON holds what it must."""

MAX_GROUPS: Final = 4
MAX_ALTERNATIVES: Final = 8
DECIMAL_TYPE: Final = b"\x13"
"""The type byte of decimals, whose many forms of one number are not listed: where it occurs, there may be one."""


def holds_needles(query: Document) -> Holds | None:
    """The test that every match of a filter passes; None where nothing can be said."""
    groups = [group for group in (_of_operand(operand) for _, operand in conjuncts(query)) if group]
    tests = [_holds_one(group) for group in sorted(groups, key=len)[:MAX_GROUPS]]
    if not tests:
        tests = [probe for path, operand in conjuncts(query) for probe in _probes(path, operand)][:MAX_GROUPS]
    if len(tests) < 2:
        return tests[0] if tests else None
    first, second, *others = tests
    if not others:
        return lambda data: first(data) and second(data)
    return lambda data: all(test(data) for test in tests)


def _probes(path: str, operand: Value) -> Iterator[Holds]:
    if isinstance(operand, dict) and is_operator_document(operand):
        for name, value in operand.items():
            probe = range_probe(path, name, value)
            if probe is not None:
                yield probe


def _holds_one(group: tuple[bytes, ...]) -> Holds:
    if len(group) == 1:
        (needle,) = group
        return lambda data: needle in data
    if len(group) == 3:
        one, two, three = group
        return lambda data: one in data or two in data or three in data
    return lambda data: any(needle in data for needle in group)


def _of_operand(operand: Value) -> tuple[bytes, ...]:
    if not (isinstance(operand, dict) and is_operator_document(operand)):
        return _of_value(operand)
    if "$eq" in operand:
        return _of_value(operand["$eq"])
    items = operand.get("$in")
    if not isinstance(items, list):
        return ()
    groups = [_of_value(item) for item in items]
    found = tuple(needle for group in groups for needle in group)
    return found if all(groups) and len(found) <= MAX_ALTERNATIVES else ()


def _of_value(value: Value) -> tuple[bytes, ...]:
    """How the value stands in BSON, whatever field or array holds it; nothing for values without such bytes."""
    kind = type(value)
    if isinstance(value, str):
        data = value.encode()
        return (struct.pack("<i", len(data) + 1) + data + b"\x00",)
    if isinstance(value, ObjectId):
        return (value.binary,)
    if isinstance(value, datetime):
        return (b"\x00" + struct.pack("<q", milliseconds(value)),)
    if kind is bool or not isinstance(value, (int, float)) or isinstance(value, Decimal128):
        return ()
    return _of_number(value)


def _of_number(value: float) -> tuple[bytes, ...]:
    """A number may be stored as any of the four types; a name's end stands before it."""
    if value != value or value == 0:  # noqa: PLR0124 - NaN; and zero has a sign
        return ()
    found = [struct.pack("<d", value), DECIMAL_TYPE] if _fits_double(value) else [DECIMAL_TYPE]
    if -(2**63) <= value < 2**63 and value == int(value):
        # A 32-bit integer's bytes begin those of the same 64-bit one.
        found.append(b"\x00" + struct.pack("<q", int(value))[: 4 if -(2**31) <= value < 2**31 else 8])
    return tuple(found)


def _fits_double(value: float) -> bool:
    return isinstance(value, float) or int(float(value)) == value
