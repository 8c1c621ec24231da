"""Rule expressions (contract 10.4): read once, then evaluated against scopes.

Truth has three values: what cannot be told (a function that threw, text that is no ObjectId) is None, stays None when
it is negated, and grants nothing in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from server.ejson import Document, Value
from server.rules.comparison import ORDERS, equals, member, ordered
from server.rules.conditions import COMBINATIONS, Condition, Test, all_of, comparison, fixed, negation
from server.rules.narrowing import (
    NOTHING,
    Narrow,
    among,
    among_none,
    but_not,
    equal_to,
    existing,
    nothing_known,
    ordered_by,
)
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


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was read; `functions` are the names of those it may call.

    `of_change`: it speaks of what a write changes (`%%prevRoot`, `%%prev`, `%%this`), not just of a document.
    `varies`: its truth differs from document to document. `narrow` gives a filter for the documents it can hold of.
    """

    test: Test
    functions: frozenset[str] = frozenset()
    of_change: bool = False
    varies: bool = False
    narrow: Narrow = nothing_known

    def holds(self, scope: Scope) -> bool:
        """Whether the expression is true; what cannot be told is not."""
        return self.test(scope) is True


def read_expression(raw: Value, *, place: Place, path: str = "") -> Expression:
    """The expression, of EJSON-decoded values. Raises RuleError."""
    reading = Reading(place=place, path=path)
    read = _expression(raw, reading)
    return Expression(
        test=read.test,
        functions=frozenset(reading.functions),
        of_change=not _OF_CHANGE.isdisjoint(reading.names),
        varies=read.varies,
        narrow=read.narrow,
    )


_OF_CHANGE = {"prevRoot", "prev", "this"}
NEVER = Expression(lambda _scope: False, narrow=lambda _scope: NOTHING)


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


def _expression(raw: Value, reading: Reading) -> Condition:
    if isinstance(raw, bool):
        return fixed(lambda _scope: raw)
    if isinstance(raw, str) and raw.startswith("%%"):
        return _is_boolean(operand(raw, reading), wanted=True)
    if not isinstance(raw, dict):
        raise RuleError(reading.path, "an expression is a boolean or an object")
    return all_of([_entry(name, value, reading.at(name)) for name, value in cast(Document, raw).items()])


def _entry(name: str, raw: Value, reading: Reading) -> Condition:
    if name in {"%%true", "%%false"}:
        return _truth_of(raw, reading, wanted=name == "%%true")
    if name.startswith("%%") or not name.startswith(("$", "%")):
        return _condition(key_operand(name, reading), raw, reading)
    if is_value_operator({name: raw}):
        return _is_boolean(operand({name: raw}, reading), wanted=True)
    if name[1:] == "not":
        return negation(_expression(raw, reading))
    if name[1:] in COMBINATIONS:
        parts = [_expression(item, place) for item, place in _alternatives(raw, reading)]
        return COMBINATIONS[name[1:]](parts)
    raise RuleError(reading.path, f"unknown operator {name[:80]!r}")


def _truth_of(raw: Value, reading: Reading, *, wanted: bool) -> Condition:
    """`%%true: X` and `%%false: X`, where X is a value or an expression."""
    if isinstance(raw, dict) and not is_value_operator(cast(Document, raw)):
        inner = _expression(raw, reading)
        return inner if wanted else negation(inner)
    if not isinstance(raw, bool | dict) and not (isinstance(raw, str) and raw.startswith("%%")):
        raise RuleError(reading.path, "must be a boolean, an expansion or an expression")
    return _is_boolean(operand(raw, reading), wanted=wanted)


def _is_boolean(value: Operand, *, wanted: bool) -> Condition:
    """Nothing but the boolean itself: neither numbers nor texts are true or false."""
    return comparison(lambda scope: value.resolve(scope) is wanted, value, Operand(lambda _scope: wanted), equal_to)


def _condition(left: Operand, raw: Value, reading: Reading) -> Condition:
    """What is said of one value: a literal to equal, or operators that must all hold."""
    if not isinstance(raw, dict) or not _has_operators(cast(Document, raw)):
        return _equality(left, operand(raw, reading))
    return all_of([_operator(left, name, value, reading.at(name)) for name, value in raw.items()])


def _has_operators(raw: Document) -> bool:
    return not is_value_operator(raw) and any(name.startswith(("$", "%")) for name in raw)


def _operator(left: Operand, name: str, raw: Value, reading: Reading) -> Condition:
    operator = name[1:] if name.startswith(("$", "%")) else ""
    if operator in ORDERS:
        return _ordering(left, operand(raw, reading), operator)
    if operator in {"eq", "ne"}:
        return _equality(left, operand(raw, reading), is_negated=operator == "ne")
    if operator in {"in", "nin"}:
        return _membership(left, raw, reading, is_negated=operator == "nin")
    if operator == "exists":
        return _existence(left, wanted=_flag(raw, reading))
    if operator == "not":
        return negation(_condition(left, raw, reading))
    if operator in COMBINATIONS:
        parts = [_condition(left, item, place) for item, place in _alternatives(raw, reading)]
        return COMBINATIONS[operator](parts)
    raise RuleError(reading.path, f"unknown operator {name[:80]!r}")


def _equality(left: Operand, right: Operand, *, is_negated: bool = False) -> Condition:
    def test(scope: Scope) -> bool:
        return equals(left.resolve(scope), right.resolve(scope), spread=right.spreads)

    found = comparison(test, left, right, equal_to)
    return negation(found, but_not(left, right)) if is_negated else found


def _ordering(left: Operand, right: Operand, operator: str) -> Condition:
    order = ORDERS[operator]
    return comparison(
        lambda scope: ordered(left.resolve(scope), right.resolve(scope), order), left, right, ordered_by(operator)
    )


def _membership(left: Operand, raw: Value, reading: Reading, *, is_negated: bool) -> Condition:
    choices = _choices(raw, reading)

    def test(scope: Scope) -> bool:
        return member(left.resolve(scope), _array(choices, scope))

    found = comparison(test, left, choices, among)
    return negation(found, among_none(left, choices)) if is_negated else found


def _choices(raw: Value, reading: Reading) -> Operand:
    """An array, of whose items those without a value are left out: nothing equals them; or an expansion to one."""
    if isinstance(raw, list):
        items = operands(cast("list[Value]", raw), reading)
        return Operand(lambda scope: _present(items, scope), varies=any(item.varies for item in items))
    choices = operand(raw, reading)
    if not choices.spreads:
        raise RuleError(reading.path, "must be an array or an expansion")
    return choices


def _present(items: list[Operand], scope: Scope) -> list[Value]:
    return [value for value in (item.resolve(scope) for item in items) if value is not MISSING]


def _array(choices: Operand, scope: Scope) -> list[Value]:
    value = choices.resolve(scope)
    if not isinstance(value, list):
        raise UndecidedError("not an array")
    return cast("list[Value]", value)


def _existence(left: Operand, *, wanted: bool) -> Condition:
    return comparison(
        lambda scope: (left.resolve(scope) is not MISSING) is wanted, left, Operand(lambda _scope: wanted), existing
    )


def _flag(raw: Value, reading: Reading) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in ("%%true", 1):
        return True
    if raw in ("%%false", 0):
        return False
    raise RuleError(reading.path, "must be a boolean")


def _alternatives(raw: Value, reading: Reading) -> list[tuple[Value, Reading]]:
    if not isinstance(raw, list) or not raw:
        raise RuleError(reading.path, "must be an array that is not empty")
    return reading.items(cast("list[Value]", raw))
