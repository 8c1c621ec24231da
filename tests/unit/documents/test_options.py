"""Options that all operations share, on both stores."""

from __future__ import annotations

import pytest

from server.documents import DocumentError
from server.ejson import Document, Value
from tests.unit.documents.conftest import IN_BOTH_STORES, Things

pytestmark = IN_BOTH_STORES


@pytest.mark.parametrize(
    ("action", "arguments", "answer"),
    [
        ("find", {"query": {"$expr": {"$eq": ["$a", "$$wanted"]}}}, [{"_id": 2, "a": 2}]),
        ("count", {"query": {}, "let": None}, 2),
        ("aggregate", {"pipeline": [{"$match": {"_id": 1}}, {"$set": {"a": "$$wanted"}}]}, [{"_id": 1, "a": 2}]),
        (
            "findOneAndUpdate",
            {"filter": {"_id": 1}, "update": [{"$set": {"a": "$$wanted"}}], "returnNewDocument": True},
            {"_id": 1, "a": 2},
        ),
    ],
)
async def test_variables_of_let_are_seen(things: Things, action: str, arguments: Document, answer: Value) -> None:
    """Conditions, stages and updates see what `let` names."""
    await things.fill({"_id": 1, "a": 1}, {"_id": 2, "a": 2})

    assert await things.submit(action, {"let": {"wanted": {"$add": [1, 1]}}, **arguments}) == answer


@pytest.mark.parametrize("hint", ["a_1", {"a": 1}, "_id_", {"$natural": 1}])
async def test_an_index_may_be_named(things: Things, hint: Value) -> None:
    """By its name or its keys; what is found is the same."""
    await things.fill({"_id": 1, "a": 1}, {"_id": 2, "a": 2})
    await things.run("createIndex", keys={"a": 1})

    assert await things.run("find", query={"a": 2}, hint=hint) == [{"_id": 2, "a": 2}]


@pytest.mark.parametrize(
    ("query", "hint", "found"),
    [
        ({}, "a_1", [4, 3, 1]),
        ({"_id": {"$gt": 1}}, {"a": 1}, [4, 3]),
        ({"a": {"$gt": 1}}, "a_1", [1, 4]),
        ({"a": {"$gte": 0}}, "a_1", [4, 3, 1]),
        ({"a": {"$gt": 0}}, "part", [3]),
        ({"a": {"$gt": 0}}, {"$natural": 1}, [1, 3, 4]),
    ],
)
async def test_the_index_that_is_named_is_used(things: Things, query: Document, hint: Value, found: list[int]) -> None:
    """To be seen by the order, and by what a sparse and a partial index leave out, as MongoDB has it."""
    await _fill_and_index(things)

    documents = await things.run("find", query=query, hint=hint)
    assert isinstance(documents, list)
    assert [document["_id"] for document in documents if isinstance(document, dict)] == found
    assert await things.run("count", query=query, hint=hint) == len(found)


async def test_each_write_of_a_list_names_its_own_index(things: Things) -> None:
    """And one that is not there stops the list."""
    await _fill_and_index(things)
    change: Document = {"$set": {"z": 1}}
    writes: list[Value] = [
        {"updateMany": {"filter": {}, "update": change, "hint": "a_1"}},
        {"deleteOne": {"filter": {"_id": 1}, "hint": "none_1"}},
    ]

    with pytest.raises(DocumentError) as refusal:
        await things.run("bulkWrite", operations=writes)
    assert refusal.value.code == 2
    assert await things.run("count", query={"z": 1}) == 3
    assert await things.run("count") == 4


async def _fill_and_index(things: Things) -> None:
    await things.fill({"_id": 1, "a": 2}, {"_id": 2}, {"_id": 3, "a": 1, "b": 1}, {"_id": 4, "a": [3, 0]})
    await things.run("createIndex", keys={"a": 1}, options={"sparse": True})
    partial: Document = {"partialFilterExpression": {"b": {"$gt": 0}}, "name": "part"}
    await things.run("createIndex", keys={"b": 1}, options=partial)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"hint": "none_1"}, 2),
        ({"hint": {"b": 1}}, 2),
        ({"let": {"v": "$a"}}, 4890500),
        ({"maxTimeMS": -1}, 2),
        ({"maxTimeMS": 1.5}, 2),
        ({"maxTimeMS": "1"}, 14),
    ],
)
async def test_wrong_options_are_refused(things: Things, options: Document, code: int) -> None:
    """With MongoDB's codes."""
    await things.fill({"_id": 1, "a": 1})

    with pytest.raises(DocumentError) as refusal:
        await things.submit("find", {"query": {}, **options})
    assert refusal.value.code == code


async def test_options_that_change_nothing_are_let_pass(things: Things) -> None:
    """A comment, the order of strings that there is anyway, and more time than an operation has."""
    await things.fill({"_id": 1, "a": 1})
    options: Document = {"comment": "why", "collation": {"locale": "simple"}, "maxTimeMS": 1_000_000}

    assert await things.submit("find", {"query": {"a": 1}, **options}) == [{"_id": 1, "a": 1}]


async def test_time_ends_where_it_was_said_to(things: Things) -> None:
    """An operation that takes longer is stopped, and says so."""
    await things.fill(*({"_id": number, "text": "a" * 200} for number in range(300)))
    slow: Value = {"$expr": {"$gt": [{"$reduce": {"input": {"$range": [0, 30_000]}, "initialValue": 0,
        "in": {"$add": ["$$value", {"$strLenCP": {"$concat": ["$text", "$text"]}}]}}}, 0]}}  # fmt: skip

    with pytest.raises(DocumentError) as refusal:
        await things.run("find", query=slow, maxTimeMS=20)
    assert refusal.value.code == 50
