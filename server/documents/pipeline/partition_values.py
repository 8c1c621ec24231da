"""What window functions read of a partition: an expression's values, and where documents lie by what sorts them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from server.documents.errors import DocumentError
from server.documents.expressions.compiler import Evaluate, root_scope
from server.documents.numbers import as_float
from server.documents.pipeline.frames import Partition
from server.documents.values import is_date, is_number, milliseconds
from server.ejson import Value

WindowFunction: TypeAlias = Callable[[Partition], list[Value]]
"""One value for every document of a partition."""


def values_of(read: Evaluate, partition: Partition) -> list[Value]:
    """The expression's value in each document."""
    return [read(root_scope(document)) for document in partition.documents]


def number_of(value: Value) -> float:
    """A number as a double; NaN for what is none."""
    return as_float(value) if is_number(value) else math.nan


def coordinate(position: Value) -> float:
    """A place on the axis of `sortBy`: a number, or milliseconds. Raises DocumentError for anything else."""
    if is_date(position):
        return float(milliseconds(position))
    if not is_number(position):
        raise DocumentError(605001, "the sortBy field must be a number or a date")
    return as_float(position)
