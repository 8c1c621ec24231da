"""mongodump's archives: a magic number, a prelude about the collections, blocks of documents of any collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

import bson
from bson import Int64

from server.documents.admission import decode
from server.documents.moving.bson_stream import TERMINATOR, ByteStream, block_of, next_document
from server.documents.moving.crc64 import Crc64
from server.documents.moving.problems import MovingError
from server.documents.storage import Namespace
from server.ejson import Document

MAGIC: Final = (0x8199E26D).to_bytes(4, "little")
FORMAT_VERSION: Final = "0.1"
SERVER_VERSION: Final = "6.0.5"
"""The MongoDB whose meaning the documents have; mongorestore wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What an archive's prelude says of a collection: its options and indexes, as JSON text."""

    namespace: Namespace
    metadata: str


class ArchiveWriter:
    """Writes one collection behind the other; the prelude names them all."""

    __slots__ = ("_stream",)

    def __init__(self, stream: BinaryIO, collections: Sequence[Described]) -> None:
        self._stream = stream
        head = {"concurrent_collections": 1, "version": FORMAT_VERSION, "server_version": SERVER_VERSION}
        stream.write(MAGIC + bson.encode({**head, "tool_version": "vestibule"}))
        for described in collections:
            more = {"metadata": described.metadata, "size": 0, "type": "collection"}
            stream.write(bson.encode({**_names(described.namespace), **more}))
        stream.write(TERMINATOR)

    def collection(self, namespace: Namespace) -> CollectionWriter:
        """Begin the collection; it is to be finished before the next one."""
        self._stream.write(_block_header(namespace))
        return CollectionWriter(self._stream, namespace)


class CollectionWriter:
    """Writes the documents of one collection, and their checksum at the end."""

    __slots__ = ("_namespace", "_stream", "_sum")

    def __init__(self, stream: BinaryIO, namespace: Namespace) -> None:
        self._stream = stream
        self._namespace = namespace
        self._sum = Crc64()

    def write(self, document: bytes) -> None:
        """Add a document's BSON."""
        self._stream.write(document)
        self._sum.update(document)

    def finish(self) -> None:
        """Say that no more documents follow."""
        checksum = int.from_bytes(self._sum.finish().to_bytes(8, "little"), "little", signed=True)
        self._stream.write(TERMINATOR + _block_header(self._namespace, checksum, is_last=True) + TERMINATOR)


def _names(namespace: Namespace) -> Document:
    return {"db": namespace.database, "collection": namespace.collection}


def _block_header(namespace: Namespace, checksum: int = 0, *, is_last: bool = False) -> bytes:
    return bson.encode({**_names(namespace), "EOF": is_last, "CRC": Int64(checksum)})


def read_archive(stream: ByteStream) -> Iterator[tuple[Namespace, bytes | str]]:
    """What follows the magic number, in its order: metadata of collections as text, their documents as BSON.

    Raises MovingError, also where the file ends before every collection in it has ended, and where the documents of
    one are not those that were written.
    """
    head, *collections = list(map(decode, block_of(stream))) or [{}]
    if "concurrent_collections" not in head and "version" not in head:
        raise MovingError("this is no archive of mongodump: it does not begin with its version")
    for described in collections:
        yield _namespace(described), str(described.get("metadata", ""))
    unfinished: dict[Namespace, Crc64] = {}
    while (start := next_document(stream)) is not None:
        header = decode(start)
        namespace = _namespace(header)
        checksum = unfinished.setdefault(namespace, Crc64())
        for document in block_of(stream):
            checksum.update(document)
            yield namespace, document
        if header.get("EOF") is True:
            _compare(unfinished.pop(namespace), header, namespace)
    if unfinished:
        raise MovingError(f"the archive ends in the middle of {min(map(str, unfinished))}")


def _compare(checksum: Crc64, header: Document, namespace: Namespace) -> None:
    written = header.get("CRC")
    if not isinstance(written, int) or written % 2**64 != checksum.finish():
        raise MovingError(f"the archive is damaged: the documents of {namespace} do not have their checksum")


def _namespace(header: Document) -> Namespace:
    database, collection = header.get("db"), header.get("collection")
    if not isinstance(database, str) or not isinstance(collection, str):
        raise MovingError("this is no archive of mongodump: a block does not say of which collection it is")
    return Namespace(database=database, collection=collection)
