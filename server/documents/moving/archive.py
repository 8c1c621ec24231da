"""mongodump's archives: a magic number, a prelude about the collections, blocks of documents of any collection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from server.documents.admission import decode
from server.documents.moving.bson_stream import ByteStream, documents_of, next_document
from server.documents.moving.problems import MovingError
from server.documents.storage import Namespace
from server.ejson import Document

MAGIC: Final = (0x8199E26D).to_bytes(4, "little")


def read_archive(stream: ByteStream) -> Iterator[tuple[Namespace, bytes | str]]:
    """What follows the magic number, in its order: metadata of collections as text, their documents as BSON."""
    _, *collections = map(decode, documents_of(stream))
    for described in collections:
        yield _namespace(described), str(described.get("metadata", ""))
    while (head := next_document(stream)) is not None:
        header = decode(head)
        namespace = _namespace(header)
        for document in documents_of(stream):
            yield namespace, document


def _namespace(header: Document) -> Namespace:
    database, collection = header.get("db"), header.get("collection")
    if not isinstance(database, str) or not isinstance(collection, str):
        raise MovingError("this is no archive of mongodump: a block does not say of which collection it is")
    return Namespace(database=database, collection=collection)
