"""Conditions: the truth of part of an expression in three values, and the filter that it comes down to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from server.rules.narrowing import Narrow, Narrower, either, every, if_true, nothing_known
from server.rules.operands import Operand
from server.rules.scope import Scope, UndecidedError

Truth: TypeAlias = bool | None
Test: TypeAlias = Callable[[Scope], Truth]


@dataclass(frozen=True, slots=True)
class Condition:
    """Part of an expression; `varies`: its truth differs from document to document."""

    test: Test
    varies: bool = False
    narrow: Narrow = nothing_known


def fixed(test: Test) -> Condition:
    """A condition that is the same for all documents: it lets every one pass, or none."""
    return Condition(test, narrow=if_true(test))


def comparison(test: Callable[[Scope], bool], left: Operand, right: Operand, narrower: Narrower) -> Condition:
    """A condition on two values; undecided where one of them cannot be told."""
    decided = _decided(test)
    if not (left.varies or right.varies):
        return fixed(decided)
    return Condition(decided, varies=True, narrow=narrower(left, right))


def negation(condition: Condition, narrow: Narrow = nothing_known) -> Condition:
    """The opposite; what is undecided stays so. `narrow` is known where the condition is a plain comparison."""
    test = condition.test

    def negate(scope: Scope) -> Truth:
        truth = test(scope)
        return None if truth is None else not truth

    return Condition(negate, varies=True, narrow=narrow) if condition.varies else fixed(negate)


def all_of(parts: list[Condition]) -> Condition:
    """All must hold; none is no condition."""
    tests = [part.test for part in parts]
    return _combined(parts, lambda scope: _first(False, (test(scope) for test in tests)), every)


def any_of(parts: list[Condition]) -> Condition:
    """One must hold."""
    tests = [part.test for part in parts]
    return _combined(parts, lambda scope: _first(True, (test(scope) for test in tests)), either)


def none_of(parts: list[Condition]) -> Condition:
    """None may hold."""
    return negation(any_of(parts))


COMBINATIONS: dict[str, Callable[[list[Condition]], Condition]] = {"and": all_of, "or": any_of, "nor": none_of}


def _combined(parts: list[Condition], test: Test, narrower: Callable[[list[Narrow]], Narrow]) -> Condition:
    if len(parts) == 1:
        return parts[0]
    if not any(part.varies for part in parts):
        return fixed(test)
    return Condition(test, varies=True, narrow=narrower([part.narrow for part in parts]))


def _decided(test: Callable[[Scope], bool]) -> Test:
    def decide(scope: Scope) -> Truth:
        try:
            return test(scope)
        except UndecidedError:
            return None

    return decide


def _first(decisive: bool, truths: Iterable[Truth]) -> Truth:  # noqa: FBT001 - a value, no option
    """The decisive truth if any has it, else None if any is unknown, else its opposite."""
    unknown = False
    for truth in truths:
        if truth is decisive:
            return decisive
        unknown = unknown or truth is None
    return None if unknown else not decisive
