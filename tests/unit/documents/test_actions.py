"""The actions of clients and functions, by their arguments and results (contract 3.1 to 3.4)."""

from __future__ import annotations

import pytest
from bson import DBRef, Int64, ObjectId

from server.documents import DocumentError
from server.documents.engine import EmbeddedDocuments
from server.ejson import UNDEFINED, DbPointer, Symbol
from tests.unit.documents.conftest import IN_BOTH_STORES, Things

pytestmark = IN_BOTH_STORES


async def test_insert_makes_an_object_id(things: Things) -> None:
    """A document without `_id` gets one, and it comes first."""
    result = await things.run("insertOne", document={"name": "Ada"})

    assert isinstance(result, dict)
    assert isinstance(result["insertedId"], ObjectId)
    assert await things.everything() == [{"_id": result["insertedId"], "name": "Ada"}]
    assert list(await things.run("findOne")) == ["_id", "name"]  # type: ignore[call-overload]


async def test_deprecated_types_are_stored_as_their_successors(things: Things) -> None:
    """A symbol becomes a string and a pointer a reference, as drivers store them."""
    pointer = DbPointer("c", ObjectId("0" * 24))
    await things.run("insertOne", document={"_id": 1, "s": Symbol("x"), "p": pointer, "u": UNDEFINED})

    (stored,) = await things.everything()

    assert stored == {"_id": 1, "s": "x", "p": DBRef("c", ObjectId("0" * 24)), "u": None}
    assert isinstance(stored, dict)
    assert type(stored["s"]) is str


async def test_insert_many_answers_ids_in_order(things: Things) -> None:
    """`insertedIds` is an array, in the order of the documents."""
    result = await things.run("insertMany", documents=[{"_id": 2}, {"_id": 1}])

    assert result == {"insertedIds": [2, 1]}


async def test_ordered_insert_many_keeps_what_came_before_the_refusal(things: Things) -> None:
    """As in MongoDB, a duplicate stops an ordered batch and leaves what was inserted."""
    with pytest.raises(DocumentError):
        await things.run("insertMany", documents=[{"_id": 1}, {"_id": 1}, {"_id": 2}])

    assert await things.everything() == [{"_id": 1}]


async def test_unordered_insert_many_goes_on_after_the_refusal(things: Things) -> None:
    """An unordered batch inserts all that can be inserted, and still raises."""
    with pytest.raises(DocumentError):
        await things.run("insertMany", documents=[{"_id": 1}, {"_id": 1}, {"_id": 2}], ordered=False)

    assert await things.everything() == [{"_id": 1}, {"_id": 2}]


async def test_find_sorts_skips_limits_and_projects(things: Things) -> None:
    """The options of find work together."""
    await things.fill(*({"_id": n, "n": n, "m": -n} for n in range(6)))

    found = await things.run(
        "find", query={"n": {"$gt": 0}}, sort={"n": -1}, skip=1, limit=2, project={"n": 1, "_id": 0}
    )

    assert found == [{"n": 4}, {"n": 3}]


async def test_find_one_of_nothing_is_none(things: Things) -> None:
    """Reading a collection that was never written to finds nothing and does not make it."""
    assert await things.run("findOne") is None
    assert await things.run("find") == []
    assert await things.run("getCollectionNames") == []


async def test_count_is_a_long(things: Things) -> None:
    """`count` answers a 64-bit number, within the limit."""
    await things.fill({"_id": 1}, {"_id": 2}, {"_id": 3})

    assert type(await things.run("count")) is Int64
    assert await things.run("count", query={"_id": {"$lt": 3}}) == 2
    assert await things.run("count", limit=1) == 1


async def test_update_counts_matched_and_modified(things: Things) -> None:
    """An update that changes nothing matches and does not modify; no `upsertedId` without an upsert."""
    await things.fill({"_id": 1, "a": 1}, {"_id": 2, "a": 2})

    result = await things.run("updateMany", query={}, update={"$max": {"a": 2}})

    assert result == {"matchedCount": 2, "modifiedCount": 1}


async def test_upsert_inserts_what_the_filter_says(things: Things) -> None:
    """An upsert starts from the filter's equalities."""
    result = await things.run(
        "updateOne", query={"_id": 7, "a.b": 1, "c": {"$gt": 5}}, update={"$set": {"d": 2}}, upsert=True
    )

    assert result == {"matchedCount": 0, "modifiedCount": 0, "upsertedId": 7}
    assert await things.everything() == [{"_id": 7, "a": {"b": 1}, "d": 2}]


async def test_update_many_without_operators_replaces_each(things: Things) -> None:
    """A plain document replaces every match and keeps `_id` (contract 3.3)."""
    await things.fill({"_id": 1, "a": 1}, {"_id": 2, "a": 2})

    result = await things.run("updateMany", query={}, update={"b": 1})

    assert result == {"matchedCount": 2, "modifiedCount": 2}
    assert await things.everything() == [{"_id": 1, "b": 1}, {"_id": 2, "b": 1}]


async def test_delete_one_and_many(things: Things) -> None:
    """Deletes answer how many went."""
    await things.fill({"_id": 1}, {"_id": 2}, {"_id": 3})

    assert await things.run("deleteOne", query={}) == {"deletedCount": 1}
    assert await things.run("deleteMany", query={}) == {"deletedCount": 2}
    assert await things.run("deleteMany", query={}) == {"deletedCount": 0}


async def test_find_one_and_update_returns_old_or_new(things: Things) -> None:
    """The old document by default, the new one where asked; the sort picks which."""
    await things.fill({"_id": 1, "n": 1}, {"_id": 2, "n": 2})

    old = await things.run("findOneAndUpdate", filter={}, update={"$inc": {"n": 10}}, sort={"n": -1})
    new = await things.run(
        "findOneAndUpdate",
        filter={"_id": 1},
        update={"$inc": {"n": 10}},
        returnNewDocument=True,
        projection={"n": 1, "_id": 0},
    )

    assert old == {"_id": 2, "n": 2}
    assert new == {"n": 11}


async def test_find_one_and_update_upserts(things: Things) -> None:
    """Without a match an upsert answers null, or the new document."""
    assert await things.run("findOneAndUpdate", filter={"_id": 1}, update={"$set": {"a": 1}}, upsert=True) is None
    new = await things.run(
        "findOneAndUpdate", filter={"_id": 2}, update={"$set": {"a": 1}}, upsert=True, returnNewDocument=True
    )

    assert new == {"_id": 2, "a": 1}


async def test_find_one_and_replace_without_update_deletes(things: Things) -> None:
    """realm-web's `findOneAndDelete` comes in as `findOneAndReplace` without `update` (contract 3.2)."""
    await things.fill({"_id": 1, "n": 1}, {"_id": 2, "n": 2})

    old = await things.run("findOneAndReplace", filter={"n": 2})

    assert old == {"_id": 2, "n": 2}
    assert await things.everything() == [{"_id": 1, "n": 1}]


async def test_find_one_and_replace_keeps_the_id(things: Things) -> None:
    """A replacement takes the place of everything but `_id`."""
    await things.fill({"_id": 1, "n": 1})

    assert await things.run("findOneAndReplace", filter={"n": 1}, update={"m": 2}) == {"_id": 1, "n": 1}
    assert await things.everything() == [{"_id": 1, "m": 2}]


async def test_replace_one(things: Things) -> None:
    """`replaceOne` replaces, or upserts."""
    assert await things.run("replaceOne", query={"_id": 1}, replacement={"a": 1}, upsert=True) == {
        "matchedCount": 0,
        "modifiedCount": 0,
        "upsertedId": 1,
    }
    assert await things.run("replaceOne", query={"_id": 1}, replacement={"a": 2}) == {
        "matchedCount": 1,
        "modifiedCount": 1,
    }
    assert await things.everything() == [{"_id": 1, "a": 2}]


async def test_distinct_looks_into_arrays(things: Things) -> None:
    """Each value once, numbers by value, elements instead of arrays."""
    await things.fill({"t": [1, 2]}, {"t": 2.0}, {"t": "x"}, {})

    assert await things.run("distinct", field="t") == [1, 2, "x"]


async def test_bulk_write_runs_every_kind(things: Things) -> None:
    """Each kind of write, the short form of insertOne too; the answer is null."""
    result = await things.run(
        "bulkWrite",
        operations=[
            {"insertOne": {"document": {"_id": 1, "n": 1}}},
            {"insertOne": {"_id": 2, "n": 2}},
            {"updateOne": {"filter": {"_id": 1}, "update": {"$inc": {"n": 1}}}},
            {"updateMany": {"filter": {}, "update": {"$inc": {"n": 1}}}},
            {"replaceOne": {"filter": {"_id": 9}, "replacement": {"n": 9}, "upsert": True}},
            {"deleteOne": {"filter": {"_id": 2}}},
        ],
    )

    assert result is None
    assert await things.everything() == [{"_id": 1, "n": 3}, {"_id": 9, "n": 9}]


async def test_bulk_write_stops_at_a_refusal_and_keeps_what_was_done(things: Things) -> None:
    """Ordered bulk writes stop, unordered ones go on."""
    operations = [{"insertOne": {"_id": 1}}, {"insertOne": {"_id": 1}}, {"insertOne": {"_id": 2}}]
    with pytest.raises(DocumentError, match="Duplicate key error"):
        await things.run("bulkWrite", operations=operations)
    assert await things.everything() == [{"_id": 1}]
    with pytest.raises(DocumentError, match="Duplicate key error"):
        await things.run("bulkWrite", operations=operations, ordered=False)

    assert await things.everything() == [{"_id": 1}, {"_id": 2}]


async def test_names_of_databases_and_collections(things: Things) -> None:
    """Both lists are sorted and hold what was written to."""
    await things.fill({"_id": 1})

    names = await things.run("getDBNames")
    assert isinstance(names, list)
    assert "shop" in names
    assert names == sorted(map(str, names))
    if isinstance(things.store, EmbeddedDocuments):  # the one mongod of all tests holds others, too
        assert names == ["shop"]
    assert await things.run("getCollectionNames") == ["things"]


@pytest.mark.parametrize(
    ("action", "arguments", "code", "text"),
    [
        ("insertOne", {"document": {"_id": 1}}, 11000, "Duplicate key error"),
        (
            "insertOne",
            {"document": {"_id": 1}},
            11000,
            "E11000 duplicate key error collection: shop.things index: _id_",
        ),
        ("find", {"query": {"$who": 1}}, 2, r"unknown top level operator: \$who\."),
        ("aggregate", {"pipeline": [{"$who": 1}]}, 40324, r"Unrecognized pipeline stage name: '\$who'\."),
        ("updateOne", {"query": {}, "update": {"$who": {"a": 1}}}, 9, r"Unknown modifier: \$who"),
        ("insertMany", {"documents": []}, 2, "must provide at least one element"),
        ("findOneAndReplace", {"filter": {}, "update": {"$set": {"a": 1}}}, 52, "must not contain atomic operators"),
        ("updateOne", {"query": {}, "update": {"$set": {"_id": 2}}}, 66, "immutable field '_id'"),
        ("insertOne", {"document": {"_id": [1]}}, 53, "The '_id' value cannot be of type array"),
        ("fly", {}, 59, "no such action"),
        ("find", {"query": 1}, 14, "wrong type"),
    ],
)
async def test_refusals_have_mongodbs_codes_and_texts(
    things: Things, action: str, arguments: dict[str, object], code: int, text: str
) -> None:
    """Each refusal has the code and the words that callers look for (contract 3.4)."""
    await things.fill({"_id": 1})

    with pytest.raises(DocumentError, match=text) as refusal:
        await things.submit(action, arguments)

    assert refusal.value.code == code
    assert refusal.value.code_name
