"""Indexes: unique, sparse, partial, compound, over arrays; and that a plan never changes an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.documents import DocumentError, EmbeddedDocuments, matches
from server.documents.indexes import Index
from server.documents.planner import plan
from server.ejson import Document, Value
from tests.unit.documents.conftest import Things


@pytest.mark.parametrize(
    ("options", "first", "second"),
    [
        ({}, {"a": 1}, {"a": 1.0}),
        ({}, {}, {"a": None}),
        ({}, {"a": [1, 2]}, {"a": 2}),
        ({"sparse": True}, {"a": None}, {"a": None}),
        ({"partialFilterExpression": {"b": 1}}, {"a": 1, "b": 1}, {"a": 1, "b": 1}),
    ],
)
async def test_unique_index_refuses_a_second(
    things: Things, options: Document, first: Document, second: Document
) -> None:
    """Equal keys clash: numbers by value, null with missing, elements of arrays."""
    await things.run("createIndex", keys={"a": 1}, options={"unique": True, **options})
    await things.run("insertOne", document=first)

    with pytest.raises(DocumentError, match=r"E11000 duplicate key error collection: shop\.things index: a_1"):
        await things.run("insertOne", document=second)


@pytest.mark.parametrize(
    ("options", "first", "second"),
    [
        ({"sparse": True}, {}, {}),
        ({"partialFilterExpression": {"b": 1}}, {"a": 1}, {"a": 1, "b": 1}),
        ({}, {"a": [1, 1]}, {"a": 2}),
    ],
)
async def test_unique_index_allows_what_is_not_in_it(
    things: Things, options: Document, first: Document, second: Document
) -> None:
    """Missing fields are not in a sparse index; a partial one holds what its filter matches."""
    await things.run("createIndex", keys={"a": 1}, options={"unique": True, **options})

    await things.fill(first, second)

    assert await things.run("count") == 2


async def test_failed_update_leaves_index_and_document(things: Things) -> None:
    """An update of many that clashes half-way changes nothing."""
    await things.run("createIndex", keys={"a": 1}, options={"unique": True})
    await things.fill({"_id": 1, "a": 1}, {"_id": 2, "a": 2})

    with pytest.raises(DocumentError, match="Duplicate key error"):
        await things.run("updateMany", query={}, update={"$set": {"a": 9}})

    assert await things.run("find", query={"a": 9}) == []
    assert await things.run("find", query={"a": 1}) == [{"_id": 1, "a": 1}]


async def test_unique_index_over_clashing_documents_is_refused(things: Things) -> None:
    """An index that cannot be filled is not made."""
    await things.fill({"a": 1}, {"a": 1})

    with pytest.raises(DocumentError, match="Duplicate key error"):
        await things.run("createIndex", keys={"a": 1}, options={"unique": True})

    assert await things.run("listIndexes") == [{"v": 2, "key": {"_id": 1}, "name": "_id_"}]


async def test_create_list_and_drop(things: Things) -> None:
    """An index is listed by its definition, made once, and gone when dropped."""
    keys: Document = {"a": 1, "b.c": -1}
    assert await things.run("createIndex", keys=keys, options={"unique": True}) == "a_1_b.c_-1"
    assert await things.run("createIndex", keys=keys, options={"unique": True}) == "a_1_b.c_-1"
    listed = await things.run("listIndexes")
    await things.run("dropIndex", name="a_1_b.c_-1")

    assert isinstance(listed, list)
    assert listed[1:] == [{"v": 2, "key": keys, "name": "a_1_b.c_-1", "unique": True}]
    assert await things.run("listIndexes") == [{"v": 2, "key": {"_id": 1}, "name": "_id_"}]


@pytest.mark.parametrize(
    ("keys", "options", "code"),
    [
        ({"a": "text"}, {}, 115),
        ({"a": "2dsphere"}, {}, 115),
        ({"a": 1}, {"expireAfterSeconds": -1}, 67),
        ({"a": 1, "b": 1}, {"expireAfterSeconds": 5}, 67),
        ({"a": 1}, {"expireAfterSeconds": "5"}, 14),
        ({"a": 0}, {}, 67),
        ({}, {}, 67),
        ({"": 1}, {}, 67),
        ({"$a": 1}, {}, 67),
        ({"a": 1}, {"partialFilterExpression": {"$who": 1}}, 2),
    ],
)
async def test_refused_definitions(things: Things, keys: Document, options: Document, code: int) -> None:
    """Kinds of index that the engine lacks are refused by name, malformed ones by MongoDB's code."""
    with pytest.raises(DocumentError) as refusal:
        await things.run("createIndex", keys=keys, options=options)

    assert refusal.value.code == code


async def test_parallel_arrays_are_refused(things: Things) -> None:
    """Two arrays in one compound index would need every pair of elements."""
    await things.run("createIndex", keys={"a": 1, "b": 1})

    with pytest.raises(DocumentError, match="cannot index parallel arrays"):
        await things.run("insertOne", document={"a": [1], "b": [2]})


async def test_keys_of_one_document_are_bounded(things: Things) -> None:
    """A compound index over one array has a key for every pair: too many are refused, before they are made."""
    await things.run("createIndex", keys={"list.a": 1, "list.b": 1})
    many: list[Value] = [{"a": number, "b": number} for number in range(20_000)]
    await things.fill({"_id": 1})

    with pytest.raises(DocumentError) as inserted:
        await things.run("insertOne", document={"_id": 2, "list": many})
    with pytest.raises(DocumentError) as updated:
        await things.run("updateOne", query={"_id": 1}, update={"$set": {"list": many}})

    assert [inserted.value.code, updated.value.code] == [201, 201]

    assert await things.everything() == [{"_id": 1}]


async def test_an_index_over_a_document_of_too_many_keys_is_refused(things: Things) -> None:
    """Also where the document was there before the index."""
    await things.fill({"_id": 1, "list": [{"a": number, "b": number} for number in range(400)]})

    with pytest.raises(DocumentError) as refusal:
        await things.run("createIndex", keys={"list.a": 1, "list.b": 1})

    assert refusal.value.code == 201
    assert await things.run("deleteOne", query={"_id": 1}) == {"deletedCount": 1}


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(-3, 3, width=16), st.sampled_from("abc"))
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "0"]), inner, max_size=2),
    max_leaves=5,
)
DOCUMENTS = st.fixed_dictionaries({}, optional={"a": VALUES, "b": VALUES})
OPERATORS = st.dictionaries(st.sampled_from(["$eq", "$gt", "$gte", "$lt", "$lte"]), VALUES, min_size=1, max_size=2)
PATHS = st.sampled_from(["a", "a.b", "a.0", "b"])
QUERIES = st.dictionaries(
    PATHS, VALUES | OPERATORS | st.lists(VALUES, max_size=3).map(lambda values: {"$in": values}), max_size=2
)


@given(document=DOCUMENTS, query=QUERIES, fields=st.lists(PATHS, min_size=1, max_size=2, unique=True))
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_plan_never_misses_a_match(document: Document, query: Document, fields: list[str]) -> None:
    """Whatever matches has a key in one of the planned ranges of every index that would be used."""
    index = Index(number=1, name="i", fields=tuple((field, 1) for field in fields))
    chosen = plan(query, [index])
    if chosen is None or not matches(query, document):
        return
    try:
        keys = index.keys_of(document)
    except DocumentError:
        return

    assert any(low <= found < high for found in keys for low, high in chosen.ranges)


@given(document=DOCUMENTS, value=st.integers(-3, 3) | st.sampled_from("abc"))
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("path", ["a", "a.b", "a.0"])
def test_what_an_exact_plan_finds_matches(path: str, document: Document, value: Value) -> None:
    """What is not tested again is what the filter asks for: no more, no less."""
    index = Index(number=1, name="i", fields=((path, 1),), unique=True)
    chosen = plan({path: value}, [index])
    assert chosen is not None
    assert chosen.is_exact
    ((low, high),) = chosen.ranges
    try:
        keys = index.keys_of(document)
    except DocumentError:
        return

    assert any(low <= found < high for found in keys) == matches({path: value}, document)


async def test_what_another_process_does_to_indexes_is_seen_at_once(tmp_path: Path) -> None:
    """Readers keep what they know of the catalog only for as long as nobody has committed."""
    async with (
        await EmbeddedDocuments.open(tmp_path / "a") as first,
        await EmbeddedDocuments.open(tmp_path / "a") as other,
    ):
        one, two = Things(store=first), Things(store=other)
        await one.fill({"_id": 1, "a": [1, 2]}, {"_id": 2, "a": 3})
        await two.run("createIndex", keys={"a": 1}, options={"unique": True})
        by_index = [await one.run("findOne", query={"a": value}) for value in (2, 3, 4)]
        await two.run("dropIndex", name="a_1")
        await one.run("insertOne", document={"_id": 3, "a": 3})
        without = await one.run("find", query={"a": 3})

    assert by_index == [{"_id": 1, "a": [1, 2]}, {"_id": 2, "a": 3}, None]
    assert without == [{"_id": 2, "a": 3}, {"_id": 3, "a": 3}]
