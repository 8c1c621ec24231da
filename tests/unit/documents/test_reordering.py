"""Stages in another order give the same documents as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server import ejson
from server.documents import Operation, Transaction
from server.documents.operation import Unguarded
from server.documents.pipeline.reordering import reordered
from server.documents.pipeline.stages import Scene, compile_pipeline, run
from server.documents.schema import connect, prepare
from server.documents.session import Session
from server.documents.storage import Namespace
from server.ejson import Document, Value

NAMES = st.sampled_from(["a", "b", "c", "a.b", "b.0", "_id"])
SCALARS = st.sampled_from([None, 1, 2, 2.5, "x"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("b"), inner))
DOCUMENTS: st.SearchStrategy[list[Document]] = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES, max_size=3), min_size=1, max_size=6
)
CLAUSES = st.tuples(
    NAMES, st.sampled_from([1, None, {"$gt": 1}, {"$exists": True}, {"$not": {"$size": 1}}, {"$ne": 2}])
)
QUERIES: st.SearchStrategy[Document] = st.lists(CLAUSES, max_size=2).map(dict)
QUERIES |= st.tuples(st.sampled_from(["$or", "$and", "$nor"]), st.lists(QUERIES, min_size=1, max_size=2)).map(
    lambda pair: {pair[0]: [*pair[1]]}
)
STAGES: st.SearchStrategy[Document] = st.one_of(
    QUERIES.map(lambda query: {"$match": query}),
    st.tuples(NAMES, SCALARS).map(lambda field: {"$set": {field[0]: field[1]}}),
    st.sampled_from(["a", "b", "c", "a.b"]).map(lambda name: {"$unset": name}),
    st.sampled_from([{"a": 1}, {"a": 0}, {"a.b": 1}, {"_id": 0, "b": 1}, {"x": "$a", "b": 1}]).map(
        lambda fields: {"$project": fields}
    ),
    st.just({"$unwind": "$a"}),
    st.just({"$unwind": {"path": "$b", "includeArrayIndex": "c", "preserveNullAndEmptyArrays": True}}),
    st.just({"$sort": {"_id": -1}}),
    st.integers(1, 3).map(lambda number: {"$skip": number}),
    st.integers(1, 4).map(lambda number: {"$limit": number}),
    st.just({"$replaceWith": {"a": "$b", "b": "$a", "_id": "$_id"}}),
    st.just({"$lookup": {"from": "things", "localField": "a", "foreignField": "b", "as": "c"}}),
)  # fmt: skip


@pytest.fixture(scope="module")
def transaction() -> Iterator[Transaction]:
    """On a database in memory."""
    connection = connect(Path(":memory:"))
    prepare(connection)
    connection.execute("BEGIN")
    yield Transaction(connection)
    connection.close()


@given(documents=DOCUMENTS, stages=st.lists(STAGES, min_size=1, max_size=5))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_stages_makes_no_difference(
    transaction: Transaction, documents: list[Document], stages: list[Value]
) -> None:
    """What may pass a stage passes it without a trace; documents that a sort holds for equal come as before."""
    numbered: list[Document] = [{"_id": number, **document} for number, document in enumerate(documents)]
    namespace = Namespace(database="shop", collection="things")
    transaction.execute(Operation(database="shop", collection="things", action="deleteMany", arguments={"query": {}}))
    transaction.execute(
        Operation(database="shop", collection="things", action="insertMany", arguments={"documents": [*numbered]})
    )
    scene = Scene(session=Session(catalog=transaction.catalog, namespace=namespace, guard=Unguarded()))
    found = [list(run(compile_pipeline(each, scene), numbered)) for each in (stages, reordered(stages))]

    assert ejson.dumps([*found[0]]) == ejson.dumps([*found[1]])


def test_conditions_come_first() -> None:
    """A condition goes as far forward as the stages leave its fields alone, and joins the one that stands there."""
    stages: list[Value] = [
        {"$match": {"a": 1}},
        {"$sort": {"b": 1}},
        {"$set": {"c": 2}},
        {"$match": {"b": 2, "c": 2}},
        {"$project": {"b": 1}},
        {"$skip": 1},
    ]

    assert reordered(stages) == [
        {"$match": {"$and": [{"a": 1}, {"b": 2}]}},
        {"$sort": {"b": 1}},
        {"$set": {"c": 2}},
        {"$match": {"c": 2}},
        {"$skip": 1},
        {"$project": {"b": 1}},
    ]


def test_many_conditions_are_one_list() -> None:
    """However many stages there are, what they become is not nested deeper than they were."""
    stages: list[Value] = [{"$match": {"a": {"$gt": number}}} for number in range(1000)]

    assert reordered(stages) == [{"$match": {"$and": [{"a": {"$gt": number}} for number in range(1000)]}}]
