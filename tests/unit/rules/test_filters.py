"""Filters: the queries they add and the fields they cut."""

from __future__ import annotations

import pytest

from server.ejson import Document, Value
from server.rules.guard import guard_operation
from server.rules.narrowing import NOTHING
from server.rules.projection import project
from tests.unit.rules.rule_files import role, rule_set, scope_of_ada

TEAM: Document = {"team": "%%user.custom_data.team"}
RED: Document = {"team": "red"}


def restriction(action: str, *filters: Document, with_role: Document | None = None) -> Document:
    """What documents must match under filters that always apply unless they say otherwise."""
    filters = tuple({"apply_when": True, **part} for part in filters)
    rules = rule_set(with_role or role(read=True), filters=filters)
    guard = guard_operation(rules, scope_of_ada(), database="db", collection="items", action=action, arguments={})
    return guard.restriction


@pytest.mark.parametrize(
    "action", ["find", "count", "distinct", "aggregate", "findOneAndDelete", "updateMany", "bulkWrite"]
)
def test_query_of_a_filter_restricts_every_operation(action: str) -> None:
    """Reads and writes alike meet only what the filter lets pass."""
    assert restriction(action, {"query": TEAM}) == RED


def test_query_of_a_filter_is_joined_to_the_roles() -> None:
    """What the roles let be seen is part of the query, too."""
    own = role(apply_when={"owner": "%%user.id"}, read=True)

    assert restriction("find", {"query": TEAM}, with_role=own) == {"$and": [RED, {"owner": {"$in": ["ada"]}}]}


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
    assert restriction("find", {"query": query}) == expected


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
    assert bool(restriction("find", {"query": RED, "apply_when": apply_when})) is applies


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
