"""Rule expressions (contract 10.4): read once, then evaluated against scopes.

Truth has three values: what cannot be told (a function that threw, text that is no ObjectId) is None, stays None when
it is negated, and grants nothing in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias, cast

from server.ejson import Document, Value
from server.rules.comparison import ORDERS, equals, member, ordered
from server.rules.operands import (
    Operand,
    Place,
    Reading,
    RuleError,
    is_value_operator,
    key_operand,
    operand,
    operands,
)
from server.rules.scope import MISSING, Scope, UndecidedError

Truth: TypeAlias = bool | None
Test: TypeAlias = Callable[[Scope], Truth]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was read; `functions` are the names of those it may call.

    `of_change`: it speaks of what a write changes (`%%prevRoot`, `%%prev`, `%%this`), not just of a document.
    """

    test: Test
    functions: frozenset[str] = frozenset()
    of_change: bool = False

    def holds(self, scope: Scope) -> bool:
        """Whether the expression is true; what cannot be told is not."""
        return self.test(scope) is True


def read_expression(raw: Value, *, place: Place, path: str = "") -> Expression:
    """The expression, of EJSON-decoded values. Raises RuleError."""
    reading = Reading(place=place, path=path)
    test = _expression(raw, reading)
    return Expression(test, frozenset(reading.functions), not _OF_CHANGE.isdisjoint(reading.names))


_OF_CHANGE = {"prevRoot", "prev", "this"}
NEVER = Expression(lambda _scope: False)


def evaluate(expression: Expression | Value, scope: Scope, *, place: Place = Place.ARGUMENTS) -> bool:
    """Whether the expression holds; one that cannot be read does not.

    Afterwards `scope.functions.take_wanted()` gives the calls that the answer waits for. While there are any, run them,
    add their values and evaluate again.
    """
    if isinstance(expression, Expression):
        return expression.holds(scope)
    try:
        return read_expression(expression, place=place).holds(scope)
    except RuleError:
        return False


def function_names(expression: Expression | Value, *, place: Place = Place.ARGUMENTS) -> frozenset[str]:
    """The functions that the expression may call. Raises RuleError."""
    if isinstance(expression, Expression):
        return expression.functions
    return read_expression(expression, place=place).functions


def _expression(raw: Value, reading: Reading) -> Test:
    if isinstance(raw, bool):
        return lambda _scope: raw
    if isinstance(raw, str) and raw.startswith("%%"):
        return _is_boolean(operand(raw, reading), wanted=True)
    if not isinstance(raw, dict):
        raise RuleError(reading.path, "an expression is a boolean or an object")
    return _all([_entry(name, value, reading.at(name)) for name, value in cast(Document, raw).items()])


def _entry(name: str, raw: Value, reading: Reading) -> Test:
    if name in {"%%true", "%%false"}:
        return _truth_of(raw, reading, wanted=name == "%%true")
    if name.startswith("%%") or not name.startswith(("$", "%")):
        return _condition(key_operand(name, reading), raw, reading)
    if is_value_operator({name: raw}):
        return _is_boolean(operand({name: raw}, reading), wanted=True)
    if name[1:] == "not":
        return _not(_expression(raw, reading))
    if name[1:] in _COMBINATIONS:
        parts = [_expression(item, place) for item, place in _alternatives(raw, reading)]
        return _COMBINATIONS[name[1:]](parts)
    raise RuleError(reading.path, f"unknown operator {name[:80]!r}")


def _truth_of(raw: Value, reading: Reading, *, wanted: bool) -> Test:
    """`%%true: X` and `%%false: X`, where X is a value or an expression."""
    if isinstance(raw, dict) and not is_value_operator(cast(Document, raw)):
        inner = _expression(raw, reading)
        return inner if wanted else _not(inner)
    if not isinstance(raw, bool | dict) and not (isinstance(raw, str) and raw.startswith("%%")):
        raise RuleError(reading.path, "must be a boolean, an expansion or an expression")
    return _is_boolean(operand(raw, reading), wanted=wanted)


def _is_boolean(value: Operand, *, wanted: bool) -> Test:
    """Nothing but the boolean itself: neither numbers nor texts are true or false."""
    return _decided(lambda scope: value.resolve(scope) is wanted)


def _condition(left: Operand, raw: Value, reading: Reading) -> Test:
    """What is said of one value: a literal to equal, or operators that must all hold."""
    if not isinstance(raw, dict) or not _has_operators(cast(Document, raw)):
        return _equality(left, operand(raw, reading))
    tests = [_operator(left, name, value, reading.at(name)) for name, value in raw.items()]
    return _all(tests)


def _has_operators(raw: Document) -> bool:
    return not is_value_operator(raw) and any(name.startswith(("$", "%")) for name in raw)


def _operator(left: Operand, name: str, raw: Value, reading: Reading) -> Test:
    operator = name[1:] if name.startswith(("$", "%")) else ""
    if operator in ORDERS:
        return _ordering(left, operand(raw, reading), operator)
    if operator in {"eq", "ne"}:
        return _negated_if(operator == "ne", _equality(left, operand(raw, reading)))
    if operator in {"in", "nin"}:
        return _negated_if(operator == "nin", _membership(left, raw, reading))
    if operator == "exists":
        return _existence(left, wanted=_flag(raw, reading))
    if operator == "not":
        return _not(_condition(left, raw, reading))
    if operator in _COMBINATIONS:
        parts = [_condition(left, item, place) for item, place in _alternatives(raw, reading)]
        return _COMBINATIONS[operator](parts)
    raise RuleError(reading.path, f"unknown operator {name[:80]!r}")


def _equality(left: Operand, right: Operand) -> Test:
    return _decided(lambda scope: equals(left.resolve(scope), right.resolve(scope), spread=right.spreads))


def _ordering(left: Operand, right: Operand, operator: str) -> Test:
    order = ORDERS[operator]
    return _decided(lambda scope: ordered(left.resolve(scope), right.resolve(scope), order))


def _membership(left: Operand, raw: Value, reading: Reading) -> Test:
    if isinstance(raw, list):
        items = operands(cast("list[Value]", raw), reading)
        return _decided(lambda scope: member(left.resolve(scope), _present(items, scope)))
    choices = operand(raw, reading)
    if not choices.spreads:
        raise RuleError(reading.path, "must be an array or an expansion")
    return _decided(lambda scope: member(left.resolve(scope), _array(choices, scope)))


def _present(items: list[Operand], scope: Scope) -> list[Value]:
    """The choices that have a value; nothing is equal to a missing one."""
    return [value for value in (item.resolve(scope) for item in items) if value is not MISSING]


def _array(choices: Operand, scope: Scope) -> list[Value]:
    value = choices.resolve(scope)
    if not isinstance(value, list):
        raise UndecidedError("not an array")
    return cast("list[Value]", value)


def _existence(left: Operand, *, wanted: bool) -> Test:
    return _decided(lambda scope: (left.resolve(scope) is not MISSING) is wanted)


def _flag(raw: Value, reading: Reading) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in ("%%true", 1):
        return True
    if raw in ("%%false", 0):
        return False
    raise RuleError(reading.path, "must be a boolean")


def _decided(test: Callable[[Scope], bool]) -> Test:
    def decide(scope: Scope) -> Truth:
        try:
            return test(scope)
        except UndecidedError:
            return None

    return decide


def _not(test: Test) -> Test:
    def negate(scope: Scope) -> Truth:
        truth = test(scope)
        return None if truth is None else not truth

    return negate


def _negated_if(negated: bool, test: Test) -> Test:  # noqa: FBT001 - read as a condition
    return _not(test) if negated else test


def _all(tests: list[Test]) -> Test:
    return lambda scope: _first(False, (test(scope) for test in tests))


def _any(tests: list[Test]) -> Test:
    return lambda scope: _first(True, (test(scope) for test in tests))


def _none(tests: list[Test]) -> Test:
    return _not(_any(tests))


_COMBINATIONS: dict[str, Callable[[list[Test]], Test]] = {"and": _all, "or": _any, "nor": _none}


def _first(decisive: bool, truths: Iterable[Truth]) -> Truth:  # noqa: FBT001 - a value, no option
    """The decisive truth if any has it, else None if any is unknown, else its opposite."""
    unknown = False
    for truth in truths:
        if truth is decisive:
            return decisive
        unknown = unknown or truth is None
    return None if unknown else not decisive


def _alternatives(raw: Value, reading: Reading) -> list[tuple[Value, Reading]]:
    if not isinstance(raw, list) or not raw:
        raise RuleError(reading.path, "must be an array that is not empty")
    return reading.items(cast("list[Value]", raw))
