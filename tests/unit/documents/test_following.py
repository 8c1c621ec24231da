"""Following the changes of a store: in order, from a token on, from all who write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.documents import DocumentError, EmbeddedDocuments
from server.documents.change_event import ChangeEvent
from server.documents.storage import Namespace
from server.documents.store import Following
from tests.unit.documents.conftest import IN_BOTH_STORES, Things

THINGS = Namespace(database="shop", collection="things")


async def take(following: Following, count: int) -> list[ChangeEvent]:
    """The next so many changes."""
    iterator: AsyncIterator[ChangeEvent] = aiter(following)
    return [await asyncio.wait_for(anext(iterator), 20) for _ in range(count)]


async def write_everything(things: Things) -> None:
    """Each kind of change once."""
    await things.run("insertOne", document={"_id": 1, "a": 1, "b": {"c": 1}})
    await things.run("updateOne", query={}, update={"$set": {"b.c": 2}, "$unset": {"a": 1}})
    await things.run("replaceOne", query={}, replacement={"d": 1})
    await things.run("deleteOne", query={})


@IN_BOTH_STORES
async def test_events_tell_what_happened(things: Things) -> None:
    """Kinds, keys, documents and what an update did are alike in both stores."""
    following = await things.store.follow(THINGS)
    await write_everything(things)
    changes = await take(following, 4)
    await following.close()

    assert [change.kind for change in changes] == ["insert", "update", "replace", "delete"]
    assert all(change.event["documentKey"] == {"_id": 1} for change in changes)
    assert all(change.event["ns"] == {"db": "shop", "coll": "things"} for change in changes)
    assert changes[0].after == {"_id": 1, "a": 1, "b": {"c": 1}}
    assert changes[1].event["updateDescription"] == {"updatedFields": {"b.c": 2}, "removedFields": ["a"]}
    assert "updateDescription" not in changes[2].event
    assert changes[3].after is None
    assert "fullDocument" not in changes[3].event


@IN_BOTH_STORES
async def test_following_goes_on_after_a_token(things: Things) -> None:
    """Nothing is missed and nothing comes twice, however long nobody listened."""
    following = await things.store.follow(THINGS)
    await things.fill({"_id": 1})
    (first,) = await take(following, 1)
    await following.close()
    await things.fill({"_id": 2}, {"_id": 3})
    resumed = await things.store.follow(THINGS, after=first.token)

    assert [change.event["documentKey"] for change in await take(resumed, 2)] == [{"_id": 2}, {"_id": 3}]
    await resumed.close()


@IN_BOTH_STORES
@pytest.mark.parametrize(
    ("namespace", "expected"),
    [
        (THINGS, [1, 3]),
        (Namespace(database="shop", collection=""), [1, 2, 3]),
        (Namespace(database="", collection=""), [1, 2, 3]),
    ],
)
async def test_names_pick_the_changes(things: Things, namespace: Namespace, expected: list[int]) -> None:
    """A collection, all of a database, or all of the data source."""
    following = await things.store.follow(namespace)
    await things.fill({"_id": 1})
    await things.elsewhere("others").fill({"_id": 2})
    await things.fill({"_id": 3})

    assert [(change.after or {})["_id"] for change in await take(following, len(expected))] == expected
    await following.close()


@IN_BOTH_STORES
async def test_foreign_token_is_refused(things: Things) -> None:
    """What is no token of the store is a clear error."""
    with pytest.raises(DocumentError):
        await things.store.follow(THINGS, after="not a token")


async def test_writes_of_another_process_are_noticed(tmp_path: Path) -> None:
    """Another opener of the same file needs not tell anybody."""
    path = tmp_path / "documents.sqlite"
    async with await EmbeddedDocuments.open(path) as here, await EmbeddedDocuments.open(path) as there:
        following = await here.follow(THINGS)
        await Things(store=there).fill({"_id": 1})

        assert [change.after for change in await take(following, 1)] == [{"_id": 1}]


async def test_lost_place_is_told(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stayed away until the log had forgotten is told so, instead of missing changes."""
    monkeypatch.setattr("server.documents.change_log.KEPT", 2)
    following = await things.store.follow(THINGS)
    for number in range(4):
        await things.fill({"_id": number})

    with pytest.raises(DocumentError, match="the resume point is too old") as lost:
        await take(following, 1)
    assert lost.value.code == 286
