"""Stages brought into another order with the same result, as MongoDB does: what leaves documents out comes first.

So later stages see fewer documents, an index may serve a `$match` that did not stand first, and a stage does not fail
on a document that nobody would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from server.documents.paths import split
from server.documents.query_operators import is_operator_document
from server.documents.sorting import compile_sort
from server.ejson import Document, Value

Roots = frozenset[str]
"""Names of top-level fields."""
Keeps = Callable[[Roots], bool]
"""Whether a stage leaves these fields, and all below them, as they were."""


def reordered(pipeline: list[Value]) -> list[Value]:
    """The stages in their new order; what is malformed stays where it is, to be refused there."""
    stages: list[Value] = []
    for stage in pipeline:
        name, operand = next(iter(stage.items())) if isinstance(stage, dict) and len(stage) == 1 else ("", None)
        if name == "$match" and isinstance(operand, dict):
            _add_match(stages, operand)
        elif name in ("$skip", "$limit"):
            stages.insert(_place(stages, _is_shaping), stage)
        elif name == "$sort" and stages and _operand(stages[-1], "$sort") is not None:
            compile_sort(_operand(stages[-1], "$sort"))
            stages[-1] = stage  # another order follows at once, and equal documents have none
        else:
            stages.append(stage)
    return stages


def _operand(stage: Value, name: str) -> Value:
    return stage[name] if isinstance(stage, dict) and set(stage) == {name} else None


def _add_match(stages: list[Value], query: Document) -> None:
    """Put each condition as far forward as it goes, together with those that stand there."""
    clauses: dict[int, Document] = {}
    for name, operand in query.items():
        roots = _roots_of_clause(name, operand)
        place = len(stages) if roots is None else _place(stages, partial(_keeps, roots))
        clauses.setdefault(place, {})[name] = operand
    for place in sorted(clauses or {len(stages)}, reverse=True):
        given, before = clauses.get(place, query), _operand(stages[place - 1], "$match") if place else None
        if isinstance(before, dict) and before:
            stages[place - 1] = {"$match": {"$and": [*_conjuncts(before), given]} if given else before}
        else:
            stages.insert(place, {"$match": given})


def _conjuncts(query: Document) -> list[Value]:
    """The query as a list, and not deeper with each that joins it."""
    clauses = query.get("$and")
    return clauses if len(query) == 1 and isinstance(clauses, list) and clauses else [query]


def _place(stages: list[Value], passes: Callable[[str, Value], bool]) -> int:
    place = len(stages)
    while place:
        stage = stages[place - 1]
        if not (isinstance(stage, dict) and len(stage) == 1 and passes(*next(iter(stage.items())))):
            break
        place -= 1
    return place


def _roots_of_clause(name: str, operand: Value) -> Roots | None:
    """The fields that a condition looks at; None where that is not plain."""
    if not name.startswith("$"):
        return None if _looks_at_arrays(operand) else frozenset({split(name)[0]})
    if name not in ("$and", "$or", "$nor") or not isinstance(operand, list):
        return None
    found: set[str] = set()
    for clause in operand:
        for inner, value in clause.items() if isinstance(clause, dict) else ():
            roots = _roots_of_clause(inner, value)
            if roots is None:
                return None
            found |= roots
    return frozenset(found)


def _looks_at_arrays(operand: Value) -> bool:
    """Whether the condition is on arrays as such, which MongoDB leaves in their place."""
    if not isinstance(operand, dict) or not is_operator_document(operand):
        return False
    return bool(operand.keys() & {"$elemMatch", "$size"}) or _looks_at_arrays(operand.get("$not"))


def _keeps(roots: Roots, name: str, operand: Value) -> bool:
    keeps = KEEPING.get(name)
    return keeps is not None and keeps(operand)(roots)


def _is_shaping(name: str, _operand: Value) -> bool:
    return name in SHAPING


def _all_but(names: Iterator[Value]) -> Keeps:
    changed = {split(name)[0] if isinstance(name, str) else None for name in names}
    return lambda roots: None not in changed and not roots & changed


def _project(operand: Value) -> Keeps:
    if not isinstance(operand, dict):
        return lambda roots: False
    if all(_is_zero(wanted) for wanted in operand.values()):
        return _all_but(iter(operand))
    kept = {name for name, wanted in operand.items() if "." not in name and (wanted is True or wanted == 1)}
    if "_id" not in operand:
        kept.add("_id")
    return lambda roots: roots <= kept


def _is_zero(wanted: Value) -> bool:
    return isinstance(wanted, (bool, int, float)) and not wanted


def _lookup(operand: Value) -> Keeps:
    return _all_but(iter((operand.get("as") if isinstance(operand, dict) else None,)))


def _unwind(operand: Value) -> Keeps:
    named: Document = operand if isinstance(operand, dict) else {"path": operand}
    path, index = named.get("path"), named.get("includeArrayIndex", "$")
    return _all_but(iter((path[1:] if isinstance(path, str) else None, index)))


KEEPING: Final[dict[str, Callable[[Value], Keeps]]] = {
    "$addFields": lambda operand: _all_but(iter(operand if isinstance(operand, dict) else (None,))),
    "$set": lambda operand: _all_but(iter(operand if isinstance(operand, dict) else (None,))),
    "$unset": lambda operand: _all_but(iter(operand if isinstance(operand, list) else (operand,))),
    "$project": _project,
    "$lookup": _lookup,
    "$graphLookup": _lookup,
    "$unwind": _unwind,
    "$sort": lambda operand: lambda roots: True,
}
"""The stages that a `$match` may pass, by what they leave as it was."""
SHAPING: Final = frozenset({"$project", "$addFields", "$set", "$unset", "$replaceRoot", "$replaceWith"})
"""The stages that make one document of one, which a `$skip` and a `$limit` may pass."""
