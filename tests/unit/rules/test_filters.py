"""Filters: the queries they add and the fields they cut."""

from __future__ import annotations

import pytest

from server.ejson import Document, Value
from server.errors import AppError
from server.rules.filters import NOTHING
from server.rules.guard import guard_operation
from server.rules.projection import project
from tests.unit.rules.rule_files import role, rule_set, scope_of_ada

TEAM: Document = {"team": "%%user.custom_data.team"}
RED: Document = {"team": "red"}


def restricted(action: str, arguments: Document, *filters: Document) -> Document:
    """The arguments under filters that always apply unless they say otherwise."""
    rules = rule_set(role(read=True), filters=tuple({"apply_when": True, **part} for part in filters))
    scope = scope_of_ada()
    operation = guard_operation(rules, scope, database="db", collection="items", action=action, arguments=arguments)
    return operation.arguments


@pytest.mark.parametrize(
    ("action", "arguments", "expected"),
    [
        ("find", {}, {"query": RED}),
        ("find", {"query": {}}, {"query": RED}),
        ("find", {"query": None, "limit": 1}, {"query": RED, "limit": 1}),
        ("find", {"query": {"a": 1}}, {"query": {"$and": [{"a": 1}, RED]}}),
        ("find", {"filter": {"a": 1}}, {"filter": {"$and": [{"a": 1}, RED]}}),
        ("find", {"query": {}, "filter": {"a": 1}}, {"query": RED, "filter": {"$and": [{"a": 1}, RED]}}),
        ("count", {"query": {"team": "blue"}}, {"query": {"$and": [{"team": "blue"}, RED]}}),
        ("distinct", {"field": "a"}, {"field": "a", "query": RED}),
        ("findOneAndDelete", {"filter": {"a": 1}}, {"filter": {"$and": [{"a": 1}, RED]}}),
        ("updateMany", {"query": {}, "update": {"$set": {"b": 1}}}, {"query": RED, "update": {"$set": {"b": 1}}}),
        ("deleteMany", {"query": {"$or": [{"a": 1}]}}, {"query": {"$and": [{"$or": [{"a": 1}]}, RED]}}),
        ("insertOne", {"document": {"a": 1}}, {"document": {"a": 1}}),
        ("aggregate", {"pipeline": [{"$limit": 1}]}, {"pipeline": [{"$match": RED}, {"$limit": 1}]}),
        ("aggregate", {"pipeline": [{"$search": {}}]}, {"pipeline": [{"$search": {}}, {"$match": RED}]}),
        (
            "bulkWrite",
            {"operations": [{"insertOne": {"document": {}}}, {"deleteOne": {"filter": {"a": 1}}}, 7]},
            {"operations": [{"insertOne": {"document": {}}}, {"deleteOne": {"filter": {"$and": [{"a": 1}, RED]}}}, 7]},
        ),
    ],
)
def test_query_is_joined_to_the_requests(action: str, arguments: Document, expected: Document) -> None:
    """Whatever the operation calls its query, the filter's holds as well."""
    assert restricted(action, arguments, {"query": TEAM}) == expected


@pytest.mark.parametrize("arguments", [{"query": 1}, {"query": [{}]}])
def test_query_of_another_type_is_refused(arguments: Document) -> None:
    """What cannot be joined is not passed on."""
    with pytest.raises(AppError):
        restricted("find", arguments, {"query": TEAM})


def test_pipeline_of_another_type_is_refused() -> None:
    """What is no pipeline cannot be restricted."""
    with pytest.raises(AppError):
        restricted("aggregate", {"pipeline": {}}, {"query": TEAM})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"a": {"$in": ["%%user.id", "x"]}}, {"a": {"$in": ["ada", "x"]}}),
        ({"$or": [{"owner": "%%user.id"}, {"public": True}]}, {"$or": [{"owner": "ada"}, {"public": True}]}),
        ({"a": {"$regex": "^x"}}, {"a": {"$regex": "^x"}}),
        ({"a": "%%user.custom_data.absent"}, NOTHING),
        ({"a": {"$ne": "%%user.custom_data.absent"}}, NOTHING),
        ({"a": {"%stringToOid": "%%user.id"}}, NOTHING),
        ({"a": "%%partition"}, NOTHING),
    ],
)
def test_expansions_in_queries(query: Document, expected: Document) -> None:
    """Expansions are replaced; where one has no value nothing matches."""
    assert restricted("find", {}, {"query": query}) == {"query": expected}


@pytest.mark.parametrize(
    ("apply_when", "applies"),
    [
        (True, True),
        ({}, True),
        (False, False),
        ({"%%user.id": "ada"}, True),
        ({"%%user.id": "bob"}, False),
        ({"%%true": {"%function": {"name": "unknown"}}}, True),
        ({"%%user.id": {"%stringToOid": "bad"}}, True),
    ],
)
def test_filter_in_doubt_applies(apply_when: Value, *, applies: bool) -> None:
    """A restriction is lifted only when its condition is known to be false."""
    assert bool(restricted("find", {}, {"query": RED, "apply_when": apply_when})) is applies


DOCUMENT: Document = {"_id": 1, "a": {"b": 1, "c": 2}, "d": [{"b": 1}, {"c": 2}, 3], "e": 4}


@pytest.mark.parametrize(
    ("projection", "left"),
    [
        ({}, DOCUMENT),
        ({"a": True}, {"_id": 1, "a": {"b": 1, "c": 2}}),
        ({"a": True, "_id": False}, {"a": {"b": 1, "c": 2}}),
        ({"a.b": True}, {"_id": 1, "a": {"b": 1}}),
        ({"d.b": True}, {"_id": 1, "d": [{"b": 1}, {}]}),
        ({"e.x": True}, {"_id": 1}),
        ({"_id": True}, {"_id": 1}),
        ({"_id": False}, {"a": {"b": 1, "c": 2}, "d": [{"b": 1}, {"c": 2}, 3], "e": 4}),
        ({"a": False, "d": False}, {"_id": 1, "e": 4}),
        ({"a": False, "d": False, "_id": False}, {"e": 4}),
        ({"a.b": False, "d.b": False}, {"_id": 1, "a": {"c": 2}, "d": [{}, {"c": 2}, 3], "e": 4}),
        ({"a.b": False, "a": False, "d": False}, {"_id": 1, "e": 4}),
    ],
)
def test_projection(projection: dict[str, bool], left: Document) -> None:
    """Plain fields are kept or cut as MongoDB does."""
    assert project(DOCUMENT, projection) == left
