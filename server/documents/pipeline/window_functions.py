"""The functions of `$setWindowFields`: each gives one value for every document of a partition."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Final, TypeAlias

from server.documents.budget import check_time
from server.documents.errors import FAILED_TO_PARSE, DocumentError
from server.documents.expressions.compiler import Evaluate, compile_expression, root_scope
from server.documents.expressions.operands import named_arguments
from server.documents.key import key
from server.documents.numbers import as_float
from server.documents.pipeline.accumulators import ACCUMULATORS, compile_accumulator
from server.documents.pipeline.frames import Frame, Partition, read_frame
from server.documents.values import MISSING, is_absent, is_date, is_number, milliseconds, whole
from server.ejson import Document, Value

WindowFunction: TypeAlias = Callable[[Partition], list[Value]]
Make: TypeAlias = Callable[[str, Value, Document], WindowFunction]
"""From the function's name, its argument and the stage's `sortBy`."""
MILLISECONDS: Final = {"week": 604_800_000, "day": 86_400_000, "hour": 3_600_000, "minute": 60_000, "second": 1000}
NOT_IN_WINDOWS: Final = frozenset({"$mergeObjects", "$accumulator"})


def compile_window_function(name: str, specification: Value, order: Document) -> WindowFunction:
    """The function of the output field `name`."""
    if not isinstance(specification, dict):
        raise DocumentError(FAILED_TO_PARSE, f"The field '{name}' must be an object")
    operators = [given for given in specification if given.startswith("$")]
    if not operators:
        raise DocumentError(FAILED_TO_PARSE, "Expected a $-prefixed window function")
    if len(operators) > 1:
        raise DocumentError(FAILED_TO_PARSE, "Cannot specify two functions in window function spec")
    unknown = next((given for given in specification if given not in (operators[0], "window")), None)
    if unknown is not None:
        raise DocumentError(FAILED_TO_PARSE, f"Window function found an unknown argument: {unknown}")
    return _compile(name, operators[0], specification, order)


def _compile(name: str, operator: str, specification: Document, order: Document) -> WindowFunction:
    operand = specification[operator]
    if operator in UNFRAMED:
        if "window" in specification:
            if operator in RANKS:
                raise DocumentError(5371601, "Rank style window functions take no other arguments")
            raise DocumentError(FAILED_TO_PARSE, f"{operator} does not accept a 'window' field")
        return UNFRAMED[operator](operator, operand, order)
    if operator in SLOPES:
        if "window" not in specification and operator == "$derivative":
            raise DocumentError(FAILED_TO_PARSE, f"{operator} requires explicit window bounds")
        return _slope(operator, operand, order, read_frame(specification.get("window", {}), order))
    frame = read_frame(specification["window"], order) if "window" in specification else Frame()
    if operator in COVARIANCES:
        return _covariance(operator, operand, frame)
    if operator not in ACCUMULATORS or operator in NOT_IN_WINDOWS:
        raise DocumentError(FAILED_TO_PARSE, f"Unrecognized window function, {operator}")
    return _accumulated(name, {operator: operand}, frame)


def _accumulated(name: str, specification: Document, frame: Frame) -> WindowFunction:
    accumulator = compile_accumulator(name, specification)
    keeps_missing = next(iter(specification)) in ("$first", "$last")

    def function(partition: Partition) -> list[Value]:
        values = _read(accumulator.read, partition)
        found = _summed(values, frame, partition, accumulator.summary)
        return found if keeps_missing else [None if value is MISSING else value for value in found]

    return function


def _summed(
    values: list[Value], frame: Frame, partition: Partition, summary: Callable[[list[Value]], Value]
) -> list[Value]:
    def shown(window: list[Value]) -> Value:
        check_time()
        return summary(window)

    if frame.is_whole:
        return [shown(values)] * len(values)
    return [shown(values[window]) for window in frame.windows(partition)]


def _read(read: Evaluate, partition: Partition) -> list[Value]:
    return [read(root_scope(document)) for document in partition.documents]


def _rank(operator: str, operand: Value, order: Document) -> WindowFunction:
    if operand != {}:
        raise DocumentError(5371603, f"{operator} must be specified with '{{}}' as the value")
    _require_one_field(operator, order, 5371602)

    def function(partition: Partition) -> list[Value]:
        if operator == "$documentNumber":
            return list(range(1, len(partition.documents) + 1))
        keys = [key(None if position is MISSING else position) for position in partition.positions]
        ranks: list[Value] = []
        rank = 0
        for at, found in enumerate(keys):
            if at == 0 or found != keys[at - 1]:
                rank = rank + 1 if operator == "$denseRank" else at + 1
            ranks.append(rank)
        return ranks

    return function


def _require_one_field(operator: str, order: Document, code: int) -> None:
    if len(order) != 1:
        raise DocumentError(
            code, f"{operator} must be specified with a top level sortBy expression with exactly one element"
        )


def _shift(operator: str, operand: Value, order: Document) -> WindowFunction:
    if not order:
        raise DocumentError(FAILED_TO_PARSE, "'$shift' requires a sortBy")
    named = named_arguments(operator, operand, ("output", "by"), ("default",))
    by = whole(named["by"])
    if by is None:
        raise DocumentError(FAILED_TO_PARSE, f"'$shift:by' field must be an integer, but found by: {named['by']}")
    output, default = compile_expression(named["output"]), _constant(named.get("default"))

    def function(partition: Partition) -> list[Value]:
        values = _read(output, partition)
        return [values[at + by] if 0 <= at + by < len(values) else default for at in range(len(values))]

    return function


def _constant(expression: Value) -> Value:
    """The value of an expression that no document takes part in."""
    try:
        value = compile_expression(expression)({})
    except DocumentError as error:
        raise DocumentError(FAILED_TO_PARSE, "'$shift:default' expression must yield a constant value") from error
    return None if value is MISSING else value


def _carried(operator: str, operand: Value, order: Document) -> WindowFunction:
    """`$locf`: the last value that was neither null nor missing."""
    read = compile_expression(operand)

    def function(partition: Partition) -> list[Value]:
        results: list[Value] = []
        last: Value = None
        for value in _read(read, partition):
            last = last if is_absent(value) else value
            results.append(last)
        return results

    return function


def _filled(operator: str, operand: Value, order: Document) -> WindowFunction:
    """`$linearFill`: values between two known ones lie on the line through them."""
    _require_one_field(operator, order, 605001)
    read = compile_expression(operand)

    def function(partition: Partition) -> list[Value]:
        values = [None if is_absent(value) else value for value in _read(read, partition)]
        places = [_coordinate(position) for position in partition.positions]
        if any(first == second for first, second in pairwise(places)):
            raise DocumentError(6050106, "There can be no repeated values in the sort field")
        if any(value is not None and not is_number(value) for value in values):
            raise DocumentError(6050201, "Value to be filled must be numeric or nullish")
        known = [at for at, value in enumerate(values) if value is not None]
        for start, end in pairwise(known):
            for at in range(start + 1, end):
                values[at] = _between(values, places, start, end, at)
        return list(values)

    return function


def _between(values: list[Value], places: list[float], start: int, end: int, at: int) -> Value:
    first, last = _float(values[start]), _float(values[end])
    return first + (places[at] - places[start]) * (last - first) / (places[end] - places[start])


def _float(value: Value) -> float:
    return as_float(value) if is_number(value) else math.nan


def _coordinate(position: Value) -> float:
    if is_date(position):
        return float(milliseconds(position))
    if not is_number(position):
        raise DocumentError(605001, "the sortBy field must be a number or a date")
    return as_float(position)


def _moving_average(operator: str, operand: Value, order: Document) -> WindowFunction:
    if not order:
        raise DocumentError(FAILED_TO_PARSE, "$expMovingAvg requires an explicit 'sortBy'")
    if not isinstance(operand, dict) or set(operand) not in ({"input", "N"}, {"input", "alpha"}):
        text = "sub object must have exactly two fields: An 'input' field, and either an 'N' field or an 'alpha' field"
        raise DocumentError(FAILED_TO_PARSE, f"$expMovingAvg {text}")
    read, alpha = compile_expression(operand["input"]), _alpha(operand)

    def function(partition: Partition) -> list[Value]:
        results: list[Value] = []
        average: float | None = None
        for value in _read(read, partition):
            if is_number(value):
                number = as_float(value)
                average = number if average is None else number * alpha + average * (1 - alpha)
            results.append(average)
        return results

    return function


def _alpha(operand: Document) -> float:
    if "N" in operand:
        count = whole(operand["N"])
        if count is None or count <= 0:
            raise DocumentError(FAILED_TO_PARSE, f"'N' must be greater than zero. Got {operand['N']}")
        return 2 / (count + 1)
    alpha = operand["alpha"]
    if not is_number(alpha) or not 0 < as_float(alpha) < 1:
        raise DocumentError(FAILED_TO_PARSE, f"'alpha' must be between 0 and 1 (exclusive), found alpha: {alpha}")
    return as_float(alpha)


def _covariance(operator: str, operand: Value, frame: Frame) -> WindowFunction:
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

    return lambda partition: _summed(_read(read, partition), frame, partition, summary)


def _slope(operator: str, operand: Value, order: Document, frame: Frame) -> WindowFunction:
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
        points: list[Value] = [list(pair) for pair in zip(partition.positions, _read(read, partition), strict=True)]
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
    run = _coordinate(end) - _coordinate(start)
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
    return (_float(first) + _float(last)) * (_coordinate(end) - _coordinate(start)) / 2


def _point(pair: Value) -> tuple[Value, Value]:
    position, value = pair if isinstance(pair, list) else (None, None)
    return position, value


RANKS: Final = ("$rank", "$denseRank", "$documentNumber")
SLOPES: Final = ("$derivative", "$integral")
COVARIANCES: Final = ("$covariancePop", "$covarianceSamp")
UNFRAMED: Final[dict[str, Make]] = {
    **dict.fromkeys(RANKS, _rank),
    "$shift": _shift,
    "$locf": _carried,
    "$linearFill": _filled,
    "$expMovingAvg": _moving_average,
}
