"""Operators, stages and options that users may not use."""

from __future__ import annotations

import pytest
from bson import Regex

from server.ejson import Document, Value
from server.errors import AppError
from server.rules.forbidden import (
    EXPRESSION_OPERATORS,
    QUERY_OPERATORS,
    STAGES,
    refuse_forbidden,
    refuse_system_forbidden,
)


@pytest.mark.parametrize("name", sorted(QUERY_OPERATORS))
def test_query_operators(name: str) -> None:
    """Refused at any depth of a query, of an update's conditions and of a projection."""
    queries: list[Document] = [{name: 1}, {"a": {name: 1}}, {"$and": [{"$or": [{"a": {"$not": {name: 1}}}]}]}]
    for query in queries:
        for argument in ("query", "filter", "arrayFilters", "projection"):
            with pytest.raises(AppError, match=r"\$"):
                refuse_forbidden("updateOne", {argument: query})
        with pytest.raises(AppError):
            refuse_forbidden("updateOne", {"update": {"$pull": {"list": query}}})
        with pytest.raises(AppError):
            refuse_forbidden("bulkWrite", {"operations": [{"updateOne": {"filter": query, "update": {}}}]})
        with pytest.raises(AppError):
            refuse_forbidden("aggregate", {"pipeline": [{"$match": query}]})


@pytest.mark.parametrize("name", sorted(STAGES | EXPRESSION_OPERATORS))
def test_stages_and_operators_of_aggregation(name: str) -> None:
    """Refused wherever they stand in a pipeline."""
    pipelines: list[Value] = [[{name: {}}], [{"$project": {"x": {name: {}}}}], [{"$x": {"pipeline": [{name: {}}]}}]]
    for pipeline in pipelines:
        with pytest.raises(AppError):
            refuse_forbidden("aggregate", {"pipeline": pipeline})


@pytest.mark.parametrize(
    "arguments",
    [
        {"query": {"name": Regex("^a")}},
        {"query": {"name": {"$in": [Regex("^a")]}}},
        {"pipeline": [{"$match": {"name": {"$not": Regex("^a")}}}]},
        {"update": {"$pull": {"names": Regex("^a")}}},
        {"collation": {"locale": "de"}},
        {"readConcern": {"level": "local"}},
        {"writeConcern": {"w": 0}},
        {"operations": [{"updateOne": {"collation": {"locale": "de"}}}]},
    ],
)
def test_regular_expressions_and_options(arguments: Document) -> None:
    """A regular expression is `$regex` in other words; options of the server are the server's."""
    with pytest.raises(AppError):
        refuse_forbidden("bulkWrite", arguments)


@pytest.mark.parametrize("action", ["getDBNames", "getCollectionNames", "createIndex", "dropIndex", "runCommand", ""])
def test_actions_for_the_system(action: str) -> None:
    """What is no operation on documents is refused."""
    with pytest.raises(AppError):
        refuse_forbidden(action, {})


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("find", {"query": {"a": {"$gt": 1, "$elemMatch": {"b": {"$in": [1]}}}, "$or": [{"$nor": [{}]}]}}),
        ("insertOne", {"document": {"pattern": Regex("^a"), "nested": {"$where": 1}}}),
        ("updateOne", {"query": {}, "update": {"$set": {"pattern": Regex("^a")}, "$inc": {"n": 1}}}),
        ("aggregate", {"pipeline": [{"$project": {"x": {"$regexMatch": {"input": "$a", "regex": Regex("^a")}}}}]}),
        ("aggregate", {"pipeline": [{"$who": 1}]}),
        ("bulkWrite", {"operations": [{"insertOne": {"document": {"r": Regex("a")}}}, 7, {"deleteOne": None}]}),
        ("find", {"query": 7}),
        ("aggregate", {"pipeline": 7}),
    ],
)
def test_the_rest_is_left_to_the_database(action: str, arguments: Document) -> None:
    """Data, other operators and malformed arguments are not refused here."""
    refuse_forbidden(action, arguments)


def test_very_deep_queries_are_walked_to_the_end() -> None:
    """Depth hides nothing and breaks nothing."""
    query: Value = {"$where": "1"}
    for _ in range(100_000):
        query = [query]

    with pytest.raises(AppError):
        refuse_forbidden("find", {"query": query})


def test_index_statistics_are_for_nobody() -> None:
    """Even the system is refused that stage, and no other."""
    refuse_system_forbidden("aggregate", {"pipeline": [{"$lookup": {}}, {"$out": "x"}]})
    with pytest.raises(AppError):
        refuse_system_forbidden("aggregate", {"pipeline": [{"$indexStats": {}}]})
