"""Which documents of a partition a window holds: bounds by position, or by a range of the sorted field."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from server.documents.errors import FAILED_TO_PARSE, DocumentError
from server.documents.expressions.calendar import date_of
from server.documents.expressions.spans import UNITS, shifted
from server.documents.key import key
from server.documents.numbers import Number, add
from server.documents.values import MISSING, is_absent, is_date, is_number, is_text, type_name, whole
from server.ejson import Document, Value

UNBOUNDED: Final = "unbounded"
CURRENT: Final = "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """The documents of one partition in order, and the value of the field they are sorted by where it is one."""

    documents: list[Document]
    positions: list[Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A window's bounds; each is `unbounded`, `current` or a number. `by_range`: of values, not of positions."""

    lower: Value = UNBOUNDED
    upper: Value = UNBOUNDED
    by_range: bool = False
    unit: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the window is the partition for each of its documents."""
        return not self.by_range and self.lower == UNBOUNDED and self.upper == UNBOUNDED

    def windows(self, partition: Partition) -> list[slice]:
        """The window of each document."""
        size = len(partition.documents)
        if self.by_range:
            return _Ranges(self, partition.positions).windows()
        lowest = [0 if self.lower == UNBOUNDED else max(at + _offset(self.lower), 0) for at in range(size)]
        highest = [size if self.upper == UNBOUNDED else max(at + _offset(self.upper) + 1, 0) for at in range(size)]
        return [slice(low, high) for low, high in zip(lowest, highest, strict=True)]


def _offset(bound: Value) -> int:
    return 0 if bound == CURRENT else whole(bound) or 0


class _Ranges:
    """The windows of a frame by range: the documents whose value lies between two others."""

    def __init__(self, frame: Frame, positions: Sequence[Value]) -> None:
        self._frame = frame
        self._positions = positions
        self._keys = [key(None if position is MISSING else position) for position in positions]

    def windows(self) -> list[slice]:
        return [self._window(position) for position in self._positions]

    def _window(self, position: Value) -> slice:
        if is_absent(position):
            return self._of_absent()
        self._check(position)
        frame, size = self._frame, len(self._positions)
        low = 0 if frame.lower == UNBOUNDED else bisect_left(self._keys, key(self._moved(position, frame.lower)))
        high = size if frame.upper == UNBOUNDED else bisect_right(self._keys, key(self._moved(position, frame.upper)))
        return slice(low, high)

    def _of_absent(self) -> slice:
        """Documents without a value lie together before all others."""
        size, absent = len(self._positions), bisect_right(self._keys, key(None))
        return slice(0, size if self._frame.upper == UNBOUNDED else absent)

    def _check(self, position: Value) -> None:
        if self._frame.unit is not None:
            if not is_date(position):
                raise DocumentError(
                    5429513, f"Invalid range: Expected the sortBy field to be a Date, but it was {type_name(position)}"
                )
        elif is_date(position):
            raise DocumentError(
                5429413, "Invalid range: For windows that involve date or time ranges, a unit must be provided."
            )
        elif not is_number(position):
            raise DocumentError(
                5429414, f"Invalid range: Expected the sortBy field to be a number, but it was {type_name(position)}"
            )

    def _moved(self, position: Value, bound: Value) -> Value:
        if bound == CURRENT or not is_number(bound):
            return position
        if self._frame.unit is not None:
            return shifted(date_of("$setWindowFields", position), self._frame.unit, whole(bound) or 0, UTC)
        return _sum(position, bound) if is_number(position) else position


def _sum(first: Number, second: Number) -> Number:
    total = add(first, second)
    return float(str(first)) + float(str(second)) if total is None else total


def read_frame(window: Value, order: Document) -> Frame:
    """The frame that a `window` asks for, given the stage's `sortBy`."""
    if not isinstance(window, dict):
        raise DocumentError(FAILED_TO_PARSE, "'window' field must be an object")
    unknown = next((name for name in window if name not in ("documents", "range", "unit")), None)
    if unknown is not None:
        raise DocumentError(FAILED_TO_PARSE, f"'window' field can only contain 'documents' or 'range', not {unknown}")
    if "documents" in window:
        return _read_documents(window, order)
    if "range" not in window:
        if "unit" in window:
            raise DocumentError(FAILED_TO_PARSE, "Window bounds can only specify 'unit' with range-based bounds.")
        return Frame()
    return _read_range(window, order)


def _read_documents(window: Document, order: Document) -> Frame:
    if "range" in window:
        raise DocumentError(FAILED_TO_PARSE, "Window bounds can specify either 'documents' or 'unit', not both.")
    if "unit" in window:
        raise DocumentError(FAILED_TO_PARSE, "Window bounds can only specify 'unit' with range-based bounds.")
    lower, upper = _bounds("documents", window["documents"])
    if any(is_number(bound) and whole(bound) is None for bound in (lower, upper)):
        raise DocumentError(FAILED_TO_PARSE, "Numeric document-based bounds must be an integer")
    if not order and (lower, upper) != (UNBOUNDED, UNBOUNDED):
        raise DocumentError(5339901, "Document-based bounds require a sortBy")
    return Frame(lower=lower, upper=upper)


def _read_range(window: Document, order: Document) -> Frame:
    lower, upper = _bounds("range", window["range"])
    unit = window.get("unit")
    if unit is not None and (not is_text(unit) or unit not in UNITS):
        raise DocumentError(FAILED_TO_PARSE, f"unknown time unit value: {unit}")
    if unit is not None and any(is_number(bound) and whole(bound) is None for bound in (lower, upper)):
        raise DocumentError(FAILED_TO_PARSE, "With 'unit', range-based bounds must be an integer")
    if len(order) != 1:
        raise DocumentError(5339902, "Range-based bounds require sortBy a single field")
    if whole(next(iter(order.values()))) != 1:
        raise DocumentError(5429404, "range-based bounds require an ascending sortBy")
    return Frame(lower=lower, upper=upper, by_range=True, unit=unit if is_text(unit) else None)


def _bounds(name: str, bounds: Value) -> tuple[Value, Value]:
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise DocumentError(FAILED_TO_PARSE, f"Window bounds must be a 2-element array: {name}: {bounds}")
    lower, upper = bounds
    for bound in bounds:
        if bound not in (UNBOUNDED, CURRENT) and not is_number(bound):
            raise DocumentError(FAILED_TO_PARSE, "Window bounds must be 'unbounded', 'current', or a number.")
    if UNBOUNDED not in (lower, upper) and key(_number(lower)) > key(_number(upper)):
        raise DocumentError(5339900, f"Lower bound must not exceed upper bound: {bounds}")
    return lower, upper


def _number(bound: Value) -> Value:
    return 0 if bound == CURRENT else bound
