"""The operands of expression operators: how many there may be, by which names, and what they are computed by."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from server.documents.budget import check_time
from server.documents.errors import FAILED_TO_PARSE, DocumentError
from server.documents.expressions.compiler import Compile, Evaluate, compile_expression
from server.documents.numbers import Number
from server.documents.values import is_absent, is_number, type_name
from server.ejson import Document, Value


def arguments(name: str, operand: Value, least: int, most: int | None = None) -> list[Evaluate]:
    """The compiled arguments of an operator, whose number must be within the bounds; a lone one needs no array."""
    items = operand if isinstance(operand, list) else [operand]
    most = least if most is None else most
    if not least <= len(items) <= most:
        wanted = f"exactly {least}" if least == most else f"at least {least} arguments, and at most {most}"
        raise DocumentError(16020, f"Expression {name} takes {wanted} arguments. {len(items)} were passed in.")
    return [compile_expression(item) for item in items]


def named_arguments(name: str, operand: Value, required: Sequence[str], optional: Sequence[str] = ()) -> Document:
    """The operand of an operator that takes a document of named arguments, checked for names."""
    if not isinstance(operand, dict):
        raise DocumentError(FAILED_TO_PARSE, f"{name} only supports an object as its argument")
    for given in operand:
        if given not in required and given not in optional:
            raise DocumentError(FAILED_TO_PARSE, f"Unrecognized argument to {name}: {given}")
    for wanted in required:
        if wanted not in operand:
            raise DocumentError(FAILED_TO_PARSE, f"Missing '{wanted}' parameter to {name}")
    return operand


def compiled_arguments(
    name: str, operand: Value, required: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, Evaluate]:
    """The named arguments of an operator, each compiled."""
    named = named_arguments(name, operand, required, optional)
    return {part: compile_expression(expression) for part, expression in named.items()}


def unary(name: str, function: Callable[[Value], Value]) -> Compile:
    """An operator of one argument; its function sees the value, null and missing included."""

    def compile_operator(operand: Value) -> Evaluate:
        (argument,) = arguments(name, operand, 1)
        return lambda scope: function(argument(scope))

    return compile_operator


def binary(name: str, function: Callable[[Value, Value], Value]) -> Compile:
    """An operator of two arguments."""

    def compile_operator(operand: Value) -> Evaluate:
        first, second = arguments(name, operand, 2)
        return lambda scope: function(first(scope), second(scope))

    return compile_operator


def variadic(name: str, function: Callable[[list[Value]], Value], least: int = 0, most: int = 2**31) -> Compile:
    """An operator of any number of arguments."""

    def compile_operator(operand: Value) -> Evaluate:
        evaluators = arguments(name, operand, least, most)
        return lambda scope: function([evaluate(scope) for evaluate in evaluators])

    return compile_operator


def number_of(name: str, value: Value) -> Number:
    """The value as a number; refused where it is none."""
    if not is_number(value):
        raise DocumentError(28765, f"{name} only supports numeric types, not {type_name(value)}")
    return value


def on_number(name: str, function: Callable[[Number], Number]) -> Compile:
    """An operator of one number; null where there is none."""
    return unary(name, lambda value: None if is_absent(value) else function(number_of(name, value)))


def each(items: list[Value]) -> list[Value]:
    """The items of a loop of an expression, after a look at the clock."""
    check_time()
    return items
