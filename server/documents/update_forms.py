"""The three forms of an update: operators, a replacement, a pipeline; and what an upsert starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import TypeAlias

from bson import Regex

from server.documents.errors import DOLLAR_PREFIXED_FIELD, FAILED_TO_PARSE, IMMUTABLE_FIELD, DocumentError
from server.documents.key import key
from server.documents.matched_index import matched_index
from server.documents.paths import Path, split
from server.documents.pipeline.updating import PipelineUpdate, compile_pipeline_update
from server.documents.planner import conjuncts
from server.documents.positions import Way, change
from server.documents.query_operators import is_operator_document
from server.documents.updates import OperatorUpdate, compile_operators
from server.documents.values import MISSING, type_name
from server.ejson import Document, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """An update without operators: it takes the document's place, `_id` stays."""

    document: Document

    def apply(self, document: Document) -> Document:
        """The replacement under the document's `_id`."""
        if "_id" not in document:
            return self.document
        if "_id" in self.document and key(self.document["_id"]) != key(document["_id"]):
            raise DocumentError(
                IMMUTABLE_FIELD,
                "After applying the update, the (immutable) field '_id' was found to have been altered to "
                f"_id: {self.document['_id']!r}",
            )
        return {"_id": document["_id"]} | {name: value for name, value in self.document.items() if name != "_id"}


Update: TypeAlias = OperatorUpdate | Replacement | PipelineUpdate


def compile_update(update: Value, array_filters: Sequence[Value] = ()) -> Update:
    """The compiled update, whichever form it has."""
    if isinstance(update, list):
        if array_filters:
            raise DocumentError(FAILED_TO_PARSE, "arrayFilters may not be specified for pipeline-style updates")
        return compile_pipeline_update(update)
    if not isinstance(update, dict):
        raise DocumentError(
            FAILED_TO_PARSE, f"Update argument must be either an object or an array: {type_name(update)}"
        )
    if next(iter(update), "").startswith("$"):
        plain = next((name for name in update if not name.startswith("$")), None)
        if plain is not None:
            raise DocumentError(
                FAILED_TO_PARSE,
                f"Unknown modifier: {plain}. Expected a valid update modifier or pipeline-style update "
                "specified as an array",
            )
        return compile_operators(update, array_filters)
    operator = next((name for name in update if name.startswith("$")), None)
    if operator is not None:
        raise DocumentError(
            DOLLAR_PREFIXED_FIELD,
            f"The dollar ($) prefixed field '{operator}' in '{operator}' is not allowed in the context of an update's "
            "replacement document. Consider using an aggregation pipeline with $replaceWith.",
        )
    return Replacement(document=update)


def compile_replacement(replacement: Value) -> Replacement:
    """A replacement that may not have operators."""
    if not isinstance(replacement, dict):
        raise DocumentError(FAILED_TO_PARSE, f"Replacement document must be an object: {type_name(replacement)}")
    if any(name.startswith("$") for name in replacement):
        raise DocumentError(DOLLAR_PREFIXED_FIELD, "the replace operation document must not contain atomic operators")
    return Replacement(document=replacement)


def apply_update(
    document: Document, update: Value, *, query: Document | None = None, array_filters: Sequence[Value] = ()
) -> Document:
    """The document as the update leaves it; `query` serves the positional `$`."""
    return applied(compile_update(update, array_filters), document, query or {})


def applied(update: Update, document: Document, query: Document) -> Document:
    """The document as the compiled update leaves it, having matched `query`."""
    if isinstance(update, OperatorUpdate) and update.is_positional:
        return update.apply(document, matched=matched_index(query, document))
    return update.apply(document)


def upserted(update: Update, query: Document) -> Document:
    """The document that an upsert inserts: what the filter says for equal, then the update; it may lack `_id`."""
    start = _equalities(query, only_id=isinstance(update, Replacement))
    return update.apply(start, inserting=True) if isinstance(update, OperatorUpdate) else update.apply(start)


def _equalities(query: Document, *, only_id: bool) -> Document:
    document: Document = {}
    taken: set[Path] = set()
    if any(isinstance(operand, dict) and operand.get("$all") == [] for _, operand in _certain(query)):
        return document  # nothing can match such a filter, and MongoDB forgets what else is in it
    for name, operand in sorted(_certain(query), key=itemgetter(0)):
        value = MISSING if only_id and name != "_id" else _equal_to(name, operand)
        if value is MISSING:
            continue
        path = split(name)
        if any(path[: len(other)] == other[: len(path)] for other in taken):
            raise DocumentError(54, f"cannot infer query fields to set, path '{name}' is matched twice")
        taken.add(path)
        change(document, path, partial(_given, value), way=Way.MADE)
    return document


def _given(value: Value, _current: Value) -> Value:
    return value


def _certain(query: Document) -> Iterator[tuple[str, Value]]:
    """The conditions that a match must meet, an `$or` of one clause among them."""
    yield from conjuncts(query)
    clauses = query.get("$or")
    if isinstance(clauses, list) and len(clauses) == 1 and isinstance(clauses[0], dict):
        yield from _certain(clauses[0])


def _equal_to(name: str, operand: Value) -> Value:
    if not (isinstance(operand, dict) and is_operator_document(operand)):
        return MISSING if isinstance(operand, Regex) else operand
    found = list(_equal_values(operand))
    if len(found) > 1:
        raise DocumentError(54, f"cannot infer query fields to set, path '{name}' is matched twice")
    return found[0] if found else MISSING


def _equal_values(operators: Document) -> Iterator[Value]:
    """The values that a match equals, or holds among its elements."""
    if "$eq" in operators:
        yield operators["$eq"]
    one, every = operators.get("$in"), operators.get("$all")
    if isinstance(one, list) and len(one) == 1:
        yield from (value for value in one if not is_operator_document(value))
    if isinstance(every, list):
        yield from (value for value in every if len(every) > 1 or not is_operator_document(value))
