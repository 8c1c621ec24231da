"""What MongoDB offers and users may not use; only system functions may (contract 5.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NoReturn, cast

from bson import Regex

from server.ejson import Document, Value
from server.rules.refusals import forbidden

ACTIONS: Final = frozenset({
    "find", "findOne", "findOneAndUpdate", "findOneAndReplace", "findOneAndDelete", "aggregate", "count", "distinct",
    "insertOne", "insertMany", "updateOne", "updateMany", "replaceOne", "deleteOne", "deleteMany", "bulkWrite", "watch",
})  # fmt: skip
"""What a user may ask for; the rest, database commands above all, is the system's or nobody's."""

QUERY_OPERATORS: Final = frozenset({
    "$expr", "$jsonSchema", "$regex", "$text", "$where",
    "$geoIntersects", "$geoWithin", "$within", "$near", "$nearSphere", "$geoNear",
    "$bitsAllClear", "$bitsAllSet", "$bitsAnyClear", "$bitsAnySet",
})  # fmt: skip
"""Operators of queries, with the older names of the geospatial ones."""

STAGES: Final = frozenset({
    "$collStats", "$facet", "$geoNear", "$graphLookup", "$indexStats", "$lookup", "$merge", "$out", "$unionWith",
    "$changeStream", "$changeStreamSplitLargeEvent", "$currentOp", "$listClusterCatalog", "$listLocalSessions",
    "$listSampledQueries", "$listSearchIndexes", "$listSessions", "$planCacheStats", "$queryStats",
    "$shardedDataDistribution",
})  # fmt: skip
"""Stages that reach beyond the collection's documents: into other collections, or into the server itself."""

EXPRESSION_OPERATORS: Final = frozenset({"$function", "$accumulator", "$setIsSubset"})
"""Operators of aggregation; `$accumulator` runs JavaScript in the database as `$function` does."""

OPTIONS: Final = frozenset({"collation", "readConcern", "writeConcern"})
SYSTEM_STAGES: Final = frozenset({"$indexStats"})
"""Refused even to the system."""

_QUERIES: Final = ("query", "filter", "arrayFilters", "update", "projection", "project", "sort")
_EVERYWHERE: Final = QUERY_OPERATORS | EXPRESSION_OPERATORS
_PIPELINE: Final = STAGES | EXPRESSION_OPERATORS
_LITERALS: Final = frozenset({"$set", "$setOnInsert", "$push", "$addToSet"})
"""Update operators whose regular expressions are data."""


def refuse_forbidden(action: str, arguments: Document) -> None:
    """Raise RuleRefused where a user's operation uses what is not for users."""
    if action not in ACTIONS:
        _refuse(action)
    for name in OPTIONS:
        if arguments.get(name) is not None:
            _refuse(name)
    for name in _QUERIES:
        if name in arguments:
            _check_query(arguments[name], regex_is_data=False)
    _check_pipeline(arguments.get("pipeline"))
    for write in _writes(arguments.get("operations")):
        refuse_forbidden("bulkWrite", write)


def refuse_system_forbidden(action: str, arguments: Document) -> None:
    """Raise RuleRefused where an operation of the system uses what is for nobody."""
    stages = arguments.get("pipeline") if action == "aggregate" else None
    for name, _ in _fields(stages):
        if name in SYSTEM_STAGES:
            _refuse(name)


def _writes(operations: Value) -> list[Document]:
    """The arguments of the single writes of a bulkWrite; an insertOne has none but data."""
    items = cast("list[Value]", operations) if isinstance(operations, list) else []
    named = [pair for item in items if isinstance(item, dict) for pair in cast(Document, item).items()]
    return [cast(Document, part) for name, part in named if name != "insertOne" and isinstance(part, dict)]


def _check_query(part: Value, *, regex_is_data: bool) -> None:
    """Walk a query, an update or a projection; a regular expression in a query is the operator `$regex`."""
    stack: list[tuple[Value, bool]] = [(part, regex_is_data)]
    while stack:
        value, is_data = stack.pop()
        if isinstance(value, Regex) and not is_data:
            _refuse("$regex")
        for name, inner in _items(value):
            if name in _EVERYWHERE:
                _refuse(name)
            stack.append((inner, is_data or name in _LITERALS))


def _check_pipeline(pipeline: Value) -> None:
    stages = cast("list[Value]", pipeline) if isinstance(pipeline, list) else []
    for name, value in _fields(stages):
        if name in _PIPELINE:
            _refuse(name)
        if name == "$match":
            _check_query(value, regex_is_data=False)


def _fields(value: Value) -> Iterator[tuple[str, Value]]:
    """Every field at any depth, without recursion: what comes from outside may be deep."""
    stack = [value]
    while stack:
        for name, inner in _items(stack.pop()):
            yield name, inner
            stack.append(inner)


def _items(value: Value) -> list[tuple[str, Value]]:
    if isinstance(value, dict):
        return list(cast(Document, value).items())
    return [("", item) for item in cast("list[Value]", value)] if isinstance(value, list) else []


def _refuse(name: str) -> NoReturn:
    raise forbidden(name)
