"""Expression operators that compare, decide and bind variables."""

from __future__ import annotations

import operator
from typing import Final

from server.documents.comparisons import Order
from server.documents.errors import FAILED_TO_PARSE, DocumentError
from server.documents.expressions.compiler import (
    FOLDS,
    Compile,
    Constant,
    Evaluate,
    Scope,
    compile_expression,
    constant,
)
from server.documents.expressions.operands import arguments, binary, named_arguments, unary
from server.documents.key import key
from server.documents.values import is_absent, is_true
from server.ejson import Value


def _comparison(name: str, order: Order) -> Compile:
    return binary(name, lambda first, second: order(key(first), key(second)))


def _compare(first: Value, second: Value) -> Value:
    one, other = key(first), key(second)
    return (one > other) - (one < other)


def _and(operand: Value) -> Evaluate:
    parts = arguments("$and", operand, 0, 2**31)
    if FOLDS.get() and any(isinstance(part, Constant) and not is_true(part.value) for part in parts):
        return constant(value=False)
    return lambda scope: all(is_true(part(scope)) for part in parts)


def _or(operand: Value) -> Evaluate:
    parts = arguments("$or", operand, 0, 2**31)
    if FOLDS.get() and any(isinstance(part, Constant) and is_true(part.value) for part in parts):
        return constant(value=True)
    return lambda scope: any(is_true(part(scope)) for part in parts)


def _cond(operand: Value) -> Evaluate:
    if isinstance(operand, dict):
        named = named_arguments("$cond", operand, (), ("if", "then", "else"))
        for code, name in ((17080, "if"), (17081, "then"), (17082, "else")):
            if name not in named:
                raise DocumentError(code, f"Missing '{name}' parameter to $cond")
        condition, then, otherwise = (compile_expression(named[name]) for name in ("if", "then", "else"))
    else:
        condition, then, otherwise = arguments("$cond", operand, 3)
    return lambda scope: then(scope) if is_true(condition(scope)) else otherwise(scope)


def _if_null(operand: Value) -> Evaluate:
    if not isinstance(operand, list) or len(operand) < 2:
        raise DocumentError(1257300, "$ifNull needs at least two arguments")
    parts = [compile_expression(item) for item in operand]
    if FOLDS.get() and isinstance(parts[0], Constant) and not is_absent(parts[0].value):
        return parts[0]

    def evaluate(scope: Scope) -> Value:
        value: Value = None
        for part in parts:
            value = part(scope)
            if not is_absent(value):
                break
        return value

    return evaluate


def _switch(operand: Value) -> Evaluate:
    named = named_arguments("$switch", operand, ("branches",), ("default",))
    if not isinstance(named["branches"], list) or not named["branches"]:
        raise DocumentError(40068, "$switch requires at least one branch.")
    branches = [_branch(branch) for branch in named["branches"]]
    default = compile_expression(named["default"]) if "default" in named else None

    def evaluate(scope: Scope) -> Value:
        for condition, then in branches:
            if is_true(condition(scope)):
                return then(scope)
        if default is None:
            raise DocumentError(40066, "$switch could not find a matching branch for an input, and no default")
        return default(scope)

    return evaluate


def _branch(branch: Value) -> tuple[Evaluate, Evaluate]:
    named = named_arguments("$switch branch", branch, ("case", "then"))
    return compile_expression(named["case"]), compile_expression(named["then"])


def _let(operand: Value) -> Evaluate:
    named = named_arguments("$let", operand, ("vars", "in"))
    if not isinstance(named["vars"], dict):
        raise DocumentError(10065, "invalid parameter: expected an object (vars)")
    bindings = {_variable(name): compile_expression(item) for name, item in named["vars"].items()}
    body = compile_expression(named["in"])

    def evaluate(scope: Scope) -> Value:
        return body({**scope, **{name: binding(scope) for name, binding in bindings.items()}})

    return evaluate


def _variable(name: str) -> str:
    if not name or not (name[0].islower() or ord(name[0]) > 127 or name == "CURRENT"):
        raise DocumentError(FAILED_TO_PARSE, f"'{name}' starts with an invalid character for a user variable name")
    if not all(character.isalnum() or character == "_" or ord(character) > 127 for character in name):
        raise DocumentError(FAILED_TO_PARSE, f"'{name}' contains an invalid character for a variable name")
    return name


OPERATORS: Final[dict[str, Compile]] = {
    "$eq": _comparison("$eq", operator.eq),
    "$ne": _comparison("$ne", operator.ne),
    "$gt": _comparison("$gt", operator.gt),
    "$gte": _comparison("$gte", operator.ge),
    "$lt": _comparison("$lt", operator.lt),
    "$lte": _comparison("$lte", operator.le),
    "$cmp": binary("$cmp", _compare),
    "$and": _and,
    "$or": _or,
    "$not": unary("$not", lambda value: not is_true(value)),
    "$cond": _cond,
    "$ifNull": _if_null,
    "$switch": _switch,
    "$let": _let,
    "$literal": constant,
    "$expr": compile_expression,
}
