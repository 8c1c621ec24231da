"""Transactions that their owners hold open: what they see, what others see, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.documents import DocumentError, Operation
from server.documents.client_transaction import ClientTransaction
from server.ejson import Document, Value
from tests.unit.documents.conftest import Things


class Inside:
    """One open transaction, asked as a collection is."""

    def __init__(self, transaction: ClientTransaction) -> None:
        self.transaction = transaction

    async def run(self, action: str, **arguments: Value) -> Value:
        """Run an action on the collection `things` inside the transaction."""
        return await self.submit(action, arguments)

    async def submit(self, action: str, arguments: Document) -> Value:
        """As `run`, with arguments that stand in a table."""
        asked = Operation(database="shop", collection="things", action=action, arguments=arguments)
        return await self.transaction.execute(asked)


@contextmanager
def suppress_conflict() -> Iterator[None]:
    """Let WriteConflict pass, and nothing else."""
    try:
        yield
    except DocumentError as error:
        if error.code != 112:
            raise


async def begin(things: Things) -> Inside:
    """A transaction on the things' engine."""
    return Inside(await things.engine.begin())


async def test_a_transaction_sees_its_own_writes_and_others_do_not(things: Things) -> None:
    """Until the commit the writes are there for the transaction alone; then for everyone."""
    await things.fill({"_id": 1, "n": 1}, {"_id": 2, "n": 2})
    inside = await begin(things)
    await inside.run("insertOne", document={"_id": 3, "n": 3})
    await inside.run("updateOne", query={"_id": 1}, update={"$inc": {"n": 10}})
    await inside.run("deleteOne", query={"_id": 2})
    wanted: list[Value] = [{"_id": 1, "n": 11}, {"_id": 3, "n": 3}]

    assert await inside.run("find", sort={"_id": 1}) == wanted
    assert await things.everything() == [{"_id": 1, "n": 1}, {"_id": 2, "n": 2}]
    await inside.transaction.commit()
    assert await things.everything() == wanted


async def test_an_aborted_transaction_leaves_nothing(things: Things) -> None:
    """Neither documents nor changes nor a collection remain."""
    inside = await begin(things)
    await inside.run("insertMany", documents=[{"_id": 1}, {"_id": 2}])
    await inside.transaction.abort()

    assert await things.everything() == []
    assert await things.run("getCollectionNames") == []
    assert await things.engine.last_change() == 0


async def test_a_transaction_reads_one_state(things: Things) -> None:
    """What others commit after its first read is not seen, however often it reads."""
    await things.fill({"_id": 1, "n": 1})
    inside = await begin(things)
    before = await inside.run("find")
    await things.run("updateOne", query={}, update={"$set": {"n": 2}})
    await things.run("insertOne", document={"_id": 2})

    assert await inside.run("find") == before == [{"_id": 1, "n": 1}]
    assert await inside.run("count") == 1
    await inside.transaction.commit()


async def test_others_write_while_a_transaction_is_open(things: Things) -> None:
    """A transaction holds up nobody: what is written elsewhere stays, whether it commits or not."""
    await things.fill({"_id": 1}, {"_id": 2})
    inside = await begin(things)
    await inside.run("updateOne", query={"_id": 1}, update={"$set": {"mine": True}})

    await things.run("updateOne", query={"_id": 2}, update={"$set": {"theirs": True}})
    await inside.transaction.commit()

    assert await things.everything() == [{"_id": 1, "mine": True}, {"_id": 2, "theirs": True}]


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("updateOne", {"query": {"_id": 1}, "update": {"$inc": {"n": 5}}}),
        ("deleteOne", {"query": {"_id": 1}}),
        ("replaceOne", {"query": {"_id": 1}, "replacement": {"n": 9}}),
    ],
)
async def test_the_second_to_change_a_document_conflicts(things: Things, action: str, arguments: Document) -> None:
    """First to commit wins; the other writes nothing at all and hears WriteConflict."""
    await things.fill({"_id": 1, "n": 1}, {"_id": 2, "n": 1})
    inside = await begin(things)
    await inside.run("updateOne", query={"_id": 2}, update={"$inc": {"n": 100}})
    await inside.run("updateOne", query={"_id": 1}, update={"$inc": {"n": 100}})
    await things.submit(action, arguments)
    after = await things.everything()

    with pytest.raises(DocumentError) as refusal:
        await inside.transaction.commit()

    assert (refusal.value.code, refusal.value.code_name) == (112, "WriteConflict")
    assert await things.everything() == after


async def test_a_key_taken_meanwhile_conflicts(things: Things) -> None:
    """Two inserts of one unique key: the later commit is told to try anew, and then sees why it cannot."""
    await things.run("createIndex", keys={"a": 1}, options={"unique": True})
    inside = await begin(things)
    await inside.run("insertOne", document={"_id": 1, "a": 1})
    await things.run("insertOne", document={"_id": 2, "a": 1})
    with pytest.raises(DocumentError) as refusal:
        await inside.transaction.commit()
    again = await begin(things)

    assert refusal.value.code == 112
    with pytest.raises(DocumentError, match="E11000"):
        await again.run("insertOne", document={"_id": 1, "a": 1})


async def test_unique_keys_hold_inside_a_transaction(things: Things) -> None:
    """Against what is stored and against its own writes; a key that it freed may be taken again."""
    await things.run("createIndex", keys={"a": 1}, options={"unique": True})
    await things.fill({"_id": 1, "a": 1})
    inside = await begin(things)
    await inside.run("updateOne", query={"_id": 1}, update={"$set": {"a": 2}})
    await inside.run("insertOne", document={"_id": 2, "a": 1})
    await inside.transaction.commit()

    assert await things.everything() == [{"_id": 1, "a": 2}, {"_id": 2, "a": 1}]
    for taken in ({"_id": 3, "a": 1}, {"_id": 1, "a": 9}):
        inside = await begin(things)
        with pytest.raises(DocumentError, match="E11000"):
            await inside.run("insertOne", document=taken)


async def test_indexes_serve_inside_a_transaction(things: Things) -> None:
    """What an index finds is what the transaction sees: changed documents by their new keys only."""
    await things.run("createIndex", keys={"a": 1})
    await things.fill({"_id": 1, "a": 1}, {"_id": 2, "a": 2}, {"_id": 3, "a": [3, 4]})
    inside = await begin(things)
    await inside.run("updateOne", query={"a": 1}, update={"$set": {"a": 4}})
    await inside.run("deleteOne", query={"a": 2})
    await inside.run("insertOne", document={"_id": 4, "a": 4})

    assert await inside.run("find", query={"a": 1}) == []
    assert await inside.run("find", query={"a": {"$lt": 3}}) == []
    assert await inside.run("distinct", field="_id", query={"a": 4}) == [3, 1, 4]


async def test_a_refused_operation_ends_the_transaction(things: Things) -> None:
    """As in MongoDB: after an error nothing more can be done in it, and nothing is kept."""
    inside = await begin(things)
    await inside.run("insertOne", document={"_id": 1})
    with pytest.raises(DocumentError, match="E11000"):
        await inside.run("insertOne", document={"_id": 1})

    for attempt in (inside.run("find"), inside.transaction.commit()):
        with pytest.raises(DocumentError) as refusal:
            await attempt
        assert refusal.value.code == 251
    assert await things.everything() == []


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("createIndex", {"keys": {"a": 1}}),
        ("getCollectionNames", {}),
        ("aggregate", {"pipeline": [{"$out": "elsewhere"}]}),
    ],
)
async def test_what_a_transaction_cannot_do_is_refused_by_name(
    things: Things, action: str, arguments: Document
) -> None:
    """The catalog is not a transaction's business."""
    inside = await begin(things)

    with pytest.raises(DocumentError, match=f"Cannot run '{action}' in a multi-document transaction") as refusal:
        await inside.submit(action, arguments)

    assert refusal.value.code == 263


async def test_every_write_of_a_transaction_is_a_change(things: Things) -> None:
    """The log has the writes one by one and together: nothing comes between them."""
    inside = await begin(things)
    await inside.run("insertOne", document={"_id": 1, "n": 0})
    await things.run("insertOne", document={"_id": 2})
    await inside.run("updateOne", query={"_id": 1}, update={"$inc": {"n": 1}})
    await inside.run("deleteOne", query={"_id": 1})
    await inside.transaction.commit()

    changes = await things.engine.changes(after=0)

    assert [(change.kind, (change.after or change.before or {})["_id"]) for change in changes] == [
        ("insert", 2), ("insert", 1), ("update", 1), ("delete", 1),
    ]  # fmt: skip


async def test_a_transaction_does_not_live_for_ever(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is forgotten lets go of what it reads, and says so to who comes late."""
    monkeypatch.setattr("server.documents.client_transaction.LIFETIME_SECONDS", 0.0)
    inside = await begin(things)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    with pytest.raises(DocumentError, match="taken too long"):
        await inside.run("find")
    await inside.transaction.abort()


async def test_only_so_many_are_open(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a new one is refused; one that ends makes room."""
    monkeypatch.setattr("server.documents.engine.MAX_OPEN_TRANSACTIONS", 1)
    first = await things.engine.begin()
    with pytest.raises(DocumentError, match="too many transactions"):
        await things.engine.begin()
    await first.abort()

    await (await things.engine.begin()).abort()


async def test_too_much_is_refused(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction's writes are bounded in bytes."""
    monkeypatch.setattr("server.documents.overlay.MAX_BYTES", 1000)
    inside = await begin(things)

    with pytest.raises(DocumentError) as refusal:
        await inside.run("insertMany", documents=[{"a": "x" * 600}, {"a": "x" * 600}])

    assert refusal.value.code == 257


async def test_concurrent_transfers_lose_nothing(things: Things) -> None:
    """Transactions that try anew on a conflict come out as if they had run one after the other."""
    await things.fill({"_id": "a", "n": 100}, {"_id": "b", "n": 0})

    async def transfer() -> None:
        while True:
            inside = await begin(things)
            found = await inside.run("findOne", query={"_id": "a"})
            assert isinstance(found, dict)
            left = found["n"]
            assert isinstance(left, int)
            await inside.run("updateOne", query={"_id": "a"}, update={"$set": {"n": left - 1}})
            await inside.run("updateOne", query={"_id": "b"}, update={"$inc": {"n": 1}})
            with suppress_conflict():
                return await inside.transaction.commit()

    await asyncio.gather(*(transfer() for _ in range(12)))

    assert await things.everything() == [{"_id": "a", "n": 88}, {"_id": "b", "n": 12}]
