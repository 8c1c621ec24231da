"""Window functions without frames: ranks, `$shift`, `$locf`, `$linearFill`, `$expMovingAvg`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final, TypeAlias

from server.documents.errors import FAILED_TO_PARSE, DocumentError
from server.documents.expressions.compiler import compile_expression
from server.documents.expressions.operands import named_arguments
from server.documents.key import key
from server.documents.numbers import as_float
from server.documents.pipeline.frames import Partition
from server.documents.pipeline.partition_values import WindowFunction, coordinate, number_of, values_of
from server.documents.values import MISSING, is_absent, is_number, whole
from server.ejson import Document, Value

Make: TypeAlias = Callable[[str, Value, Document], WindowFunction]
"""From the function's name, its argument and the stage's `sortBy`."""


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
        values = values_of(output, partition)
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
        for value in values_of(read, partition):
            last = last if is_absent(value) else value
            results.append(last)
        return results

    return function


def _filled(operator: str, operand: Value, order: Document) -> WindowFunction:
    """`$linearFill`: values between two known ones lie on the line through them."""
    _require_one_field(operator, order, 605001)
    read = compile_expression(operand)

    def function(partition: Partition) -> list[Value]:
        values = [None if is_absent(value) else value for value in values_of(read, partition)]
        places = [coordinate(position) for position in partition.positions]
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
    first, last = number_of(values[start]), number_of(values[end])
    return first + (places[at] - places[start]) * (last - first) / (places[end] - places[start])


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
        for value in values_of(read, partition):
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


RANKS: Final = ("$rank", "$denseRank", "$documentNumber")
UNFRAMED: Final[dict[str, Make]] = {
    **dict.fromkeys(RANKS, _rank),
    "$shift": _shift,
    "$locf": _carried,
    "$linearFill": _filled,
    "$expMovingAvg": _moving_average,
}
