"""Which collections and indexes there are; collections are made by the first write, as in MongoDB."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from server.documents.admission import check_namespace, encode
from server.documents.errors import INDEX_CONFLICT, DocumentError
from server.documents.indexes import ID_INDEX, Index, stored_index
from server.documents.savepoints import in_savepoint
from server.documents.schema import create_collection
from server.documents.storage import Collection, Namespace

T = TypeVar("T")


class KnownCollections:
    """What a connection that never writes has read of the catalog, for as long as nobody has committed since."""

    __slots__ = ("_connection", "_found", "_version")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._version = -1
        self._found: dict[Namespace, Collection] = {}

    def as_of_now(self) -> dict[Namespace, Collection]:
        """The collections read so far, as far as they hold in the transaction under way."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._version = version
            self._found = {}
        return self._found


class Catalog:
    """The collections of a data source, seen through one connection and so as of its transaction."""

    __slots__ = ("_connection", "_known", "depth")

    def __init__(self, connection: sqlite3.Connection, known: KnownCollections | None = None) -> None:
        self._connection = connection
        self._known = known
        self.depth = 0

    def find(self, namespace: Namespace) -> Collection | None:
        """The collection; None where nothing was ever written to it."""
        check_namespace(namespace.database, namespace.collection)
        known = {} if self._known is None else self._known.as_of_now()
        collection = known.get(namespace)
        if collection is None:
            found = self._read(namespace)
            if found is None:
                return None
            collection = known[namespace] = Collection(self._connection, namespace, *found, self.depth)
        return collection

    def _read(self, namespace: Namespace) -> tuple[int, list[Index]] | None:
        rows = self._connection.execute(
            "SELECT c.id, i.number, i.definition FROM collections c LEFT JOIN indexes i ON i.collection = c.id "
            "WHERE c.database = ? AND c.name = ? ORDER BY i.number",
            (namespace.database, namespace.collection),
        ).fetchall()
        if not rows:
            return None
        made = [stored_index(number, definition) for _, number, definition in rows if number is not None]
        return rows[0][0], [ID_INDEX, *made]

    def require(self, namespace: Namespace) -> Collection:
        """The collection, made where it is not there yet."""
        found = self.find(namespace)
        if found is not None:
            return found
        cursor = self._connection.execute(
            "INSERT INTO collections (database, name) VALUES (?, ?)", (namespace.database, namespace.collection)
        )
        number = cursor.lastrowid or 0
        create_collection(self._connection, number)
        return Collection(self._connection, namespace, number, [ID_INDEX], self.depth)

    def add_index(self, collection: Collection, wanted: Index) -> Index:
        """Make an index and fill it; one that is there already, alike, is left as it is."""
        for index in collection.indexes:
            if index.describe() == replace(wanted, number=index.number).describe():
                return index
            if index.name == wanted.name or index.fields == wanted.fields:
                raise DocumentError(
                    INDEX_CONFLICT, f"An existing index has the same name or keys as the requested index: {index.name}"
                )
        index = replace(wanted, number=max(index.number for index in collection.indexes) + 1)
        self._connection.execute(
            "INSERT INTO indexes (collection, number, name, definition) VALUES (?, ?, ?, ?)",
            (collection.number, index.number, index.name, encode(index.describe())),
        )
        collection.fill(index)
        return index

    def expiring(self) -> list[Namespace]:
        """The collections that have an index by which documents expire."""
        rows = self._connection.execute(
            "SELECT c.database, c.name, i.number, i.definition FROM indexes i JOIN collections c "
            "ON c.id = i.collection WHERE instr(i.definition, CAST('expireAfterSeconds' AS BLOB)) > 0"
        )
        return [
            Namespace(database=database, collection=name)
            for database, name, number, definition in rows
            if stored_index(number, definition).expire_after is not None
        ]

    def drop_index(self, collection: Collection, name: str) -> None:
        """Take an index away; the one on `_id` stays."""
        index = next((index for index in collection.indexes if index.name == name), None)
        if index is None:
            raise DocumentError(27, f"index not found with name [{name}]")
        if index is ID_INDEX:
            raise DocumentError(72, "cannot drop _id index")
        collection.empty(index)
        self._connection.execute(
            "DELETE FROM indexes WHERE collection = ? AND number = ?", (collection.number, index.number)
        )

    def alone(self, work: Callable[[], T]) -> T:
        """Run a piece of work inside the transaction so that its failure undoes it and nothing else."""
        return in_savepoint(self._connection, work)

    def note_made(self, id: str) -> None:
        """Keep, with what the transaction writes, that the owed writes of this id are made."""
        self._connection.execute("INSERT INTO made_writes (id) VALUES (?)", (id,))

    def databases(self) -> list[str]:
        """The names of the databases, sorted."""
        return [name for (name,) in self._connection.execute("SELECT DISTINCT database FROM collections ORDER BY 1")]

    def collections(self, database: str) -> list[str]:
        """The names of a database's collections, sorted."""
        rows = self._connection.execute("SELECT name FROM collections WHERE database = ? ORDER BY name", (database,))
        return [name for (name,) in rows]
