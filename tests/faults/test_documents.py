"""Documents under kill -9 again and again, on a full disk, and with two processes on one file."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import bson
import pytest

from server.documents import Change, DocumentError, EmbeddedDocuments, Operation
from server.documents.admission import CODEC
from server.documents.indexes import ID_INDEX, stored_index
from server.ejson import Document, Value
from tests.ordinary_rights import ordinary_rights
from tests.processes import tied

ROOT: Final = Path(__file__).resolve().parents[2]
ROUNDS: Final = 6
WRITER: Final = """
import asyncio, random, sys
from pathlib import Path
from server.documents import DocumentError, EmbeddedDocuments, Operation

path, first, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

async def main() -> None:
    chance = random.Random(first)
    async with await EmbeddedDocuments.open(path) as engine:
        async def run(action, store=engine, **arguments):
            return await store.execute(Operation(database="d", collection="c", action=action, arguments=arguments))

        async def work(number):
            await run("insertOne", document={"_id": number, "twin": number, "list": [number, -number], "n": 0})
            print("insert", number, flush=True)
            if number % 3 == 0:
                update = {"$inc": {"n": 1}, "$push": {"list": chance.random()}}
                await run("updateOne", query={"twin": number}, update=update)
                print("update", number, flush=True)
            if number % 5 == 0:
                transaction = await engine.begin()
                await run("updateOne", transaction, query={"_id": number}, update={"$set": {"n": 100}})
                await run("insertOne", transaction, document={"_id": f"pair {number}", "twin": f"pair {number}"})
                await transaction.commit()
                print("pair", number, flush=True)
            if number % 7 == 0:
                await run("deleteOne", query={"_id": number})
                print("delete", number, flush=True)

        for start in range(first, first + 10_000_000, 8 * step):
            await asyncio.gather(*(work(number) for number in range(start, start + 8 * step, step)))

asyncio.run(main())
"""


def _operation(action: str, arguments: Document) -> Operation:
    return Operation(database="d", collection="c", action=action, arguments=arguments)


def _start(path: Path, first: int, step: int = 1) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WRITER, str(path), str(first), str(step)]
    return subprocess.Popen(tied(command), stdout=subprocess.PIPE, text=True, env=environment)


def _killed_after(writer: subprocess.Popen[str], lines: int) -> list[tuple[str, int]]:
    """What the writer had been told was written when it was killed, after so many answers or soon after."""
    assert writer.stdout is not None
    with writer:
        told = [writer.stdout.readline() for _ in range(lines)]
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.readlines()
    return [(line.split()[0], int(line.split()[1])) for line in told if line.endswith("\n")]


async def _make_indexes(path: Path) -> None:
    async with await EmbeddedDocuments.open(path) as engine:
        await engine.execute(_operation("createIndex", {"keys": {"twin": 1}, "options": {"unique": True}}))
        await engine.execute(_operation("createIndex", {"keys": {"list": 1}}))


async def _state(path: Path) -> tuple[dict[Value, Document], list[Change]]:
    async with await EmbeddedDocuments.open(path) as engine:
        found = await engine.execute(_operation("find", {}))
        assert isinstance(found, list)
        return {document["_id"]: document for document in found}, await engine.changes(after=0, limit=10**9)


def _check_told(told: list[tuple[str, int]], documents: dict[Value, Document]) -> None:
    """Every acknowledged write is there, unless a later one took it away."""
    deleted = {number for what, number in told if what == "delete"}
    for what, number in told:
        maybe_deleted = number % 7 == 0
        if number in deleted:
            assert number not in documents
        elif what == "pair":
            assert f"pair {number}" in documents
        elif not maybe_deleted:
            assert documents[number]["n"] != 0 or what == "insert"


def _check_log(documents: dict[Value, Document], changes: list[Change]) -> None:
    """The log has no gap, and made anew from it the documents are the same."""
    assert [change.number for change in changes] == list(range(1, len(changes) + 1))
    made: dict[Value, Document] = {}
    for change in changes:
        identifier = (change.after or change.before or {})["_id"]
        assert made.pop(identifier, None) == change.before
        if change.after is not None:
            made[identifier] = change.after
    assert made == documents


def _check_keys(path: Path) -> None:
    """The indexes hold the keys of the documents and no others."""
    connection = sqlite3.connect(path)
    definitions = connection.execute("SELECT number, definition FROM indexes").fetchall()
    indexes = [ID_INDEX, *(stored_index(number, definition) for number, definition in definitions)]
    wanted = {
        (index.number, item, number)
        for number, data in connection.execute("SELECT rid, doc FROM docs_1")
        for index in indexes
        for item in index.keys_of(bson.decode(data, CODEC))
    }
    assert set(connection.execute("SELECT i, k, rid FROM keys_1")) == wanted
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_killed_again_and_again(tmp_path: Path) -> None:
    """After each kill -9 every acknowledged write is there, indexes and documents agree, the log has no gap."""
    path = tmp_path / "documents.sqlite"
    await _make_indexes(path)
    told: list[tuple[str, int]] = []
    chance = random.Random(7)
    for round_ in range(ROUNDS):
        told += _killed_after(_start(path, 1 + round_ * 100_000), chance.randint(1, 150))

        documents, changes = await _state(path)
        _check_told(told, documents)
        _check_log(documents, changes)
        _check_keys(path)


async def test_two_processes_on_one_file(tmp_path: Path) -> None:
    """They take turns: what either was told is there, and nothing is mixed up."""
    path = tmp_path / "documents.sqlite"
    await _make_indexes(path)
    writers = [_start(path, first, 2) for first in (1, 2)]
    told = [item for writer in writers for item in _killed_after(writer, 60)]

    documents, changes = await _state(path)

    _check_told(told, documents)
    _check_log(documents, changes)
    _check_keys(path)


async def _fill(engine: EmbeddedDocuments, told: list[int]) -> None:
    """Insert 50 documents of 10 kB at a time, at most 100 times, noting each time that was acknowledged."""
    for number in range(100):
        documents: list[Value] = [{"_id": 1000 * number + at, "text": "x" * 10_000} for at in range(50)]
        await engine.execute(_operation("insertMany", {"documents": documents}))
        told.append(number)


async def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A write that finds no room is refused by name and leaves all as it was; with room again all goes on."""
    path = tmp_path / "documents.sqlite"
    most, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    told: list[int] = []
    try:
        async with await EmbeddedDocuments.open(path) as engine:
            resource.setrlimit(resource.RLIMIT_FSIZE, (7 * 1024 * 1024, hard))
            with pytest.raises(DocumentError, match="could not be written, and are as before") as refusal:
                await _fill(engine, told)
            assert refusal.value.code in (8, 14031)
            assert await engine.execute(_operation("count", {})) == 50 * len(told)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
            await engine.execute(_operation("insertOne", {"document": {"_id": -1}}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
        signal.signal(signal.SIGXFSZ, handler)

    found, changes = await _state(path)

    assert told
    assert len(found) == 50 * len(told) + 1
    _check_log(found, changes)
    _check_keys(path)


async def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A path that is a directory, or no database, is a clear error at once."""
    (tmp_path / "directory.sqlite").mkdir()
    (tmp_path / "other.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    for name in ("directory.sqlite", "other.sqlite"):
        with pytest.raises(RuntimeError, match=f"the document file {name} cannot be opened: "):
            await EmbeddedDocuments.open(tmp_path / name)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A directory in which nothing can be made."""
    tmp_path.chmod(0o500)
    with ordinary_rights():
        yield tmp_path
    tmp_path.chmod(0o700)


async def test_a_read_only_directory_is_named(read_only: Path) -> None:
    """The error says which file, and comes at once."""
    with pytest.raises(RuntimeError, match=r"the document file documents\.sqlite cannot be opened: "):
        await EmbeddedDocuments.open(read_only / "documents.sqlite")
