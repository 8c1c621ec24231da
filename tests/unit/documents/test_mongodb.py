"""A real MongoDB behind a data source: lost and found again, users who write at the same time, transactions."""

from __future__ import annotations

import asyncio

import pytest

from server.documents import DocumentError
from server.documents.mongo import MongoDocuments
from server.documents.mongo.failures import UnreachableError
from server.documents.operation import Operation, WriteGuard
from server.ejson import Document, Value
from tests.mongod import Mongod
from tests.unit.documents.conftest import MONGODB, Things, operation
from tests.unit.documents.test_guard import GUARD, RefusedError

pytestmark = pytest.mark.parametrize("things", [MONGODB], indirect=True)
HERS: Document = {"_id": 1, "owner": "ada", "n": 0}


async def test_lost_server_is_a_clear_error_and_is_found_again(
    mongod: Mongod, monkeypatch: pytest.MonkeyPatch, things: Things
) -> None:
    """While the server is away operations fail within seconds; once it is back they work, on the same client."""
    monkeypatch.setattr("server.documents.mongo.client.SELECTION_MILLISECONDS", 1500)
    async with MongoDocuments(mongod.uri) as store:
        lost = Things(store=store)
        await lost.fill(HERS)
        mongod.kill()
        for action in ("find", "insertOne", "count"):
            with pytest.raises(UnreachableError, match="the MongoDB data source cannot be reached"):
                await lost.run(action, document={"_id": 2})
        with pytest.raises(UnreachableError):
            await lost.run("updateMany", query={}, update={"$inc": {"n": 1}}, guard=GUARD)

        await asyncio.to_thread(mongod.start)

        assert await lost.everything() == [HERS]
        assert await lost.run("updateOne", query={"_id": 1}, update={"$inc": {"n": 1}}, guard=GUARD) == {
            "matchedCount": 1,
            "modifiedCount": 1,
        }


async def test_restart_between_two_operations_goes_unnoticed(mongod: Mongod, things: Things) -> None:
    """Connections that a restart has broken are replaced, and what is safe to do twice is tried again."""
    async with MongoDocuments(mongod.uri) as store:
        restarted = Things(store=store)
        await restarted.fill(HERS)
        for number in (2, 3):
            mongod.kill()
            await asyncio.to_thread(mongod.start)
            assert await restarted.run("count") == number - 1
            await restarted.run("insertOne", document={"_id": number})


@pytest.mark.parametrize("uri", ["mongodb://", "mongodb://a:b@c:d@host"])
def test_unusable_uri_is_refused_without_being_shown(uri: str, things: Things) -> None:
    """A URI may hold a password: the error does not repeat it."""
    with pytest.raises(ValueError, match=r"the data source's URI cannot be used \(\w+\)$") as refusal:
        MongoDocuments(uri)

    assert "host" not in str(refusal.value)


async def test_users_who_write_at_once_lose_nothing(things: Things) -> None:
    """Each guarded write is judged on the document that it changes: simultaneous ones all count."""
    await things.fill(HERS)

    increments = (things.run("updateOne", query={"_id": 1}, update={"$inc": {"n": 1}}, guard=GUARD) for _ in range(8))
    await asyncio.gather(*increments)

    assert await things.everything() == [HERS | {"n": 8}]


async def test_indexed_conflict_of_a_user_is_mongodbs(things: Things) -> None:
    """What only the server can know, such as a duplicate key, refuses a guarded write and undoes it."""
    await things.run("createIndex", keys={"n": 1}, options={"unique": True})
    await things.fill({"_id": 1, "owner": "ada", "n": 1}, {"_id": 2, "owner": "ada", "n": 2})

    with pytest.raises(DocumentError, match="Duplicate key error: E11000") as refusal:
        await things.run("updateMany", query={}, update={"$set": {"n": 3}}, guard=GUARD)

    assert refusal.value.code == 11000
    assert [document["n"] for document in await all_of(things)] == [1, 2]


async def all_of(things: Things) -> list[Document]:
    """Every document, by `_id`."""
    return [document for document in await things.everything() if isinstance(document, dict)]


async def test_transaction_is_whole_or_nothing(things: Things) -> None:
    """What a transaction writes is seen by itself at once, by others after its commit, and never if it is undone."""
    await things.fill(HERS)
    for ending, left in (("abort", 0), ("commit", 5)):
        transaction = await things.store.begin()
        await transaction.execute(operation("updateOne", query={"_id": 1}, update={"$inc": {"n": 5}}), GUARD)
        assert await seen_by(transaction.execute(operation("findOne", query={"_id": 1}))) == 5
        assert (await all_of(things))[0]["n"] == 0
        await (transaction.abort() if ending == "abort" else transaction.commit())

        assert (await all_of(things))[0]["n"] == left
        assert not transaction.is_open


async def seen_by(reading: object) -> Value:
    """The field `n` of the document that is read."""
    document = await reading  # type: ignore[misc]
    assert isinstance(document, dict)
    return document["n"]


async def test_refused_operation_ends_the_transaction(things: Things) -> None:
    """As in MongoDB: after an error nothing of the transaction can be saved."""
    await things.fill(HERS)
    transaction = await things.store.begin()
    await transaction.execute(operation("insertOne", document={"_id": 2}))
    with pytest.raises(DocumentError):
        await transaction.execute(operation("insertOne", document={"_id": 1}))
    with pytest.raises(DocumentError, match="the transaction has been aborted"):
        await transaction.commit()

    assert await things.everything() == [HERS]


async def test_refused_batch_in_a_transaction_ends_it(things: Things) -> None:
    """A guard that refuses the second write of a batch leaves no first one behind."""
    transaction = await things.store.begin()
    batch: list[Value] = [{"insertOne": {"_id": 2}}, {"insertOne": {"_id": 3, "frozen": True}}]
    with pytest.raises(RefusedError):
        await transaction.execute(operation("bulkWrite", operations=batch), GUARD)

    assert not transaction.is_open
    assert await things.everything() == []


@pytest.mark.parametrize("action", ["createIndex", "getCollectionNames", "fly"])
async def test_users_do_not_administer(things: Things, action: str) -> None:
    """A guard means a user, and users have no commands."""
    with pytest.raises(DocumentError):
        await things.store.execute(Operation(database="shop", collection="things", action=action), GUARD)


async def test_options_of_mongodb_reach_it(things: Things) -> None:
    """What the embedded engine refuses for want of it, a real MongoDB does: a collation here."""
    await things.fill({"_id": "b"}, {"_id": "A"})

    found = await things.run("find", sort={"_id": 1}, collation={"locale": "en"})
    assert found == [{"_id": "A"}, {"_id": "b"}]


@pytest.mark.parametrize("guard", [None, GUARD])
async def test_what_does_not_reach_mongodb_is_refused(things: Things, guard: WriteGuard | None) -> None:
    """An option that were passed over would make another result."""
    for name in ("min", "max"):
        with pytest.raises(DocumentError, match=f"the option {name}"):
            await things.submit("find", {name: {"_id": 1}}, guard=guard)
