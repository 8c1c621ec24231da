"""Range conditions judged on BSON as it lies: rejects documents of which no element can satisfy them, undecoded.

An element of BSON begins with its type and its name, so that one of a given name and type is found by searching for
these bytes. What is found may lie deeper than the filter's path: then too much passes, and the filter decides.
"""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable
from typing import Any, Final

from server.documents.paths import array_index, split
from server.ejson import Value

Holds = Callable[[bytes], bool]
ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
NUMBERS: Final = {0x10: struct.Struct("<i"), 0x12: struct.Struct("<q"), 0x01: struct.Struct("<d")}
"""The layouts of the types whose values are compared as they lie."""
OTHERS: Final = frozenset({0x04, 0x13})
"""Arrays and decimals, which the filter has to look at."""


def range_probe(path: str, name: str, operand: Value) -> Holds | None:
    """The test for a condition such as `{age: {$gt: 85}}`; None where the operand or path has none."""
    field = split(path)[-1]
    if name not in ORDERS or not isinstance(operand, (int, float)) or isinstance(operand, bool):
        return None
    if math.isnan(operand) or array_index(field) is not None:
        return None
    return _number_probe(field.encode() + b"\x00", ORDERS[name], operand)


def _number_probe(field: bytes, order: Callable[[Any, Any], bool], operand: Value) -> Holds:
    skip = len(field)

    def holds(data: bytes) -> bool:
        at = data.find(field, 1)
        while at > 0:
            kind = data[at - 1]
            layout = NUMBERS.get(kind)
            if layout is not None:
                # Bytes that only look like an element near the end leave no room for a value: they are let through.
                place = at + skip
                if place + layout.size > len(data) or order(layout.unpack_from(data, place)[0], operand):
                    return True
            elif kind in OTHERS:
                return True
            at = data.find(field, at + 1)
        return False

    return holds
