"""The accumulators of `$group`: each gathers a value of every document of a group and sums them up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from server.documents.budget import hold
from server.documents.errors import DocumentError, unsupported
from server.documents.expressions.arrays import pick_some
from server.documents.expressions.compiler import Constant, Evaluate, Scope, compile_expression
from server.documents.expressions.objects import merged
from server.documents.expressions.operands import named_arguments
from server.documents.expressions.sequences import average_of, deviation, greatest, least, sum_of
from server.documents.key import key
from server.documents.sorting import compile_sort, size_of
from server.documents.values import MISSING, NUMBER_TYPES
from server.ejson import Value

Summary: TypeAlias = Callable[[list[Value]], Value]
NUMBER_SIZE: Final = 40
"""Bytes that a number takes in a list, roughly."""
CHUNK: Final = 4096
"""How many values an associative accumulator gathers before it sums them up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accumulator:
    """What a field of a group is made of: `read` gives each document's value, `summary` makes one of all.

    `folds`: a summary of summaries is the summary of all, so that no more than a few values need be held.
    `numbers_only`: other values count for nothing. `first_only`: no value but the first document's is computed.
    """

    read: Evaluate
    summary: Summary
    folds: Summary | None = None
    numbers_only: bool = False
    first_only: bool = False

    def gather(self) -> Gathered:
        """The field of a new group."""
        if self.first_only:
            return GatheredFirst(self)
        if self.numbers_only and isinstance(self.read, Constant):
            return GatheredConstants(self)
        return GatheredNumbers(self) if self.numbers_only else Gathered(self)


@dataclass(slots=True)
class Gathered:
    """The values of one field of one group so far."""

    accumulator: Accumulator
    values: list[Value] = field(default_factory=list)

    def add(self, scope: Scope) -> None:
        """Take the value of one more document."""
        value = self.accumulator.read(scope)
        self.values.append(value)
        if self.accumulator.folds is None:
            hold(size_of(value) + 16)
        elif len(self.values) >= CHUNK:
            self.values = [self.accumulator.folds(self.values)]

    def result(self) -> Value:
        """The group's value."""
        value = self.accumulator.summary(self.values)
        return None if value is MISSING else value


@dataclass(slots=True)
class GatheredNumbers(Gathered):
    """The numbers of one field of one group so far; who adds documents counts what they take (`NUMBER_SIZE`)."""

    def add(self, scope: Scope) -> None:
        """Take the value of one more document where it is a number."""
        value = self.accumulator.read(scope)
        if type(value) in NUMBER_TYPES:
            self.values.append(value)


@dataclass(slots=True)
class GatheredConstants(Gathered):
    """One value for each document, such as the 1 of `{$sum: 1}`."""

    count: int = 0

    def add(self, scope: Scope) -> None:  # noqa: ARG002 - the value is the same for all
        """Count one more document."""
        self.count += 1

    def result(self) -> Value:
        """The group's value."""
        return self.accumulator.summary([self.accumulator.read({})] * self.count)


@dataclass(slots=True)
class GatheredFirst(Gathered):
    """The value of a group's first document."""

    def add(self, scope: Scope) -> None:
        """Take the value of the first document, and look at no other."""
        if not self.values:
            self.values.append(self.accumulator.read(scope))


def compile_accumulator(name: str, operand: Value) -> Accumulator:
    """The accumulator of a field of `$group`, such as `{$sum: 1}`."""
    if not isinstance(operand, dict):
        raise DocumentError(40234, f"The field '{name}' must be an accumulator object")
    if len(operand) != 1:
        raise DocumentError(40238, f"The field '{name}' must specify one accumulator")
    ((operator, argument),) = operand.items()
    if operator == "$accumulator":
        raise unsupported("the accumulator $accumulator")
    make = ACCUMULATORS.get(operator)
    if make is None:
        raise DocumentError(15952, f"unknown group operator '{operator}'")
    return make(operator, argument)


def _plain(summary: Summary, *, folds: bool = False) -> Callable[[str, Value], Accumulator]:
    def make(operator: str, argument: Value) -> Accumulator:
        return Accumulator(read=compile_expression(argument), summary=summary, folds=summary if folds else None)

    return make


def _of_numbers(summary: Summary) -> Callable[[str, Value], Accumulator]:
    def make(operator: str, argument: Value) -> Accumulator:
        return Accumulator(read=compile_expression(argument), summary=summary, numbers_only=True)

    return make


def _counting(operator: str, argument: Value) -> Accumulator:
    if argument != {}:
        raise DocumentError(9, "$count takes no arguments, i.e. $count:{}")
    return Accumulator(read=lambda scope: 1, summary=sum_of, folds=sum_of)


def _pushed(values: list[Value]) -> Value:
    return [value for value in values if value is not MISSING]


def _distinct(values: Iterable[Value]) -> Value:
    seen: dict[bytes, Value] = {}
    for value in values:
        if value is not MISSING:
            seen.setdefault(key(value), value)
    return list(seen.values())


def _some(operator: str, argument: Value) -> Accumulator:
    named = named_arguments(operator, argument, ("n", "input"))
    number, source = compile_expression(named["n"]), compile_expression(named["input"])

    def summary(values: list[Value]) -> Value:
        pairs = [value for value in values if isinstance(value, list)]
        found = [None if item is MISSING else item for _, item in pairs]
        return pick_some(operator, found, pairs[0][0] if pairs else 1)

    return Accumulator(read=lambda scope: [number(scope), source(scope)], summary=summary)


def _ranked(operator: str, argument: Value) -> Accumulator:
    several = operator.endswith("N")
    named = named_arguments(operator, argument, ("sortBy", "output", "n") if several else ("sortBy", "output"))
    order, output = _order_of_values(named["sortBy"]), compile_expression(named["output"])
    count = compile_expression(named.get("n", 1))

    def read(scope: Scope) -> Value:
        return [order(scope), output(scope), count(scope)]

    def summary(values: list[Value]) -> Value:
        ranked = sorted((value for value in values if isinstance(value, list)), key=lambda value: bytes(value[0]))
        items = [None if item is MISSING else item for _, item, _ in ranked]
        if not several:
            return (items[0] if operator == "$top" else items[-1]) if items else None
        return pick_some("$firstN" if operator == "$topN" else "$lastN", items, ranked[0][2] if ranked else 1)

    return Accumulator(read=read, summary=summary)


def _order_of_values(sort_by: Value) -> Evaluate:
    """The key of a document by the values of its fields, each as one: arrays are not taken apart, as in MongoDB."""
    compile_sort(sort_by)
    fields = sort_by if isinstance(sort_by, dict) else {}
    values = compile_expression([f"${name}" for name in fields])
    order = compile_sort({f"s.{at}": direction for at, direction in enumerate(fields.values())})
    return lambda scope: order({"s": values(scope)})


def _first_value(values: list[Value]) -> Value:
    return values[0] if values else None


def _last_value(values: list[Value]) -> Value:
    return values[-1] if values else None


ACCUMULATORS: Final[dict[str, Callable[[str, Value], Accumulator]]] = {
    "$sum": _of_numbers(sum_of),
    "$avg": _of_numbers(average_of),
    "$min": _plain(least, folds=True),
    "$max": _plain(greatest, folds=True),
    "$first": lambda operator, argument: Accumulator(
        read=compile_expression(argument), summary=_first_value, first_only=True
    ),
    "$last": _plain(_last_value, folds=True),
    "$push": _plain(_pushed),
    "$addToSet": _plain(_distinct),
    "$mergeObjects": _plain(merged, folds=True),
    "$stdDevPop": _of_numbers(lambda values: deviation(values, sample=False)),
    "$stdDevSamp": _of_numbers(lambda values: deviation(values, sample=True)),
    "$count": _counting,
    **dict.fromkeys(("$firstN", "$lastN", "$minN", "$maxN"), _some),
    **dict.fromkeys(("$top", "$bottom", "$topN", "$bottomN"), _ranked),
}
