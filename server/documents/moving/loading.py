"""Many documents at once into a store. What is moved in did not happen here: triggers and watchers are not told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import count
from typing import Final

from bson import ObjectId
from bson.errors import BSONError

from server.documents.admission import check_id, check_levels, check_namespace, decode, encode, with_id
from server.documents.engine import EmbeddedDocuments
from server.documents.errors import DocumentError
from server.documents.mongo import MongoDocuments
from server.documents.moving.problems import MovingError
from server.documents.rows import Row
from server.documents.storage import Namespace
from server.documents.transaction import Transaction

BATCH: Final = 2000
"""Documents that are written together; an import that is stopped loses no more than these."""


async def load_embedded(store: EmbeddedDocuments, namespace: Namespace, rows: Sequence[Row]) -> int:
    """Add documents to an embedded file, on which a server may be running; those whose `_id` is there are left out.

    How many were new. Raises DocumentError.
    """

    def work(transaction: Transaction) -> int:
        return transaction.catalog.require(namespace).load(rows)

    return await store.transact(work)


async def load(store: EmbeddedDocuments | MongoDocuments, namespace: Namespace, rows: Sequence[Row]) -> int:
    """Add documents; those whose `_id` is there are left out. How many were new. Raises DocumentError.

    An embedded file makes the collection also where it gets no documents.
    """
    if isinstance(store, MongoDocuments):
        return await store.load(namespace, [row.document for row in rows]) if rows else 0
    return await load_embedded(store, namespace, rows)


class Reader:
    """Reads documents' BSON, and gives those without `_id` one that is the same whenever the file is read again.

    Without the name of a file such documents get a new one.
    """

    def __init__(self, namespace: Namespace, origin: str = "") -> None:
        check_namespace(namespace.database, namespace.collection)
        self._origin = origin
        self._seed = hashlib.sha256(f"{origin}\0{namespace}".encode()).digest()
        self._numbers = count()

    def read(self, data: bytes) -> Row:
        """The document, not stored yet. Raises MovingError where it cannot be kept."""
        number = next(self._numbers)
        try:
            document = decode(data)
            check_levels(document)
            check_id(document.get("_id"))
            if next(iter(document), None) == "_id":
                return Row(0, data, document)
            complete = with_id(({"_id": self._id(number)} if self._origin else {}) | document)
            return Row(0, encode(complete), complete)
        except (DocumentError, BSONError, ValueError) as error:
            place = f"{self._origin}: " if self._origin else ""
            raise MovingError(f"{place}document {number + 1}: {error}") from error

    def _id(self, number: int) -> ObjectId:
        return ObjectId(hashlib.sha256(self._seed + number.to_bytes(8, "big")).digest()[:12])
