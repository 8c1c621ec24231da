"""What was acknowledged survives: closing, a second process killed with SIGKILL, and writers side by side."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from server.documents import DocumentError, EmbeddedDocuments, Transaction
from tests.unit.documents.conftest import Things, operation

WRITER = """
import asyncio, sys
from pathlib import Path
from server.documents import EmbeddedDocuments, Operation

async def main() -> None:
    async with await EmbeddedDocuments.open(Path(sys.argv[1])) as engine:
        async def write(number: int) -> None:
            document = {"_id": number, "twin": number, "list": [number, -number - 1]}
            arguments = {"document": document}
            operation = Operation(database="shop", collection="things", action="insertOne", arguments=arguments)
            await engine.execute(operation)
            print(number, flush=True)
        for start in range(0, 1_000_000, 8):
            await asyncio.gather(*(write(number) for number in range(start, start + 8)))

asyncio.run(main())
"""


async def _acknowledged_before_kill(path: Path, count: int) -> list[int]:
    """Run the writer, kill it after so many acknowledgements; everything it had acknowledged."""
    root = str(Path(__file__).parents[3])
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}
    )
    assert writer.stdout is not None
    lines = [await writer.stdout.readline() for _ in range(count)]
    writer.send_signal(signal.SIGKILL)
    rest = await writer.stdout.read()
    await writer.wait()
    return [int(line) for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith(b"\n")]


@pytest.mark.parametrize("count", [1, 50, 333])
async def test_acknowledged_writes_survive_sigkill(tmp_path: Path, count: int) -> None:
    """Every acknowledged document is there afterwards, whole, with its keys in every index and in the log."""
    path = tmp_path / "documents.sqlite"
    async with await EmbeddedDocuments.open(path) as engine:
        await engine.execute(operation("createIndex", keys={"twin": 1}, options={"unique": True}))
        await engine.execute(operation("createIndex", keys={"list": 1}))

    acknowledged = await _acknowledged_before_kill(path, count)

    async with await EmbeddedDocuments.open(path) as engine:
        for number in acknowledged:
            whole = [{"_id": number, "twin": number, "list": [number, -number - 1]}]
            for query in ({"_id": number}, {"twin": number}, {"list": -number - 1}):
                assert await engine.execute(operation("find", query=query)) == whole
        stored = await engine.execute(operation("count"))
        assert await engine.last_change() == stored
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM keys_1").fetchone() == (4 * int(str(stored)),)
    connection.close()


async def test_documents_survive_reopening(tmp_path: Path) -> None:
    """Documents, indexes and the change log are the same after closing and opening again."""
    path = tmp_path / "documents.sqlite"
    async with await EmbeddedDocuments.open(path) as engine:
        await engine.execute(operation("createIndex", keys={"a": 1}, options={"unique": True}))
        await engine.execute(operation("insertOne", document={"_id": 1, "a": 1}))

    async with await EmbeddedDocuments.open(path) as engine:
        with pytest.raises(DocumentError, match="index: a_1"):
            await engine.execute(operation("insertOne", document={"_id": 2, "a": 1}))
        assert await engine.execute(operation("find")) == [{"_id": 1, "a": 1}]


async def test_concurrent_increments_are_all_counted(things: Things) -> None:
    """Writers side by side never lose an update, though they share commits."""
    await things.fill({"_id": 1, "n": 0})

    await asyncio.gather(*(things.run("updateOne", query={"_id": 1}, update={"$inc": {"n": 1}}) for _ in range(200)))

    assert await things.everything() == [{"_id": 1, "n": 200}]


async def test_a_failing_write_leaves_its_neighbours(things: Things) -> None:
    """Writes that share a commit fail alone."""
    writes = [things.run("insertOne", document={"_id": number // 2}) for number in range(20)]

    outcomes = await asyncio.gather(*writes, return_exceptions=True)

    assert sum(isinstance(outcome, DocumentError) for outcome in outcomes) == 10
    assert await things.everything() == [{"_id": number} for number in range(10)]


async def test_transact_is_all_or_nothing(things: Things) -> None:
    """What a transaction reads is what it wrote; when its work raises, nothing of it stays."""

    def transfer(transaction: Transaction, amount: int) -> object:
        transaction.execute(operation("updateOne", query={"_id": "a"}, update={"$inc": {"n": -amount}}))
        transaction.execute(operation("updateOne", query={"_id": "b"}, update={"$inc": {"n": amount}}))
        left = transaction.execute(operation("findOne", query={"_id": "a"}))
        if not isinstance(left, dict) or left["n"] < 0:
            raise ValueError("not enough")
        return left["n"]

    await things.fill({"_id": "a", "n": 10}, {"_id": "b", "n": 0})

    assert await things.engine.transact(lambda transaction: transfer(transaction, 4)) == 6
    with pytest.raises(ValueError, match="not enough"):
        await things.engine.transact(lambda transaction: transfer(transaction, 7))
    assert await things.everything() == [{"_id": "a", "n": 6}, {"_id": "b", "n": 4}]


async def test_a_caught_refusal_does_not_spoil_a_transaction(things: Things) -> None:
    """An operation that fails inside a transaction undoes itself only."""

    def insert_twice(transaction: Transaction) -> None:
        transaction.execute(operation("insertOne", document={"_id": 1}))
        with pytest.raises(DocumentError):
            transaction.execute(operation("insertOne", document={"_id": 1}))
        transaction.execute(operation("insertOne", document={"_id": 2}))

    await things.engine.transact(insert_twice)

    assert await things.everything() == [{"_id": 1}, {"_id": 2}]


async def test_a_cancelled_caller_leaves_the_engine_working(things: Things) -> None:
    """Who stops waiting for a write does not stop the writer."""
    waiting = asyncio.ensure_future(things.run("insertOne", document={"_id": 1}))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    await things.run("insertOne", document={"_id": 2})

    assert {"_id": 2} in await things.everything()


async def test_a_closed_engine_says_so(tmp_path: Path) -> None:
    """Writing after closing raises instead of waiting for ever; closing twice is no error."""
    engine = await EmbeddedDocuments.open(tmp_path / "documents.sqlite")
    await engine.close()
    await engine.close()

    with pytest.raises(RuntimeError, match="closed"):
        await engine.execute(operation("insertOne", document={}))


async def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    """A server never writes into a file whose layout it does not know."""
    path = tmp_path / "documents.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(RuntimeError, match="newer than this server's"):
        await EmbeddedDocuments.open(path)
