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
NUMBERS: Final = ((b"\x10", struct.Struct("<i")), (b"\x12", struct.Struct("<q")), (b"\x01", struct.Struct("<d")))
ARRAY, DECIMAL = b"\x04", b"\x13"


def range_probe(path: str, name: str, operand: Value) -> Holds | None:
    """The test for a condition such as `{age: {$gt: 85}}`; None where the operand or path has none."""
    field = split(path)[-1]
    if name not in ORDERS or not isinstance(operand, (int, float)) or isinstance(operand, bool):
        return None
    if math.isnan(operand) or array_index(field) is not None:
        return None
    return _number_probe(field.encode() + b"\x00", ORDERS[name], operand)


def _number_probe(field: bytes, order: Callable[[Any, Any], bool], operand: Value) -> Holds:
    others = (ARRAY + field, DECIMAL + field)
    typed = [(kind + field, layout, len(field) + 1) for kind, layout in NUMBERS]

    def holds(data: bytes) -> bool:
        for needle, layout, skip in typed:
            at = data.find(needle)
            while at >= 0:
                # Bytes that only look like an element near the end leave no room for a value: they are let through.
                place = at + skip
                if place + layout.size > len(data) or order(layout.unpack_from(data, place)[0], operand):
                    return True
                at = data.find(needle, at + 1)
        return any(other in data for other in others)

    return holds
