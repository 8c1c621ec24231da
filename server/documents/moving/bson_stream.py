"""BSON documents one behind the other, as in mongodump's `.bson` files and in the blocks of its archives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from server.documents.admission import MAX_DOCUMENT_SIZE
from server.documents.moving.problems import MovingError

TERMINATOR: Final = b"\xff\xff\xff\xff"
"""What stands in an archive where a document's length would, at the end of a block."""
LARGEST: Final = MAX_DOCUMENT_SIZE + 16 * 1024
"""Bytes of a document, as mongod itself writes them."""


class ByteStream(Protocol):
    """Bytes in order."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, fewer only at the end."""


def read_exactly(stream: ByteStream, size: int) -> bytes:
    """The next `size` bytes. Raises MovingError where the file ends before."""
    data = stream.read(size)
    if len(data) != size:
        raise MovingError("the file ends in the middle of a document")
    return data


def next_document(stream: ByteStream) -> bytes | None:
    """The next document's BSON; None at the end of the file. Raises MovingError."""
    head = stream.read(4)
    return _document(stream, head) if head else None


def documents_of(stream: ByteStream) -> Iterator[bytes]:
    """All documents up to the end of the file. Raises MovingError."""
    while (document := next_document(stream)) is not None:
        yield document


def block_of(stream: ByteStream) -> Iterator[bytes]:
    """All documents up to a terminator. Raises MovingError, also where there is none."""
    while (head := read_exactly(stream, 4)) != TERMINATOR:
        yield _document(stream, head)


def _document(stream: ByteStream, head: bytes) -> bytes:
    size = int.from_bytes(head, "little")
    if len(head) < 4 or not 5 <= size <= LARGEST:
        raise MovingError("this is no BSON: a document would have an impossible length")
    return head + read_exactly(stream, size - 4)
