"""The guard of an operation: what it does not see is not there, what it refuses undoes everything."""

from __future__ import annotations

from typing import Final

import pytest

from server.documents import DocumentError
from server.ejson import Document, Value
from tests.unit.documents.conftest import IN_BOTH_STORES, Things

pytestmark = IN_BOTH_STORES


class RefusedError(Exception):
    """What the guard of these tests raises."""


class OwnerGuard:
    """Shows what belongs to `ada`, without the field `secret`; refuses what is marked `frozen`."""

    restriction: Final[Document] = {}
    hides_fields: Final = True

    def judges_stored(self, name: str) -> bool:
        """Only the owner stands in the document as it is shown."""
        return name == "owner"

    def view(self, document: Document) -> Document | None:
        """Without the secret; nothing of others, nor of what is veiled."""
        if document.get("owner") != "ada" or "veiled" in document:
            return None
        return {name: document[name] for name in document if name not in {"secret", "_id"}}

    def check_update(self, document: Document) -> None:
        """Every update may be tried."""

    def check(self, before: Document | None, after: Document | None) -> None:
        """Nothing frozen is written."""
        if any(document and document.get("frozen") for document in (before, after)):
            raise RefusedError


GUARD = OwnerGuard()
MINE = {"_id": 1, "owner": "ada", "n": 1, "secret": "x"}
THEIRS = {"_id": 2, "owner": "bob", "n": 1}
FROZEN = {"_id": 3, "owner": "ada", "n": 3, "frozen": True}


async def test_reads_show_only_what_is_seen(things: Things) -> None:
    """find, findOne, count, distinct and aggregate meet seen documents only, as they may be viewed."""
    await things.fill(MINE, THEIRS, {"_id": 4, "owner": "ada", "veiled": 1})

    shown = {"owner": "ada", "n": 1}
    assert await things.run("find", guard=GUARD) == [shown]
    assert await things.run("findOne", query={"n": 1}, guard=GUARD) == shown
    assert await things.run("count", guard=GUARD) == 1
    assert await things.run("distinct", field="owner", guard=GUARD) == ["ada"]
    assert await things.run("distinct", field="secret", guard=GUARD) == []
    assert await things.run("aggregate", pipeline=[{"$match": {}}], guard=GUARD) == [shown]
    assert await things.run("aggregate", pipeline=[{"$match": {"secret": "x"}}], guard=GUARD) == []


async def test_limit_counts_what_is_shown(things: Things) -> None:
    """Documents that are left out do not use up the limit."""
    await things.fill({"_id": 1, "owner": "ada", "veiled": 1}, {"_id": 2, "owner": "ada"})

    assert await things.run("find", limit=1, guard=GUARD) == [{"owner": "ada"}]


@pytest.mark.parametrize(
    ("action", "arguments", "answer"),
    [
        ("find", {"query": {"secret": "x"}}, []),
        ("find", {"query": {"secret": {"$ne": "x"}}, "project": {"n": 1}}, [{"n": 1}, {"n": 2}]),
        ("count", {"query": {"$or": [{"secret": "x"}, {"secret": "y"}]}}, 0),
        ("count", {"query": {"secret": {"$exists": True}}}, 0),
        ("distinct", {"field": "n", "query": {"secret": "x"}}, []),
        ("find", {"sort": {"secret": -1}, "project": {"n": 1}}, [{"n": 1}, {"n": 2}]),
        (
            "findOneAndUpdate",
            {"filter": {}, "sort": {"secret": -1}, "update": {"$set": {"m": 1}}},
            {"owner": "ada", "n": 1},
        ),
        (
            "updateMany",
            {"query": {"secret": "x"}, "update": {"$set": {"m": 1}}},
            {"matchedCount": 0, "modifiedCount": 0},
        ),
        ("deleteOne", {"query": {"secret": "x"}}, {"deletedCount": 0}),
        ("find", {"query": {"_id": 2}, "sort": {"_id": -1}, "project": {"n": 1}}, [{"n": 2}]),
    ],
)
async def test_hidden_fields_are_not_to_be_guessed(
    things: Things, action: str, arguments: Document, answer: Value
) -> None:
    """Queries and sorts find what is shown: with an index on a hidden field, too; `_id` always names its document."""
    await things.run("createIndex", keys={"secret": 1})
    await things.fill(
        {"_id": 1, "owner": "ada", "n": 1, "secret": "x"},
        {"_id": 2, "owner": "ada", "n": 2, "secret": "y"},
        {"_id": 3, "owner": "bob", "secret": "x"},
    )

    assert await things.submit(action, arguments, guard=GUARD) == answer


async def test_writes_do_not_match_what_is_not_seen(things: Things) -> None:
    """Updates and deletes pass over other owners' documents."""
    await things.fill(MINE, THEIRS)

    updated = await things.run("updateMany", query={}, update={"$inc": {"n": 1}}, guard=GUARD)
    deleted = await things.run("deleteMany", query={"_id": 2}, guard=GUARD)

    assert updated == {"matchedCount": 1, "modifiedCount": 1}
    assert deleted == {"deletedCount": 0}


async def test_find_one_and_update_returns_the_view(things: Things) -> None:
    """What comes back is what may be read."""
    await things.fill(MINE)

    old = await things.run("findOneAndUpdate", filter={"_id": 1}, update={"$set": {"n": 2}}, guard=GUARD)

    assert old == {"owner": "ada", "n": 1}


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("insertMany", {"documents": [{"_id": 9, "owner": "ada"}, {"frozen": True}]}),
        ("updateMany", {"query": {}, "update": {"$inc": {"n": 1}}}),
        ("deleteMany", {"query": {}}),
        ("findOneAndDelete", {"filter": {"_id": 3}}),
        ("replaceOne", {"query": {"_id": 3}, "replacement": {}}),
        ("updateOne", {"query": {"_id": 8}, "update": {"$set": {"frozen": True}}, "upsert": True}),
        ("bulkWrite", {"operations": [{"insertOne": {"_id": 9}}, {"deleteMany": {"filter": {}}}]}),
    ],
)
async def test_a_refusal_undoes_the_whole_operation(things: Things, action: str, arguments: Document) -> None:
    """When the guard raises, its own error comes out and nothing is written."""
    await things.fill(MINE, THEIRS, FROZEN)

    with pytest.raises(RefusedError):
        await things.submit(action, arguments, guard=GUARD)

    assert await things.everything() == [MINE, THEIRS, FROZEN]


@pytest.mark.parametrize(
    "stage",
    [
        {"$lookup": {"from": "other", "localField": "a", "foreignField": "b", "as": "c"}},
        {"$unionWith": "other"},
        {"$out": "other"},
        {"$merge": "other"},
        {"$facet": {"all": [{"$unionWith": "other"}]}},
        {"$graphLookup": {"from": "o", "startWith": 1, "connectFromField": "a", "connectToField": "b", "as": "c"}},
    ],
)
async def test_guarded_pipelines_do_not_leave_their_collection(things: Things, stage: Document) -> None:
    """A guard knows one collection only, so a stage that reaches another is refused."""
    with pytest.raises(DocumentError, match="not allowed here") as refusal:
        await things.run("aggregate", pipeline=[stage], guard=GUARD)

    assert refusal.value.code == 13
