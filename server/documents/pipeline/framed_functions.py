"""Window functions over frames: accumulators, covariances, `$derivative` and `$integral`."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from bson import Int64

from server.documents.budget import check_time
from server.documents.errors import FAILED_TO_PARSE, DocumentError
from server.documents.expressions.compiler import compile_expression
from server.documents.expressions.operands import named_arguments
from server.documents.numbers import as_float, integer
from server.documents.pipeline.accumulators import compile_accumulator
from server.documents.pipeline.frames import UNBOUNDED, Frame, Partition
from server.documents.pipeline.partition_values import WindowFunction, coordinate, number_of, values_of
from server.documents.values import MISSING, is_date, is_number
from server.ejson import Document, Value

MILLISECONDS: Final = {"week": 604_800_000, "day": 86_400_000, "hour": 3_600_000, "minute": 60_000, "second": 1000}
SLOPES: Final = ("$derivative", "$integral")
COVARIANCES: Final = ("$covariancePop", "$covarianceSamp")


def accumulated(name: str, specification: Document, frame: Frame) -> WindowFunction:
    """An accumulator over the window of each document."""
    accumulator = compile_accumulator(name, specification)
    operator = next(iter(specification))
    keeps_missing = operator in ("$first", "$last")
    shrinks = operator == "$sum" and frame.lower != UNBOUNDED

    def function(partition: Partition) -> list[Value]:
        values = values_of(accumulator.read, partition)
        found = _summed(values, frame, partition, accumulator.summary)
        if shrinks:
            return [_shrunk(value) for value in found]
        return found if keeps_missing else [None if value is MISSING else value for value in found]

    return function


def _shrunk(value: Value) -> Value:
    """A sum from which values were taken away again: int wherever it fits, whatever was added (MongoDB)."""
    return integer(int(value)) if isinstance(value, Int64) else value


def _summed(
    values: list[Value], frame: Frame, partition: Partition, summary: Callable[[list[Value]], Value]
) -> list[Value]:
    def shown(window: list[Value]) -> Value:
        check_time()
        return summary(window)

    if frame.is_whole:
        return [shown(values)] * len(values)
    return [shown(values[window]) for window in frame.windows(partition)]


def covariance(operator: str, operand: Value, frame: Frame) -> WindowFunction:
    """`$covariancePop` and `$covarianceSamp`, of pairs of numbers."""
    read = compile_expression(operand)
    sample = operator == "$covarianceSamp"

    def summary(window: list[Value]) -> Value:
        pairs = [pair for pair in window if isinstance(pair, list) and len(pair) == 2 and all(map(is_number, pair))]
        count = len(pairs) - sample
        if count <= 0:
            return None
        firsts, seconds = ([as_float(pair[side]) for pair in pairs] for side in (0, 1))
        mean = math.fsum(firsts) / len(pairs), math.fsum(seconds) / len(pairs)
        return math.fsum((a - mean[0]) * (b - mean[1]) for a, b in zip(firsts, seconds, strict=True)) / count

    return lambda partition: _summed(values_of(read, partition), frame, partition, summary)


def slope(operator: str, operand: Value, order: Document, frame: Frame) -> WindowFunction:
    """`$derivative` and `$integral`, over the field that the documents are sorted by."""
    named = named_arguments(operator, operand, ("input",), ("unit",))
    unit = named.get("unit")
    if unit is not None and unit not in (*MILLISECONDS, "millisecond"):
        raise DocumentError(5490704, f"unit must be 'week' or smaller, found: {unit}")
    if len(order) != 1:
        raise DocumentError(FAILED_TO_PARSE, f"{operator} requires a sortBy with exactly one element")
    read = compile_expression(named["input"])
    scale = MILLISECONDS.get(str(unit), 1)
    summary = _derivative if operator == "$derivative" else _integral

    def function(partition: Partition) -> list[Value]:
        for position in partition.positions:
            _check_unit(operator, position, unit)
        points: list[Value] = [list(pair) for pair in zip(partition.positions, values_of(read, partition), strict=True)]
        return _summed(points, frame, partition, lambda window: summary(window, scale))

    return function


def _check_unit(operator: str, position: Value, unit: Value) -> None:
    codes = {"$derivative": (5624900, 5624901), "$integral": (5423901, 5423902)}[operator]
    if unit is not None and not is_date(position):
        raise DocumentError(codes[0], f"{operator} with a unit expects the sortBy field to be a Date")
    if unit is None and is_date(position):
        raise DocumentError(codes[1], f"{operator} where the sortBy is a Date requires an 'unit'")


def _derivative(window: list[Value], scale: int) -> Value:
    if len(window) < 2:
        return None
    (start, first), (end, last) = _point(window[0]), _point(window[-1])
    if not (is_number(first) and is_number(last)):
        raise DocumentError(5624903, "$derivative input must be numbers")
    run = coordinate(end) - coordinate(start)
    return None if run == 0 else (as_float(last) - as_float(first)) / run * scale


def _integral(window: list[Value], scale: int) -> Value:
    area: float = 0
    points = [_point(point) for point in window]
    for _, value in points:
        if not is_number(value):
            raise DocumentError(5423900, "The input value of $integral window function must be a number")
    for (start, first), (end, last) in pairwise(points):
        area = area + _trapezoid(start, end, first, last) / scale
    return area if len(points) > 1 else area * 1.0 if points and is_date(points[0][0]) else area


def _trapezoid(start: Value, end: Value, first: Value, last: Value) -> float:
    return (number_of(first) + number_of(last)) * (coordinate(end) - coordinate(start)) / 2


def _point(pair: Value) -> tuple[Value, Value]:
    position, value = pair if isinstance(pair, list) else (None, None)
    return position, value
