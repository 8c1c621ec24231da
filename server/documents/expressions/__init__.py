"""MongoDB's aggregation expressions, compiled to closures over variables."""

from __future__ import annotations

from server.documents.expressions import (
    arithmetic,
    arrays,
    compiler,
    conditions,
    conversions,
    date_parts,
    dates,
    functions,
    objects,
    rounding,
    sequences,
    sets,
    strings,
)

for _module in (
    arithmetic, arrays, conditions, conversions, date_parts, dates, functions, objects, rounding, sequences, sets,
    strings,
):  # fmt: skip
    compiler.OPERATORS.update(_module.OPERATORS)
