"""MongoDB's aggregation expressions, compiled to closures over variables."""

from __future__ import annotations

from server.documents.expressions import compiler, conditions

for _table in (conditions.OPERATORS,):
    compiler.OPERATORS.update(_table)
