"""Indexes that let documents expire, and the task that deletes them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.documents import EmbeddedDocuments
from tests.unit.documents.conftest import Things, operation

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    """A moment before `NOW`."""
    return NOW - timedelta(seconds=seconds)


async def test_what_is_older_than_the_index_allows_is_deleted(things: Things) -> None:
    """The date decides, of an array's dates the oldest; what has no date never expires."""
    await things.run("createIndex", keys={"at": 1}, options={"expireAfterSeconds": 60})
    await things.fill(
        {"_id": 1, "at": ago(61)}, {"_id": 2, "at": ago(60)}, {"_id": 3, "at": ago(59)}, {"_id": 4, "at": NOW},
        {"_id": 5, "at": [NOW, ago(100)]}, {"_id": 6, "at": [NOW]}, {"_id": 7, "at": 5}, {"_id": 8, "at": "old"},
        {"_id": 9}, {"_id": 10, "at": None}, {"_id": 11, "at": datetime(1900, 1, 1, tzinfo=UTC)},
    )  # fmt: skip

    assert await things.engine.expire(NOW) == 4
    assert await things.run("distinct", field="_id") == [3, 4, 6, 7, 8, 9, 10]
    assert await things.engine.expire(NOW) == 0


async def test_expiring_is_a_delete_like_any_other(things: Things) -> None:
    """The log has it, with what was there before, and the keys in other indexes are gone."""
    await things.run("createIndex", keys={"at": 1}, options={"expireAfterSeconds": 0})
    await things.run("createIndex", keys={"n": 1}, options={"unique": True})
    await things.fill({"_id": 1, "at": ago(1), "n": 1})
    await things.engine.expire(NOW)

    (_, change) = await things.engine.changes(after=0)
    await things.fill({"_id": 2, "n": 1})

    assert (change.kind, change.before) == ("delete", {"_id": 1, "at": ago(1), "n": 1})
    assert await things.everything() == [{"_id": 2, "n": 1}]


async def test_a_partial_index_lets_only_its_documents_expire(things: Things) -> None:
    """What the index does not hold stays."""
    options = {"expireAfterSeconds": 0, "partialFilterExpression": {"done": True}}
    await things.run("createIndex", keys={"at": 1}, options=options)
    await things.fill({"_id": 1, "at": ago(9), "done": True}, {"_id": 2, "at": ago(9)})

    assert await things.engine.expire(NOW) == 1
    assert await things.run("distinct", field="_id") == [2]


async def test_more_than_one_batch_expires(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches bound how long the writer is held, not how much expires."""
    monkeypatch.setattr("server.documents.expiry.BATCH", 3)
    await things.run("createIndex", keys={"at": -1}, options={"expireAfterSeconds": 0})
    await things.fill(*({"_id": number, "at": ago(1)} for number in range(8)))

    assert await things.engine.expire(NOW) == 8


async def test_without_such_an_index_nothing_is_written(things: Things) -> None:
    """Looking for what expires costs a read."""
    await things.run("createIndex", keys={"at": 1})
    await things.fill({"_id": 1, "at": ago(1)})

    assert await things.engine.expire(NOW) == 0
    assert await things.run("count") == 1


async def test_it_happens_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An open file looks from time to time, also after it was opened again."""
    monkeypatch.setattr("server.documents.expiry.INTERVAL_SECONDS", 0.001)
    path = tmp_path / "documents.sqlite"
    async with await EmbeddedDocuments.open(path) as engine:
        await engine.execute(operation("createIndex", keys={"at": 1}, options={"expireAfterSeconds": 1}))
    async with await EmbeddedDocuments.open(path) as engine:
        await engine.execute(operation("insertOne", document={"_id": 1, "at": ago(5)}))
        async with asyncio.timeout(120):
            while await engine.last_change() < 2:  # noqa: ASYNC110 - nothing says when it has happened
                await asyncio.sleep(0.001)
        assert [change.kind for change in await engine.changes(after=0)] == ["insert", "delete"]


async def test_the_index_shows_when_its_documents_expire(things: Things) -> None:
    """As MongoDB lists it; made twice alike is made once."""
    for _ in range(2):
        await things.run("createIndex", keys={"at": 1}, options={"expireAfterSeconds": 3600})
    listed = await things.run("listIndexes")

    assert isinstance(listed, list)
    assert listed[1:] == [{"v": 2, "key": {"at": 1}, "name": "at_1", "expireAfterSeconds": 3600}]
