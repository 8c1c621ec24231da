"""The same operation put to a real mongod and to the embedded engine, with answers in one form."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from bson import Int64, ObjectId
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from server import ejson
from server.documents import DocumentError, Operation, Transaction
from server.documents.admission import CODEC
from server.documents.schema import connect, prepare
from server.ejson import Document, Value
from tests.mongod import find_mongod, running_mongod

BATCH: Final = 1_000_000
DATABASE: Final = "shop"


class Peer(Protocol):
    """Who answers an action on a collection: `{"answer": ...}`, or `{"code": ...}` where it refuses."""

    def ask(self, action: str, arguments: Document, collection: str = "things") -> Document:
        """The answer to one action."""


class Embedded:
    """The engine on a database in memory, all in one transaction."""

    def __init__(self) -> None:
        self._connection = connect(Path(":memory:"))
        prepare(self._connection)
        self._connection.execute("BEGIN")
        self._transaction = Transaction(self._connection)

    def ask(self, action: str, arguments: Document, collection: str = "things") -> Document:
        """The engine's answer."""
        operation = Operation(database=DATABASE, collection=collection, action=action, arguments=arguments)
        try:
            return {"answer": self._transaction.execute(operation)}
        except DocumentError as refusal:
            return {"code": refusal.code, "text": refusal.message}

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Mongod:
    """A real server, asked by its commands so that no driver checks anything beforehand."""

    database: Database[Document]

    def ask(self, action: str, arguments: Document, collection: str = "things") -> Document:
        """The server's answer."""
        try:
            return {"answer": COMMANDS[action](self, collection, dict(arguments))}
        except OperationFailure as refusal:
            return {"code": refusal.code, "text": str(refusal.details)}
        except PyMongoError as error:
            return {"code": None, "text": str(error)}

    def run(self, command: Document) -> Document:
        """The reply to a command; a refused write raises like a refused command."""
        reply: Document = self.database.command(command, codec_options=CODEC)
        errors = reply.get("writeErrors")
        if isinstance(errors, list):
            raise OperationFailure(str(errors[0]["errmsg"]), errors[0]["code"], errors[0])
        return reply


def _given(arguments: Document, **names: str) -> Document:
    """The arguments that are given, under the command's names."""
    return {wanted: arguments[name] for wanted, name in names.items() if arguments.get(name) is not None}


def _find(peer: Mongod, collection: str, arguments: Document) -> Value:
    named = _given(arguments, filter="query", projection="project", sort="sort", skip="skip", limit="limit", let="let")
    reply = peer.run({"find": collection, "batchSize": BATCH, **named})
    return reply["cursor"]["firstBatch"]  # type: ignore[index]


def _aggregate(peer: Mongod, collection: str, arguments: Document) -> Value:
    named = _given(arguments, let="let")
    reply = peer.run(
        {"aggregate": collection, "pipeline": arguments["pipeline"], "cursor": {"batchSize": BATCH}, **named}
    )
    return reply["cursor"]["firstBatch"]  # type: ignore[index]


def _insert(peer: Mongod, collection: str, arguments: Document) -> Value:
    documents = arguments["documents"]
    assert isinstance(documents, list)
    documents = [{"_id": ObjectId(), **document} for document in documents]
    peer.run({"insert": collection, "documents": documents})
    return {"insertedIds": [document["_id"] for document in documents]}


def _update(*, many: bool) -> Command:
    def update(peer: Mongod, collection: str, arguments: Document) -> Value:
        statement = _given(arguments, q="query", u="update", upsert="upsert", arrayFilters="arrayFilters")
        reply = peer.run({"update": collection, "updates": [{"multi": many, **statement}]})
        upserted = reply.get("upserted")
        counts: Document = {"matchedCount": reply["n"], "modifiedCount": reply["nModified"]}
        if isinstance(upserted, list):
            return {"matchedCount": 0, "modifiedCount": 0, "upsertedId": upserted[0]["_id"]}
        return counts

    return update


def _delete(limit: int) -> Command:
    def delete(peer: Mongod, collection: str, arguments: Document) -> Value:
        reply = peer.run({"delete": collection, "deletes": [{"q": arguments.get("query", {}), "limit": limit}]})
        return {"deletedCount": reply["n"]}

    return delete


def _find_and_update(peer: Mongod, collection: str, arguments: Document) -> Value:
    named = _given(arguments, query="filter", update="update", sort="sort", fields="projection", upsert="upsert")
    named |= _given(arguments, new="returnNewDocument", arrayFilters="arrayFilters")
    return peer.run({"findAndModify": collection, **named})["value"]


def _distinct(peer: Mongod, collection: str, arguments: Document) -> Value:
    return peer.run({"distinct": collection, "key": arguments["field"], "query": arguments.get("query", {})})["values"]


def _count(peer: Mongod, collection: str, arguments: Document) -> Value:
    named = _given(arguments, query="query", skip="skip", limit="limit")
    return Int64(int(str(peer.run({"count": collection, **named})["n"])))


def _create_index(peer: Mongod, collection: str, arguments: Document) -> Value:
    keys, options = arguments["keys"], arguments.get("options", {})
    assert isinstance(keys, dict)
    assert isinstance(options, dict)
    name = "_".join(f"{field}_{direction}" for field, direction in keys.items())
    peer.run({"createIndexes": collection, "indexes": [{"key": keys, "name": name, **options}]})
    return options.get("name", name)


Command = Callable[[Mongod, str, Document], Value]
COMMANDS: Final[dict[str, Command]] = {
    "find": _find,
    "aggregate": _aggregate,
    "insertMany": _insert,
    "updateOne": _update(many=False),
    "updateMany": _update(many=True),
    "deleteOne": _delete(1),
    "deleteMany": _delete(0),
    "findOneAndUpdate": _find_and_update,
    "distinct": _distinct,
    "count": _count,
    "createIndex": _create_index,
}


def normal(value: Value, *, ordered: bool) -> bytes:
    """An answer as text in which only what MongoDB promises counts: without promised order, sorted."""
    if not ordered and isinstance(value, list):
        return b"\n".join(sorted(map(ejson.dumps, value)))
    return ejson.dumps(value)


@contextmanager
def judge() -> Iterator[Mongod]:
    """A mongod of one's own, for who runs this by hand; ends the program where there is none."""
    binary = find_mongod()
    if binary is None:
        sys.exit("no mongod here")
    with (
        tempfile.TemporaryDirectory(prefix="mongod-") as directory,
        running_mongod(binary, Path(directory)) as mongod,
        MongoClient[Document](mongod.uri) as client,
    ):
        yield Mongod(client.get_database(DATABASE, codec_options=CODEC))
