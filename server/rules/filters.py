"""Filters: what is added to a user's queries, and what is cut from the results (contract 10.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from server.ejson import Document, Value
from server.errors import ErrorCode
from server.rules.draft import Draft
from server.rules.expressions import Expression
from server.rules.narrowing import NOTHING
from server.rules.operands import Place, Reading, RuleError, is_value_operator, operand
from server.rules.projection import is_mixed, read_projection
from server.rules.refusals import RuleRefused
from server.rules.scope import MISSING, Scope, UndecidedError

QueryPart: TypeAlias = Callable[[Scope], Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter as in `rules.json`."""

    name: str
    apply_when: Expression
    query: QueryPart | None = None
    projection: Mapping[str, bool] = field(default_factory=dict)

    def applies(self, scope: Scope) -> bool:
        """Unless it is known not to: a restriction in doubt stays."""
        return self.apply_when.test(scope) is not False


def read_filter(raw: Value, path: str, draft: Draft) -> Filter:
    """The filter that an author wrote."""
    written = draft.as_document(raw, path)
    draft.only(written, _FILTER_FIELDS, path)
    name = written.get("name", "")
    projection_name = "projection" if written.get("projection") is not None else "project"
    return Filter(
        name=name if isinstance(name, str) else "",
        apply_when=draft.expression(written.get("apply_when"), Place.REQUEST, f"{path}.apply_when"),
        query=_read_query(draft.document(written, "query", path), f"{path}.query", draft),
        projection=read_projection(draft.document(written, projection_name, path), f"{path}.projection", draft),
    )


_FILTER_FIELDS = frozenset({"name", "apply_when", "query", "projection", "project", "id", "_id"})


def _read_query(raw: Document, path: str, draft: Draft) -> QueryPart | None:
    if not raw:
        return None
    try:
        return _query_part(raw, Reading(place=Place.REQUEST, path=path))
    except RuleError as error:
        draft.problems.append(error)
        return None


def _query_part(raw: Value, reading: Reading) -> QueryPart:
    """A query with expansions in place of values; everything else is MongoDB's, and the database's to judge."""
    if isinstance(raw, list):
        items = [_query_part(item, place) for item, place in reading.items(cast("list[Value]", raw))]
        return lambda scope: [item(scope) for item in items]
    if isinstance(raw, dict) and not is_value_operator(cast(Document, raw)):
        for name in raw:
            if name.startswith("%"):
                raise RuleError(reading.at(name).path, "must not stand in a query in place of a field")
        parts = {name: _query_part(value, reading.at(name)) for name, value in raw.items()}
        return lambda scope: {name: part(scope) for name, part in parts.items()}
    resolve = operand(raw, reading).resolve

    def value(scope: Scope) -> Value:
        found = resolve(scope)
        if found is MISSING:
            raise UndecidedError("a value of the filter is missing")
        return found

    return value


def filter_query(filters: Iterable[Filter], scope: Scope) -> list[Document]:
    """What documents must match besides the request's own query; a filter with a missing value lets none pass."""
    try:
        parts = [part.query(scope) for part in filters if part.query is not None]
    except UndecidedError:
        return [NOTHING]
    return [cast(Document, part) for part in parts]


def filter_projection(filters: Iterable[Filter]) -> Mapping[str, bool]:
    """The projections of the filters as one. Raises RuleRefused where they contradict one another."""
    merged: dict[str, bool] = {}
    for part in filters:
        merged |= {name: wanted and merged.get(name, True) for name, wanted in part.projection.items()}
    if is_mixed(merged):
        message = "filters mix inclusive and exclusive projections"
        raise RuleRefused(ErrorCode.NO_MATCHING_RULE_FOUND, message, reason="they contradict one another")
    return merged


def is_search(stage: Value) -> bool:
    """Whether the stage is one of full text search, which must come first."""
    return isinstance(stage, dict) and not _SEARCH.isdisjoint(cast(Document, stage))


_SEARCH = {"$search", "$searchMeta", "$vectorSearch"}
