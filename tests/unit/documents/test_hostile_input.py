"""Input from outside: whatever comes, the answer is a document or a DocumentError, and in bounded time and memory."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from server.documents import DocumentError, Operation, Transaction
from server.documents.budget import budget
from server.documents.schema import connect, prepare
from server.documents.transaction import ACTIONS
from server.ejson import Document, Value
from tests.unit.documents.conftest import Things


def _nested(levels: int) -> Value:
    value: Value = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def _conjunction(levels: int) -> Document:
    query: Document = {"a": 1}
    for _ in range(levels):
        query = {"$and": [query]}
    return query


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"a": "x" * (16 * 1024 * 1024)}, 10334),
        ({"a": _nested(150)}, 15),
        ({"a\x00b": 1}, 2),
        ({"a": {"b\x00": 1}}, 2),
        ({"a": "\ud800"}, 2),
        ({"a": 2**64}, 2),
        ({"a": object()}, 2),
        ({"a": {1: 1}}, 2),
        ({"$a": 1}, 52),
        ({"_id": [1]}, 53),
        ({"_id": {"a": {"$b": 1}}}, 52),
    ],
)
async def test_documents_that_cannot_be_stored(things: Things, document: Document, code: int) -> None:
    """Too large, too deep, no BSON, or a name that cannot be: refused with MongoDB's code."""
    with pytest.raises(DocumentError) as refusal:
        await things.run("insertOne", document=document)

    assert refusal.value.code == code


@pytest.mark.parametrize("query", [{"$and": [_nested(90)]}, _conjunction(48)])
async def test_deep_filters_are_answered(things: Things, query: Document) -> None:
    """Nesting up to the limit is compiled and run."""
    await things.fill({"_id": 1})

    assert await things.run("find", query=query) == []


@pytest.mark.parametrize(
    ("database", "collection"),
    [
        ("", "c"),
        ("d", ""),
        ("a/b", "c"),
        ("a.b", "c"),
        ("a\x00", "c"),
        ("d", "a$b"),
        ("d", "system.users"),
        ("d", "x" * 300),
    ],
)
async def test_names_that_cannot_be(things: Things, database: str, collection: str) -> None:
    """Names of databases and collections that MongoDB refuses."""
    with pytest.raises(DocumentError) as refusal:
        await things.engine.execute(Operation(database=database, collection=collection, action="find"))

    assert refusal.value.code == 73


async def test_odd_field_names_are_only_names(things: Things) -> None:
    """Names with dots, dollars, or of JavaScript's own are stored, found and updated like others."""
    odd: Document = {"__proto__": {"x": 1}, "a.b": 1, "$ref": "no reference", "": 2, "é\u2028": 3, "inner": {"$set": 1}}
    await things.fill({"_id": 1, "odd": odd})
    await things.run("updateOne", query={"odd.__proto__.x": 1}, update={"$set": {"odd.__proto__.y": 2}})

    (found,) = await things.everything()

    assert found == {"_id": 1, "odd": {**odd, "__proto__": {"x": 1, "y": 2}}}


async def test_odd_names_are_only_names(things: Things) -> None:
    """A collection may be named like SQL; nothing comes of it."""
    odd = things.elsewhere("x'; DROP TABLE collections; --")
    await odd.fill({"_id": 1})

    assert await odd.everything() == [{"_id": 1}]
    assert await things.run("getCollectionNames") == ["x'; DROP TABLE collections; --"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"$where": "1"}, r"\$where"),
        ({"$text": {"$search": "x"}}, r"\$text"),
        ({"a": {"$near": [0, 0]}}, r"\$near"),
        ({"a": {"$geoWithin": {}}}, r"\$geoWithin"),
        ({"$expr": {"$function": {}}}, r"\$function"),
    ],
)
async def test_what_is_missing_is_refused_by_name(things: Things, query: Document, name: str) -> None:
    """A feature that the engine lacks is never passed over in silence."""
    with pytest.raises(DocumentError, match=f"{name} is not supported") as refusal:
        await things.run("find", query=query)

    assert refusal.value.code == 115


async def test_a_runaway_pattern_is_stopped(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern that backtracks without end is given up, and the engine goes on."""
    monkeypatch.setattr("server.documents.patterns.MATCH_SECONDS", 0.05)
    await things.fill({"_id": 1, "a": "a" * 60 + "!"})

    with pytest.raises(DocumentError) as refusal:
        await things.run("find", query={"a": {"$regex": r"^(a|a|aa)+(b|c)$"}})

    assert refusal.value.code == 50
    assert await things.run("count") == 1


async def test_an_operation_has_a_time_limit(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that grows with the arguments ends at the deadline."""
    monkeypatch.setattr("server.documents.transaction.SECONDS", 0.05)
    numbers: Document = {"$range": [0, 100_000]}
    body: Document = {"$add": ["$$value", {"$size": {"$map": {"input": numbers, "in": 1}}}]}
    loop: Document = {"$reduce": {"input": numbers, "initialValue": 0, "in": body}}

    with pytest.raises(DocumentError) as refusal:
        await things.run("aggregate", pipeline=[{"$documents": [{"x": loop}]}])

    assert refusal.value.code in (50, 292)


async def test_an_operation_has_a_memory_limit(things: Things) -> None:
    """A string that doubles with every step is refused before it fills the memory."""
    doubled: Document = {"$concat": ["$$value", "$$value"]}
    loop: Document = {"$reduce": {"input": {"$range": [0, 60]}, "initialValue": "xxxxxxxx", "in": doubled}}

    with pytest.raises(DocumentError) as refusal:
        await things.run("aggregate", pipeline=[{"$documents": [{"x": loop}]}])

    assert refusal.value.code == 292


FIELDS = [
    "query", "filter", "update", "document", "documents", "sort", "project", "pipeline", "limit", "skip",
    "operations", "arrayFilters", "upsert", "field", "keys", "options", "replacement",
]  # fmt: skip
NAMES = [
    "a", "a.b", "_id", "$set", "$push", "$each", "$and", "$in", "$gt", "$elemMatch", "$not", "$expr", "$add",
    "$match", "$group", "$project", "$unwind", "$lookup", "$sum", "$map", "input", "in", "$dateToString",
    "date", "format", "$slice", "$inc", "$pull", "$regex", "$type", "$convert", "to", "$cond", "$setOnInsert",
    "$rename", "$bit", "insertOne", "updateOne", "$sort", "$facet", "$bucket", "$merge", "$substrCP", "$size",
    "$round", "$dateFromParts", "$switch", "branches", "$reduce", "$zip", "inputs", ".", "$", "a.$[x]", "$[]",
    "$where", "filter", "update", "document",
]  # fmt: skip


def _anything(chance: random.Random, depth: int) -> Value:
    kind = chance.random()
    if depth and kind < 0.45:
        return {chance.choice(NAMES): _anything(chance, depth - 1) for _ in range(chance.randint(0, 3))}
    if depth and kind < 0.65:
        return [_anything(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    return chance.choice([None, True, 0, 1, -1, 2**40, 1.5, "", "a", "$a", "$$a", "$$ROOT", "$", "x.y", *NAMES[-12:]])


async def test_the_values_of_a_distinct_are_bounded(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    """All different values of a field are held at once, and count."""
    await things.fill(*({"_id": number, "a": f"{number}" + "x" * 1000} for number in range(100)))
    monkeypatch.setattr("server.documents.transaction.budget", lambda seconds: budget(seconds, 50_000))

    assert await things.run("distinct", field="a", query={"_id": 7}) == ["7" + "x" * 1000]
    with pytest.raises(DocumentError) as refusal:
        await things.run("distinct", field="a")

    assert refusal.value.code == 292


@pytest.mark.parametrize("held", [0, 200, 100_000])
async def test_writes_of_many_hold_few_of_them(things: Things, monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    """What does not fit is read again: each document is changed once, also where the change makes it match anew."""
    monkeypatch.setattr("server.documents.writes.HELD", held)
    await things.run("createIndex", keys={"n": 1})
    await things.fill(*({"_id": number, "n": number, "text": "x" * 50} for number in range(20)))

    updated = await things.run("updateMany", query={"n": {"$gte": 5}}, update={"$inc": {"n": 100}})
    deleted = await things.run("deleteMany", query={"n": {"$lt": 110}})

    assert updated == {"matchedCount": 15, "modifiedCount": 15}
    assert deleted == {"deletedCount": 10}
    assert await things.run("distinct", field="n") == list(range(110, 120))


@pytest.mark.parametrize(
    ("action", "arguments"), [("updateMany", {"query": {}, "update": {"$set": {"a": 1}}}), ("deleteMany", {})]
)
async def test_writes_of_many_end_in_time(
    things: Things, monkeypatch: pytest.MonkeyPatch, action: str, arguments: Document
) -> None:
    """They are stopped between two documents as a read is, and undone."""
    await things.fill({"_id": 1}, {"_id": 2}, {"_id": 3})
    clock = iter(["in time", "in time"])

    def check() -> None:
        if next(clock, None) is None:
            raise DocumentError(50, "operation exceeded time limit")

    monkeypatch.setattr("server.documents.writes.check_time", check)
    with pytest.raises(DocumentError) as refusal:
        await things.submit(action, arguments)

    assert refusal.value.code == 50
    assert await things.everything() == [{"_id": 1}, {"_id": 2}, {"_id": 3}]


def test_nonsense_is_answered_or_refused() -> None:
    """Thousands of made-up operations end in a result or a DocumentError, never in another error."""
    chance = random.Random(20)
    connection = connect(Path(":memory:"))
    prepare(connection)
    connection.execute("BEGIN")
    transaction = Transaction(connection)
    answered = 0
    for _ in range(6_000):
        arguments: Document = {chance.choice(FIELDS): _anything(chance, 5) for _ in range(chance.randint(1, 4))}
        operation = Operation(database="d", collection="c", action=chance.choice(sorted(ACTIONS)), arguments=arguments)
        try:
            transaction.execute(operation)
        except DocumentError:
            continue
        answered += 1
    connection.close()

    assert answered > 100
