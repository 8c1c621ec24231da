"""Filters made of rules: every document that a rule shows passes them."""

from __future__ import annotations

import pytest
from bson import ObjectId, Regex
from hypothesis import given
from hypothesis import strategies as st

from server.documents import compile_filter
from server.ejson import Document, Value
from server.rules.guard import guard_operation
from server.rules.narrowing import NOTHING
from tests.unit.rules.rule_files import role, rule_set, scope_of_ada

OID = ObjectId("0123456789abcdef01234567")


def restriction(*roles: Document) -> Document:
    """The filter that Ada's reads get."""
    guard = guard_operation(
        rule_set(*roles), scope_of_ada(), database="db", collection="items", action="find", arguments={}
    )
    return guard.restriction


def applying(expression: Value) -> Document:
    """A role that shows everything where the expression holds."""
    return role(apply_when=expression, read=True)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({}, {}),
        (True, {}),
        (False, NOTHING),
        ({"owner": "%%user.id"}, {"owner": {"$in": ["ada"]}}),
        ({"%%user.id": "%%root.owner"}, {"owner": {"$in": ["ada"]}}),
        ({"%%root.a.b": 1, "c": {"$gt": 2}}, {"$and": [{"a.b": {"$in": [1]}}, {"c": {"$gt": 2}}]}),
        ({"team": {"$in": ["%%user.custom_data.team", "blue"]}}, {"team": {"$in": ["red", "blue"]}}),
        ({"team": ["red"]}, {"team": {"$in": [["red"], "red"]}}),
        ({"_id": {"%stringToOid": str(OID)}}, {"_id": {"$in": [OID]}}),
        ({"_id": {"%stringToOid": "%%user.id"}}, NOTHING),
        ({"a": "%%user.custom_data.absent"}, NOTHING),
        (
            {"a": {"$exists": True}, "b": {"$exists": False}},
            {"$and": [{"a": {"$exists": True}}, {"b": {"$exists": False}}]},
        ),
        ({"a": {"$ne": 1}}, {"a": {"$ne": 1}}),
        ({"a": {"$nin": [1, 2]}}, {"a": {"$nin": [1, 2]}}),
        ({"%or": [{"a": 1}, {"b": True}]}, {"$or": [{"a": {"$in": [1]}}, {"b": {"$in": [True]}}]}),
        ({"%%user.custom_data.team": "red"}, {}),
        ({"%%user.custom_data.team": "blue"}, NOTHING),
        ({"%%user.custom_data.team": "red", "a": 1}, {"a": {"$in": [1]}}),
        ({"%or": [{"%%user.custom_data.team": "blue"}, {"a": 1}]}, {"a": {"$in": [1]}}),
        ({"%or": [{"a": 1}, {"%%true": {"%function": {"name": "f", "arguments": ["%%root.a"]}}}]}, {}),
        ({"a": 1, "%not": {"b": 1}}, {"a": {"$in": [1]}}),
        ({"a.b": {"$ne": 1}}, {}),
        ({"a.b": {"$exists": False}}, {}),
        ({"a": {"$ne": None}}, {}),
        ({"a": Regex("x")}, {}),
        ({"$a": 1}, None),
    ],
)
def test_plain_comparisons_become_filters(expression: Value, expected: Document | None) -> None:
    """What MongoDB can say of a document is asked of the database; the rest is left to the rule."""
    if expected is not None:
        assert restriction(applying(expression)) == expected


def test_roles_are_joined_up_to_the_one_for_everybody() -> None:
    """A document passes that one of the roles can be for; behind one that is for all no other counts."""
    own, rest = applying({"owner": "%%user.id"}), role(read=False, write=False)

    assert restriction(own, rest, applying({})) == {"owner": {"$in": ["ada"]}}
    assert restriction(rest, own) == NOTHING
    assert restriction(own, applying({"public": True})) == {
        "$or": [{"owner": {"$in": ["ada"]}}, {"public": {"$in": [True]}}]
    }
    assert restriction(own, applying({})) == {}


def test_document_filters_and_permissions_narrow_too() -> None:
    """Which documents of its own a role shows is part of the filter."""
    filtered = role(read=True, document_filters={"read": {"open": True}, "write": {"owner": "%%user.id"}})

    assert restriction(filtered) == {"$or": [{"open": {"$in": [True]}}, {"owner": {"$in": ["ada"]}}]}
    assert restriction(role(read={"open": True})) == {"open": {"$in": [True]}}
    assert restriction(role(apply_when={"a": 1}, fields={"b": {"read": True}})) == {"a": {"$in": [1]}}


NAMES = st.sampled_from(["a", "b", "a.b", "a.0", "owner"])
SCALARS = st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from([0.5, float("nan"), "ada", "red", "", OID])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab0"), inner, max_size=2),
    max_leaves=6,
)
RIGHTS = VALUES | st.sampled_from(["%%user.id", "%%user.custom_data.team", "%%root.b", "%%user.custom_data.no"])
COMPARISONS = st.one_of(
    RIGHTS,
    st.builds(lambda name, value: {f"${name}": value}, st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]), RIGHTS),
    st.builds(lambda name, items: {f"${name}": items}, st.sampled_from(["in", "nin"]), st.lists(RIGHTS, max_size=3)),
    st.builds(lambda flag: {"$exists": flag}, st.booleans()),
)
EXPRESSIONS: st.SearchStrategy[Document] = st.recursive(
    st.dictionaries(NAMES | st.just("%%user.id"), COMPARISONS, max_size=2),
    lambda inner: (
        st.builds(
            lambda name, parts: {name: parts},
            st.sampled_from(["%and", "%or", "%nor"]),
            st.lists(inner, min_size=1, max_size=3),
        )
        | st.builds(lambda part: {"%not": part}, inner)
    ),
    max_leaves=5,
)


@given(st.lists(EXPRESSIONS, min_size=1, max_size=2), st.dictionaries(st.sampled_from(["a", "b", "owner"]), VALUES))
def test_no_filter_leaves_out_what_a_rule_shows(expressions: list[Document], document: Document) -> None:
    """Whatever the rules and the document: what may be read passes the filter."""
    roles = [applying(expression) for expression in expressions]
    guard = guard_operation(
        rule_set(*roles), scope_of_ada(), database="db", collection="items", action="find", arguments={}
    )

    if guard.view(document) is not None:
        assert compile_filter(guard.restriction)(document)
