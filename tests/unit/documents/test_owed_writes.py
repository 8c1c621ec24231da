"""Writes that another file decides: prepared under lock, made or withdrawn together, made later where they are owed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from server.documents.client_transaction import ClientTransaction
from server.documents.engine import EmbeddedDocuments
from server.documents.errors import WRITE_CONFLICT, DocumentError
from server.documents.journal import Write
from server.documents.operation import Operation
from server.documents.owed_writes import decode_writes, encode_writes
from server.ejson import Document


@dataclass(slots=True)
class Decided:
    """Another file, in memory."""

    kept: dict[str, bytes] = field(default_factory=dict)
    file: str = "d.sqlite"

    def ids(self) -> list[str]:
        """Those decided."""
        return sorted(self.kept)

    def writes(self, id: str) -> bytes | None:
        """The writes."""
        return self.kept.get(id)

    def close(self) -> None:
        """Nothing is held."""


def operation(action: str, **arguments: object) -> Operation:
    """An operation on one collection."""
    return Operation(database="d", collection="c", action=action, arguments=dict(arguments))


async def find(documents: EmbeddedDocuments) -> list[Document]:
    """All documents of the collection."""
    return cast("list[Document]", await documents.execute(operation("find", query={})))


async def written(documents: EmbeddedDocuments, *operations: Operation) -> list[Write]:
    """The writes of a transaction with these operations."""
    transaction: ClientTransaction = await documents.begin(tolerant=True)
    for one in operations:
        await transaction.execute(one)
    return await transaction.take()


INSERT = operation("insertOne", document={"_id": 1, "n": 1})
CHANGE = operation("updateOne", query={"_id": 1}, update={"$set": {"n": 2}})


async def test_writes_are_made_when_the_block_ends(tmp_path: Path) -> None:
    """Nobody sees them before, everybody after."""
    async with await EmbeddedDocuments.open(tmp_path / "d.sqlite", Decided()) as documents:
        writes = await written(documents, INSERT, CHANGE)
        async with documents.prepare("w1", writes):
            assert await find(documents) == []

        assert await find(documents) == [{"_id": 1, "n": 2}]
        assert documents.made == ("w1",)


async def test_writes_are_withdrawn_when_the_block_raises(tmp_path: Path) -> None:
    """The decision against them leaves nothing, and the writer goes on."""
    async with await EmbeddedDocuments.open(tmp_path / "d.sqlite", Decided()) as documents:
        writes = await written(documents, INSERT)
        with pytest.raises(LookupError):
            async with documents.prepare("w1", writes):
                raise LookupError
        await documents.execute(operation("insertOne", document={"_id": 2}))

        assert await find(documents) == [{"_id": 2}]
        assert documents.made == ()


async def test_others_wait_for_the_decision(tmp_path: Path) -> None:
    """A write that comes meanwhile is made after the decision, on top of what was decided."""
    async with await EmbeddedDocuments.open(tmp_path / "d.sqlite", Decided()) as documents:
        writes = await written(documents, INSERT)
        async with documents.prepare("w1", writes):
            other = asyncio.create_task(documents.execute(CHANGE))
            await asyncio.sleep(0)
            assert not other.done()
        await other

        assert await find(documents) == [{"_id": 1, "n": 2}]


async def test_conflict_is_met_before_the_decision(tmp_path: Path) -> None:
    """Writes that do not fit any more are refused, and the block never runs."""
    async with await EmbeddedDocuments.open(tmp_path / "d.sqlite", Decided()) as documents:
        await documents.execute(INSERT)
        writes = await written(documents, CHANGE)
        await documents.execute(operation("updateOne", query={"_id": 1}, update={"$set": {"n": 3}}))
        with pytest.raises(DocumentError) as refused:
            async with documents.prepare("w1", writes):
                pytest.fail("the block ran")

        assert refused.value.code == WRITE_CONFLICT
        assert await find(documents) == [{"_id": 1, "n": 3}]


async def test_owed_writes_are_made_at_the_start(tmp_path: Path) -> None:
    """What was decided and not made is made before anybody reads; once."""
    decided = Decided()
    async with await EmbeddedDocuments.open(tmp_path / "d.sqlite", decided) as documents:
        writes = await written(documents, INSERT)
    decided.kept["w1"] = encode_writes(writes)
    for _ in range(2):
        async with await EmbeddedDocuments.open(tmp_path / "d.sqlite", decided) as documents:
            assert await find(documents) == [{"_id": 1, "n": 1}]


async def test_owed_writes_are_made_before_the_next_write(tmp_path: Path) -> None:
    """A process that goes on while another died makes what that one left, first."""
    decided = Decided()
    async with await EmbeddedDocuments.open(tmp_path / "d.sqlite", decided) as documents:
        writes = await written(documents, INSERT)
        decided.kept["w1"] = encode_writes(writes)
        await documents.execute(CHANGE)

        assert await find(documents) == [{"_id": 1, "n": 2}]


async def test_made_writes_are_not_made_again(tmp_path: Path) -> None:
    """Writes that stay owed after they were made are known by their id; the id is forgotten with them."""
    decided = Decided()
    async with await EmbeddedDocuments.open(tmp_path / "d.sqlite", decided) as documents:
        writes = await written(documents, operation("updateOne", query={}, update={"$inc": {"n": 1}}, upsert=True))
        async with documents.prepare("w1", writes):
            decided.kept["w1"] = encode_writes(writes)
        await documents.execute(operation("insertOne", document={"_id": 2}))
        decided.kept.clear()
        await documents.execute(operation("insertOne", document={"_id": 3}))
        decided.kept["w1"] = encode_writes([])
        await documents.execute(operation("insertOne", document={"_id": 4}))

        assert [document.get("n") for document in await find(documents)] == [1, None, None, None]


async def test_owed_writes_that_do_not_fit_stop_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After a file was put back from elsewhere they may not: they are given up, loudly, and the file goes on."""
    decided = Decided()
    async with await EmbeddedDocuments.open(tmp_path / "d.sqlite", decided) as documents:
        await documents.execute(INSERT)
        writes = await written(documents, CHANGE)
    async with await EmbeddedDocuments.open(tmp_path / "other.sqlite", decided) as documents:
        decided.kept["w1"] = encode_writes(writes)
        await documents.execute(INSERT)

        assert await find(documents) == [{"_id": 1, "n": 1}]
    assert "given up" in caplog.text


async def test_failed_operation_leaves_a_tolerant_transaction_open(tmp_path: Path) -> None:
    """As outside of transactions, a function may catch the error and go on; what failed has written nothing."""
    async with await EmbeddedDocuments.open(tmp_path / "d.sqlite") as documents:
        transaction = await documents.begin(tolerant=True)
        await transaction.execute(INSERT)
        with pytest.raises(DocumentError, match="E11000"):
            await transaction.execute(INSERT)
        await transaction.execute(CHANGE)
        await transaction.commit()

        assert await find(documents) == [{"_id": 1, "n": 2}]


async def test_undo_takes_back_what_came_after_the_mark(tmp_path: Path) -> None:
    """What was written before stays."""
    async with await EmbeddedDocuments.open(tmp_path / "d.sqlite") as documents:
        transaction = await documents.begin(tolerant=True)
        await transaction.execute(INSERT)
        mark = await transaction.mark()
        await transaction.execute(CHANGE)
        await transaction.undo(mark)
        await transaction.commit()

        assert await find(documents) == [{"_id": 1, "n": 1}]


async def test_writes_survive_as_bytes(tmp_path: Path) -> None:
    """What is kept elsewhere is what was written."""
    async with await EmbeddedDocuments.open(tmp_path / "d.sqlite") as documents:
        await documents.execute(INSERT)
        writes = await written(
            documents, CHANGE, operation("insertOne", document={"_id": 2}), operation("deleteOne", query={"_id": 1})
        )

        assert decode_writes(encode_writes(writes)) == writes
