"""What is looked for in BSON before a document is decoded: never does it turn a match away."""

from __future__ import annotations

from datetime import UTC, datetime

import bson
import pytest
from bson import Decimal128, Int64, ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.documents import matches
from server.documents.admission import CODEC, encode
from server.documents.needles import holds_needles
from server.documents.rows import documents_of
from server.ejson import Document, Value

SCALARS: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=3),
    st.sampled_from([
        Int64(2), 2**31, -(2**31), -0.0, Decimal128("2"), Decimal128("2.00"), Decimal128("NaN"), ObjectId("0" * 24),
        datetime(2024, 1, 1, tzinfo=UTC), b"x", 1.5,
    ]),
)  # fmt: skip
NAMES = st.sampled_from(["a", "b", "0"])
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2), max_leaves=6
)
DOCUMENTS = st.dictionaries(st.sampled_from(["a", "b"]), VALUES, max_size=2)
OPERATORS = st.sampled_from(["$eq", "$gt", "$gte", "$lt", "$lte"])
CONDITIONS = VALUES | st.dictionaries(OPERATORS, VALUES, min_size=1, max_size=2)
CONDITIONS |= st.lists(SCALARS, max_size=3).map(lambda values: {"$in": values})
QUERIES = st.dictionaries(st.sampled_from(["a", "a.b", "a.0", "b", "a.b.0"]), CONDITIONS, min_size=1, max_size=3)


@given(document=DOCUMENTS, query=QUERIES)
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_match_is_never_turned_away(document: Document, query: Document) -> None:
    """Whatever matches passes the test of its bytes, also with the query's own values put into the document."""
    holds = holds_needles(query)
    if holds is None:
        return
    planted: Document = {**document, "a": next(iter(query.values()))}
    for candidate in (document, planted):
        data = encode(candidate)
        if matches(query, bson.decode(data, CODEC)):
            assert holds(data)


@pytest.mark.parametrize("value", [-(2**63), 2**63 - 1, -(2**31), 2**31, -1, float(2**63), -1.5, 2**53 + 1])
def test_numbers_at_the_edges_are_found(value: float) -> None:
    """The ends of the integers' ranges have bytes like others."""
    holds = holds_needles({"a": value})

    assert holds is not None
    assert holds(encode({"a": value}))
    assert holds(encode({"a": [value]}))


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ({"a": "x"}, {"a": "y"}),
        ({"a": {"$in": [5, 6]}}, {"a": 7}),
        ({"a": {"$gt": 5}}, {"a": 5}),
        ({"a.b": {"$lte": 2.5}}, {"a": {"b": 3}}),
        ({"$and": [{"a": ObjectId("1" * 24)}]}, {"a": ObjectId("2" * 24)}),
        ({"a": 1, "b": "x"}, {"a": 1, "b": "y"}),
    ],
)
def test_others_are_turned_away(query: Document, document: Document) -> None:
    """A document without the bytes is not decoded."""
    holds = holds_needles(query)

    assert holds is not None
    assert not holds(encode(document))


@pytest.mark.parametrize("query", [{}, {"a": None}, {"a": {"$ne": 1}}, {"a": True}, {"a": 0}, {"$or": [{"a": 1}]}])
def test_some_filters_say_nothing_of_bytes(query: Document) -> None:
    """Null may be missing, false has no bytes of its own, zero has two signs, alternatives are not conjuncts."""
    assert holds_needles(query) is None


def test_pages_without_a_candidate_are_not_decoded() -> None:
    """Decoding what cannot match would fail here."""
    assert list(documents_of([[(1, b"no BSON")]], None, lambda data: False)) == []
