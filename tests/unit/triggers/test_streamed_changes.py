"""Database triggers on a real MongoDB: its change stream, read on over restarts and lost places."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from pymongo import AsyncMongoClient

from server.documents import DocumentError, Operation
from server.documents.change_event import history_lost
from server.documents.mongo import MongoDocuments
from server.documents.mongo.changes import Following
from server.documents.storage import Namespace
from server.ejson import Document
from server.triggers.change_sources import PlaceLost, SourceChange
from server.triggers.streamed_changes import EVERYTHING, StreamedChanges


@pytest.fixture
async def store(mongod_uri: str) -> AsyncIterator[MongoDocuments]:
    """A MongoDB without documents of ours, with an empty collection."""
    async with AsyncMongoClient[Document](mongod_uri) as client:
        await client.drop_database("streamed")
        await client["streamed"].create_collection("c")
    async with MongoDocuments(mongod_uri) as store:
        yield store


async def insert(store: MongoDocuments, *numbers: int) -> None:
    """Write documents, one after the other."""
    for number in numbers:
        arguments: Document = {"document": {"_id": number}}
        await store.execute(Operation(database="streamed", collection="c", action="insertOne", arguments=arguments))


async def newest(store: MongoDocuments) -> str:
    """Behind all that has happened."""
    following = await store.follow(EVERYTHING)
    try:
        return following.token
    finally:
        await following.close()


async def read(source: StreamedChanges, after: str, count: int) -> list[SourceChange]:
    """So many changes that follow the place, as soon as they are there."""
    found: list[SourceChange] = []
    woken = asyncio.Event()
    source.watch(woken.set)
    async with asyncio.timeout(120):
        while len(found) < count:
            woken.clear()
            changes = await source.read(found[-1].place if found else after, 2)
            found += changes
            if not changes:
                await woken.wait()
    source.unwatch(woken.set)
    return found


async def test_changes_are_read_in_order(store: MongoDocuments) -> None:
    """From the newest place on, and again from any place between; places sort as the changes do."""
    start = await newest(store)
    await insert(store, 1, 2, 3, 4, 5)
    changes = await read(StreamedChanges(store), start, 5)

    assert [change.event["documentKey"] for change in changes] == [{"_id": number} for number in range(1, 6)]
    assert [(one.operation, one.database, one.collection) for one in changes] == [("INSERT", "streamed", "c")] * 5
    places = [start, *(change.place for change in changes)]
    assert places == sorted(places)
    again = await read(StreamedChanges(store), changes[2].place, 2)
    assert [change.place for change in again] == [change.place for change in changes[3:]]


async def test_changes_before_the_stream_is_opened_are_read(store: MongoDocuments) -> None:
    """What was written between a trigger's deployment and the first look at the server is not missed."""
    await insert(store, 1)
    await asyncio.sleep(1.1)  # MongoDB's clock counts whole seconds
    deployed_at = datetime.now(UTC)
    await insert(store, 2, 3)
    await asyncio.sleep(1.1)
    start = await StreamedChanges(store).place_at(deployed_at)
    await insert(store, 4)
    changes = await read(StreamedChanges(store), start, 3)

    assert [change.event["documentKey"] for change in changes] == [{"_id": number} for number in (2, 3, 4)]


async def test_lost_history_is_a_lost_place(store: MongoDocuments, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server no longer has the changes that follow, that is what the reader hears."""

    async def follow(
        _self: MongoDocuments, _namespace: Namespace, *, after: str | None = None, structure: bool = False
    ) -> Following:
        raise history_lost()

    monkeypatch.setattr(MongoDocuments, "follow", follow)
    with pytest.raises(PlaceLost):
        await read(StreamedChanges(store), "82", 1)


async def test_other_failures_are_told_and_got_over(store: MongoDocuments) -> None:
    """A token that is none, or a server that is away, is an error of this reading; the next one begins anew."""
    source = StreamedChanges(store)
    with pytest.raises(DocumentError):
        await read(source, "82" + "0" * 16, 1)
    start = await newest(store)
    await insert(store, 1)
    assert len(await read(source, start, 1)) == 1


async def test_structure_is_told_as_triggers_name_it(store: MongoDocuments, mongod_uri: str) -> None:
    """Collections and indexes that come, change and go are changes too; one that is gone ends its trigger."""
    source = StreamedChanges(store)
    start = await newest(store)
    async with AsyncMongoClient[Document](mongod_uri) as client:
        database = client["streamed"]
        await database["c"].create_index("a")
        await database["c"].drop_index("a_1")
        await database.command("collMod", "c", validationLevel="moderate")
        await database["c"].rename("d")
        await database["d"].drop()
        await database.create_collection("e")
        await client.drop_database("streamed")
    changes = await read(source, start, 8)

    assert [(one.operation, one.collection) for one in changes] == [
        ("CREATE_INDEXES", "c"), ("DROP_INDEXES", "c"), ("MODIFY_COLLECTION", "c"), ("RENAME_COLLECTION", "c"),
        ("DROP_COLLECTION", "d"), ("CREATE_COLLECTION", "e"), ("DROP_COLLECTION", "e"), ("DROP_DATABASE", ""),
    ]  # fmt: skip
    assert changes[3].event["to"] == {"db": "streamed", "coll": "d"}
    assert [change.event["operationType"] for change in changes][3:5] == ["rename", "drop"]
