"""mongodump's archives: a magic number, a prelude about the collections, blocks of documents of any collection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from server.documents.admission import decode
from server.documents.moving.bson_stream import ByteStream, block_of, next_document
from server.documents.moving.problems import MovingError
from server.documents.storage import Namespace
from server.ejson import Document

MAGIC: Final = (0x8199E26D).to_bytes(4, "little")


def read_archive(stream: ByteStream) -> Iterator[tuple[Namespace, bytes | str]]:
    """What follows the magic number, in its order: metadata of collections as text, their documents as BSON.

    Raises MovingError, also where the file ends before every collection in it has ended.
    """
    head, *collections = list(map(decode, block_of(stream))) or [{}]
    if "concurrent_collections" not in head and "version" not in head:
        raise MovingError("this is no archive of mongodump: it does not begin with its version")
    for described in collections:
        yield _namespace(described), str(described.get("metadata", ""))
    unfinished: set[Namespace] = set()
    while (start := next_document(stream)) is not None:
        header = decode(start)
        namespace = _namespace(header)
        (unfinished.discard if header.get("EOF") is True else unfinished.add)(namespace)
        for document in block_of(stream):
            yield namespace, document
    if unfinished:
        raise MovingError(f"the archive ends in the middle of {min(map(str, unfinished))}")


def _namespace(header: Document) -> Namespace:
    database, collection = header.get("db"), header.get("collection")
    if not isinstance(database, str) or not isinstance(collection, str):
        raise MovingError("this is no archive of mongodump: a block does not say of which collection it is")
    return Namespace(database=database, collection=collection)
