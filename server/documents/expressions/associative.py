"""Operators of any number of operands that may be grouped at will, such as `$concat`.

MongoDB computes two or more constants among their operands together, before it sees any document, and so refuses
them then; and it looks at no operand behind one that is null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from server.documents.expressions.compiler import FOLDS, Compile, Constant, Evaluate, Scope
from server.documents.expressions.operands import arguments
from server.documents.values import is_absent
from server.ejson import Value

Combine = Callable[[list[Value]], Value]
"""The value of the operands, null where one is null or missing; it looks at them in their order."""


def associative(name: str, combine: Combine, *, commutes: bool = False) -> Compile:
    """The operator; where it `commutes`, its constants need not stand next to each other to be computed together."""

    def compile_operator(operand: Value) -> Evaluate:
        evaluators = arguments(name, operand, 0, 2**31)
        if commutes:  # MongoDB looks at constants last
            evaluators.sort(key=lambda read: isinstance(read, Constant))
        if FOLDS.get():
            for constants in _runs(evaluators, commutes=commutes):
                combine(constants)

        def evaluate(scope: Scope) -> Value:
            values: list[Value] = []
            for read in evaluators:
                values.append(read(scope))
                if is_absent(values[-1]):
                    break
            return combine(values)

        return evaluate

    return compile_operator


def _runs(evaluators: Sequence[Evaluate], *, commutes: bool) -> Iterator[list[Value]]:
    """The constants that are computed together, where there are others beside them."""
    runs: list[list[Value]] = [[]]
    for read in evaluators:
        if isinstance(read, Constant):
            runs[-1].append(read.value)
        elif not commutes:
            runs.append([])
    return (run for run in runs if len(run) > 1)
