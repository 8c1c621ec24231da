"""Expression operators that look into arrays or cut them."""

from __future__ import annotations

from typing import Final

from server.documents.budget import hold
from server.documents.errors import DocumentError
from server.documents.expressions.associative import associative
from server.documents.expressions.compiler import Compile, Evaluate, Scope, compile_expression
from server.documents.expressions.operands import arguments, binary, each, named_arguments, unary, variadic
from server.documents.key import INVERSE, key
from server.documents.numbers import integer
from server.documents.sorting import compile_sort
from server.documents.values import INT32_MAX, INT32_MIN, MISSING, is_absent, is_number, is_true, type_name, whole
from server.ejson import Value

MAX_RANGE: Final = 2_000_000
"""The most numbers that `$range` makes."""


def array_of(name: str, value: Value, code: int) -> list[Value]:
    """The value as an array; refused where it is none."""
    if not isinstance(value, list):
        raise DocumentError(code, f"The argument to {name} must be an array, but was of type: {type_name(value)}")
    return value


def integer_of(name: str, value: Value, code: int) -> int:
    """The value as an integer; refused where it is none."""
    number = whole(value)
    if number is None:
        raise DocumentError(code, f"{name} requires an integral value, found: {type_name(value)}")
    return number


def _element(array: Value, index: Value) -> Value:
    if is_absent(array) or is_absent(index):
        return None
    items = array_of("$arrayElemAt", array, 28689)
    if not is_number(index):
        raise DocumentError(28690, f"$arrayElemAt's second argument must be numeric, but is {type_name(index)}")
    at = _integer32("$arrayElemAt's second argument", index, 28691)
    return items[at] if -len(items) <= at < len(items) else MISSING


def _end(name: str, at: int) -> Compile:
    def pick(value: Value) -> Value:
        if is_absent(value):
            return None
        items = array_of(name, value, 28689)
        return items[at] if items else MISSING

    return unary(name, pick)


def _concat(values: list[Value]) -> Value:
    result: list[Value] = []
    for value in values:
        if is_absent(value):
            return None
        result += array_of("$concatArrays", value, 28664)
    hold(8 * len(result))
    return result


def _index_of(operand: Value) -> Evaluate:
    array, wanted, *bounds = arguments("$indexOfArray", operand, 2, 4)

    def evaluate(scope: Scope) -> Value:
        value = array(scope)
        if is_absent(value):
            return None
        items = array_of("$indexOfArray", value, 40090)
        limits = [integer_of("$indexOfArray", bound(scope), 40096) for bound in bounds]
        start, end = (*limits, len(items))[:2] if limits else (0, len(items))
        sought = key(wanted(scope))
        found = (at for at in range(start, min(end, len(items))) if key(items[at]) == sought)
        return next(found, -1)

    return evaluate


def _is_in(value: Value, array: Value) -> Value:
    items = array_of("$in", array, 40081)
    wanted = key(value)
    return any(key(item) == wanted for item in each(items))


RANGE_ARGUMENTS: Final = (("a starting", 34443), ("an ending", 34445), ("a step", 34447))


def _range_bound(value: Value, which: str, code: int) -> int:
    if not is_number(value):
        raise DocumentError(code, f"$range requires {which} value that is numeric, found type: {type_name(value)}")
    number = whole(value)
    if number is None or not INT32_MIN <= number <= INT32_MAX:
        raise DocumentError(
            code + 1, f"$range requires {which} value that can be represented as a 32-bit integer, found value: {value}"
        )
    return number


def _range(values: list[Value]) -> Value:
    bounds = zip(([*values, 1])[:3], RANGE_ARGUMENTS, strict=True)
    start, end, step = (_range_bound(value, *argument) for value, argument in bounds)
    if step == 0:
        raise DocumentError(34449, "$range requires a non-zero step value")
    numbers = range(start, end, step)
    if len(numbers) > MAX_RANGE:
        raise DocumentError(292, f"$range would make more than {MAX_RANGE} numbers")
    hold(40 * len(numbers))
    return [integer(number) for number in numbers]


def _reverse(value: Value) -> Value:
    return None if is_absent(value) else array_of("$reverseArray", value, 34435)[::-1]


def _integer32(name: str, value: Value, code: int) -> int:
    number = whole(value)
    if number is None or not INT32_MIN <= number <= INT32_MAX:
        raise DocumentError(code, f"{name} must be representable as a 32-bit integer: {value}")
    return number


def _slice_number(value: Value, mistyped: int, unfit: int) -> int:
    if not is_number(value):
        raise DocumentError(mistyped, f"an argument to $slice must be numeric, but is of type: {type_name(value)}")
    return _integer32("an argument to $slice", value, unfit)


def _slice(values: list[Value]) -> Value:
    if any(is_absent(value) for value in values):
        return None
    items = array_of("$slice", values[0], 28724)
    codes = ((28725, 28726), (28727, 28728))
    numbers = [_slice_number(value, *code) for value, code in zip(values[1:], codes, strict=False)]
    if len(numbers) == 1:
        count = numbers[0]
        return items[:count] if count >= 0 else items[count:]
    position, count = numbers
    if count <= 0:
        raise DocumentError(28729, f"Third argument to $slice must be positive: {count}")
    start = max(len(items) + position, 0) if position < 0 else position
    return items[start : start + count]


def _size(value: Value) -> Value:
    return len(array_of("$size", value, 17124))


def _some(name: str) -> Compile:
    """`$firstN`, `$lastN`, `$minN`, `$maxN`: the first so many of an array, in its order or by value."""

    def compile_operator(operand: Value) -> Evaluate:
        named = named_arguments(name, operand, ("n", "input"))
        number, array = compile_expression(named["n"]), compile_expression(named["input"])
        return lambda scope: pick_some(name, array(scope), number(scope))

    return compile_operator


def pick_some(name: str, value: Value, number: Value) -> Value:
    """The `number` elements of an array that `name` asks for."""
    count = integer_of(f"'n' of {name}", number, 5787903)
    if count <= 0:
        raise DocumentError(5787908, f"'n' must be greater than 0, found {count}")
    items = array_of(name, value, 5788200)
    if name == "$firstN":
        return items[:count]
    if name == "$lastN":
        return items[-count:]
    present = [item for item in items if not is_absent(item)]
    return sorted(present, key=key, reverse=name == "$maxN")[:count]


def _sort(operand: Value) -> Evaluate:
    named = named_arguments("$sortArray", operand, ("input", "sortBy"))
    array, order = compile_expression(named["input"]), named["sortBy"]
    if isinstance(order, dict):
        by_fields = compile_sort(order)
    elif is_number(order) and whole(order) in (1, -1):
        by_fields = key if whole(order) == 1 else lambda value: key(value).translate(INVERSE)
    else:
        raise DocumentError(2942505, "Invalid sort specification of $sortArray")

    def evaluate(scope: Scope) -> Value:
        value = array(scope)
        return None if is_absent(value) else sorted(array_of("$sortArray", value, 2942504), key=by_fields)

    return evaluate


def _zip(operand: Value) -> Evaluate:
    named = named_arguments("$zip", operand, ("inputs",), ("useLongestLength", "defaults"))
    if not isinstance(named["inputs"], list) or not named["inputs"]:
        raise DocumentError(34461, "inputs must be a non-empty array of expressions")
    inputs = [compile_expression(item) for item in named["inputs"]]
    longest = is_true(named.get("useLongestLength"))
    defaults = compile_expression(named.get("defaults", []))

    def evaluate(scope: Scope) -> Value:
        arrays: list[list[Value]] = []
        for each_input in inputs:
            value = each_input(scope)
            if is_absent(value):
                return None
            arrays.append(array_of("$zip", value, 34468))
        filling = defaults(scope)
        fill = filling if isinstance(filling, list) and filling else [None] * len(arrays)
        length = (max if longest else min)(map(len, arrays))
        hold(16 * length * len(arrays))
        return [
            [array[at] if at < len(array) else blank for array, blank in zip(arrays, fill, strict=False)]
            for at in range(length)
        ]

    return evaluate


OPERATORS: Final[dict[str, Compile]] = {
    "$arrayElemAt": binary("$arrayElemAt", _element),
    "$first": _end("$first", 0),
    "$last": _end("$last", -1),
    "$concatArrays": associative("$concatArrays", _concat),
    "$in": binary("$in", _is_in),
    "$indexOfArray": _index_of,
    "$isArray": unary("$isArray", lambda value: isinstance(value, list)),
    "$range": variadic("$range", _range, 2, 3),
    "$reverseArray": unary("$reverseArray", _reverse),
    "$size": unary("$size", _size),
    "$slice": variadic("$slice", _slice, 2, 3),
    "$sortArray": _sort,
    "$zip": _zip,
    **{name: _some(name) for name in ("$firstN", "$lastN", "$minN", "$maxN")},
}
