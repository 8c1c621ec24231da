"""Documents: the embedded engine beside SQLite on its own and beside a real mongod, all with durable writes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient
from pymongo.collection import Collection

from benchmarks.report import Aim, Row, Table
from benchmarks.samples import measure, measure_async
from server.documents import EmbeddedDocuments, Operation
from server.ejson import Document, Value
from tests.mongod import PACKAGE, find_mongod, running_mongod

TASKS: Final = (
    "insert one",
    "find by index",
    "update by index",
    "scan for equality",
    "scan for a range",
    "sort, first 10",
    "group",
)
SCANS: Final = TASKS[3:]
Measured = dict[str, float]
"""Seconds of each task."""


def make_document(number: int) -> Document:
    """About 250 bytes of BSON."""
    return {
        "_id": number,
        "email": f"user{number}@example.com",
        "name": f"User Number {number * 7919 % 100_003}",
        "age": number * 7919 % 90,
        "city": f"City {number % 100}",
        "address": {"street": f"Street {number % 1000}", "zip": number % 9973},
        "tags": ["a", "b", f"tag {number % 10}"],
        "active": number % 2 == 0,
    }


async def measure_documents(directory: Path, *, documents: int, count: int) -> Table:
    """All tasks on all three, as a table; the figures of one run can be compared with each other."""
    raw = _raw(Path(f"{directory}-raw.sqlite"), documents, count)
    ours = await _embedded(Path(f"{directory}-embedded.sqlite"), documents, count)
    theirs = _mongod(Path(f"{directory}-mongod"), documents, count)
    return Table(
        title=f"Documents: {documents:,} of 250 bytes with a unique index, medians in microseconds",
        columns=("SQLite alone", "embedded", "mongod", "embedded/SQLite", "embedded/mongod"),
        rows=tuple(_row(task, raw[task], ours[task], theirs.get(task)) for task in TASKS),
        aims=tuple(_aims(raw, ours, theirs)),
        notes=(
            "SQLite alone: JSON text with an expression index, asked from the same thread",
            "embedded and mongod: asked by an asynchronous and a synchronous caller through their usual interfaces",
            *(() if theirs else (f"no mongod: {PACKAGE} is not installed or does not run here",)),
        ),
    )


def _row(task: str, raw: float, ours: float, theirs: float | None) -> Row:
    micros = tuple(None if seconds is None else seconds * 1e6 for seconds in (raw, ours, theirs))
    return Row(name=task, figures=(*micros, ours / raw, None if theirs is None else ours / theirs))


def _aims(raw: Measured, ours: Measured, theirs: Measured) -> Iterator[Aim]:
    for task in ("find by index", "update by index"):
        yield Aim(name=f"{task}, times SQLite alone", figure=ours[task] / raw[task], limit=4, at_most=True)
        if theirs:
            yield Aim(name=f"{task}, times mongod", figure=ours[task] / theirs[task], limit=1, at_most=True)
    for task in SCANS if theirs else ():
        yield Aim(name=f"{task}, times mongod", figure=ours[task] / theirs[task], limit=10, at_most=True)


def _counts(count: int) -> Iterator[tuple[str, int]]:
    for task in TASKS:
        yield task, max(count // 100, 3) if task in SCANS else count


def _raw(path: Path, documents: int, count: int) -> Measured:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
        "CREATE TABLE docs (id INTEGER PRIMARY KEY, doc TEXT NOT NULL); "
        "CREATE UNIQUE INDEX emails ON docs (json_extract(doc, '$.email'));"
    )
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO docs VALUES (?, ?)", ((number, json.dumps(make_document(number))) for number in range(documents))
    )
    connection.execute("COMMIT")
    numbers = iter(range(documents, documents + 10 * count))

    def run(sql: str, *values: object) -> Callable[[], object]:
        return lambda: connection.execute(sql, values).fetchall()

    def by_email(sql: str) -> Callable[[], object]:
        return lambda: connection.execute(sql, (_email(next(numbers), documents),)).fetchall()

    def insert() -> object:
        number = next(numbers)
        return connection.execute("INSERT INTO docs VALUES (?, ?)", (number, json.dumps(make_document(number))))

    tasks: dict[str, Callable[[], object]] = {
        "insert one": insert,
        "find by index": by_email("SELECT doc FROM docs WHERE json_extract(doc, '$.email') = ?"),
        "update by index": by_email(
            "UPDATE docs SET doc = json_set(doc, '$.age', json_extract(doc, '$.age') + 1) "
            "WHERE json_extract(doc, '$.email') = ?"
        ),
        "scan for equality": run("SELECT count(*) FROM docs WHERE json_extract(doc, '$.address.zip') = ?", 77),
        "scan for a range": run("SELECT count(*) FROM docs WHERE json_extract(doc, '$.age') > ?", 85),
        "sort, first 10": run("SELECT doc FROM docs ORDER BY json_extract(doc, '$.name') LIMIT 10"),
        "group": run(
            "SELECT json_extract(doc, '$.city') c, count(*), avg(json_extract(doc, '$.age')) FROM docs GROUP BY c"
        ),
    }
    found = {task: measure(tasks[task], count=many, warm_up=2).median for task, many in _counts(count)}
    connection.close()
    return found


def _email(number: int, documents: int) -> str:
    return f"user{number * 37 % documents}@example.com"


async def _embedded(path: Path, documents: int, count: int) -> Measured:
    def operation(action: str, arguments: Document) -> Operation:
        return Operation(database="d", collection="c", action=action, arguments=arguments)

    numbers = iter(range(documents, documents + 10 * count))
    async with await EmbeddedDocuments.open(path) as engine:

        async def run(action: str, **arguments: Value) -> Value:
            return await engine.execute(operation(action, arguments))

        def query() -> Document:
            return {"email": _email(next(numbers), documents)}

        await run("createIndex", keys={"email": 1}, options={"unique": True})
        for start in range(0, documents, 1000):
            await run("insertMany", documents=[make_document(number) for number in range(start, start + 1000)])
        tasks: dict[str, Callable[[], Awaitable[object]]] = {
            "insert one": lambda: run("insertOne", document=make_document(next(numbers))),
            "find by index": lambda: run("findOne", query=query()),
            "update by index": lambda: run("updateOne", query=query(), update={"$inc": {"age": 1}}),
            "scan for equality": lambda: run("count", query={"address.zip": 77}),
            "scan for a range": lambda: run("count", query={"age": {"$gt": 85}}),
            "sort, first 10": lambda: run("find", query={}, sort={"name": 1}, limit=10),
            "group": lambda: run("aggregate", pipeline=GROUP),
        }
        found = {}
        for task, many in _counts(count):
            found[task] = (await measure_async(tasks[task], count=many, warm_up=2)).median
    return found


GROUP: Final[list[Any]] = [{"$group": {"_id": "$city", "n": {"$sum": 1}, "age": {"$avg": "$age"}}}]


@contextmanager
def _collection(directory: Path) -> Iterator[Collection[Document] | None]:
    binary = find_mongod()
    if binary is None:
        yield None
        return
    directory.mkdir()
    with running_mongod(binary, directory) as mongod, MongoClient[Document](mongod.uri) as client:
        yield client["d"]["c"]


def _mongod(directory: Path, documents: int, count: int) -> Measured:
    numbers = iter(range(documents, documents + 10 * count))
    with _collection(directory) as things:
        if things is None:
            return {}
        things.create_index("email", unique=True)
        for start in range(0, documents, 1000):
            things.insert_many([make_document(number) for number in range(start, start + 1000)])

        def query() -> Document:
            return {"email": _email(next(numbers), documents)}

        tasks: dict[str, Callable[[], object]] = {
            "insert one": lambda: things.insert_one(make_document(next(numbers))),
            "find by index": lambda: things.find_one(query()),
            "update by index": lambda: things.update_one(query(), {"$inc": {"age": 1}}),
            "scan for equality": lambda: things.count_documents({"address.zip": 77}),
            "scan for a range": lambda: things.count_documents({"age": {"$gt": 85}}),
            "sort, first 10": lambda: list(things.find({}).sort("name").limit(10)),
            "group": lambda: list(things.aggregate(GROUP)),
        }
        return {task: measure(tasks[task], count=many, warm_up=2).median for task, many in _counts(count)}
