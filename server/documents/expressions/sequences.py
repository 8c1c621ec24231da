"""Expression operators that run an expression for each element of an array, or sum one up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from bson import Decimal128

from server.documents.budget import hold
from server.documents.expressions.arrays import array_of, integer_of
from server.documents.expressions.compiler import Compile, Evaluate, Scope, compile_expression
from server.documents.expressions.operands import each, named_arguments
from server.documents.key import key
from server.documents.numbers import CONTEXT, as_float, decimal128, total
from server.documents.values import MISSING, is_absent, is_number, is_true
from server.ejson import Value


def _map(operand: Value) -> Evaluate:
    named = named_arguments("$map", operand, ("input", "in"), ("as",))
    array, body, name = (
        compile_expression(named["input"]),
        compile_expression(named["in"]),
        str(named.get("as", "this")),
    )

    def evaluate(scope: Scope) -> Value:
        value = array(scope)
        if is_absent(value):
            return None
        items = each(array_of("$map", value, 16883))
        hold(16 * len(items))
        results = (body({**scope, name: item}) for item in items)
        return [None if result is MISSING else result for result in results]

    return evaluate


def _filter(operand: Value) -> Evaluate:
    named = named_arguments("$filter", operand, ("input", "cond"), ("as", "limit"))
    array, test, name = (
        compile_expression(named["input"]),
        compile_expression(named["cond"]),
        str(named.get("as", "this")),
    )
    limit = compile_expression(named.get("limit"))

    def evaluate(scope: Scope) -> Value:
        value = array(scope)
        if is_absent(value):
            return None
        most = limit(scope)
        count = None if most is None else integer_of("$filter", most, 5788200)
        kept = [item for item in each(array_of("$filter", value, 28651)) if is_true(test({**scope, name: item}))]
        return kept[:count]

    return evaluate


def _reduce(operand: Value) -> Evaluate:
    named = named_arguments("$reduce", operand, ("input", "initialValue", "in"))
    array, initial, body = (compile_expression(named[name]) for name in ("input", "initialValue", "in"))

    def evaluate(scope: Scope) -> Value:
        items = array(scope)
        if is_absent(items):
            return None
        value = initial(scope)
        for item in array_of("$reduce", items, 40080):
            each([])
            value = body({**scope, "value": value, "this": item})
        return value

    return evaluate


def _summary(name: str, function: Callable[[Iterable[Value]], Value]) -> Compile:
    """An accumulator used as an expression: over its arguments, or over the array that is its only one."""

    def compile_operator(operand: Value) -> Evaluate:
        if isinstance(operand, list):
            parts = [compile_expression(item) for item in operand]
            if len(parts) == 1:
                return lambda scope: _over(function, parts[0](scope))
            return lambda scope: function([part(scope) for part in parts])
        argument = compile_expression(operand)
        return lambda scope: _over(function, argument(scope))

    return compile_operator


def _over(function: Callable[[Iterable[Value]], Value], value: Value) -> Value:
    return function(value if isinstance(value, list) else [value])


def sum_of(values: Iterable[Value]) -> Value:
    """The sum of the numbers among the values."""
    return total([value for value in values if is_number(value)])


def average_of(values: Iterable[Value]) -> Value:
    """The mean of the numbers among the values; null without any."""
    numbers = [value for value in values if is_number(value)]
    if not numbers:
        return None
    result = total(numbers)
    if isinstance(result, Decimal128):
        return decimal128(CONTEXT.divide(result.to_decimal(), Decimal(len(numbers))))
    return as_float(result) / len(numbers)


def least(values: Iterable[Value]) -> Value:
    """The smallest value that is not null or missing; null without any."""
    return min((value for value in values if not is_absent(value)), key=key, default=None)


def greatest(values: Iterable[Value]) -> Value:
    """The largest value that is not null or missing; null without any."""
    return max((value for value in values if not is_absent(value)), key=key, default=None)


def deviation(values: Iterable[Value], *, sample: bool) -> Value:
    """The standard deviation of the numbers among the values; null where there are too few."""
    numbers = [as_float(value) for value in values if is_number(value)]
    count = len(numbers) - sample
    if count <= 0:
        return None
    if not all(map(math.isfinite, numbers)):
        return math.nan
    mean = squares = 0.0
    for seen, number in enumerate(numbers, 1):  # Welford's way, as MongoDB has it, to the last digit
        delta = number - mean
        mean += delta / seen
        squares += delta * (number - mean)
    return math.sqrt(squares / count)


OPERATORS: Final[dict[str, Compile]] = {
    "$map": _map,
    "$filter": _filter,
    "$reduce": _reduce,
    "$sum": _summary("$sum", sum_of),
    "$avg": _summary("$avg", average_of),
    "$min": _summary("$min", least),
    "$max": _summary("$max", greatest),
    "$stdDevPop": _summary("$stdDevPop", lambda values: deviation(values, sample=False)),
    "$stdDevSamp": _summary("$stdDevSamp", lambda values: deviation(values, sample=True)),
}
