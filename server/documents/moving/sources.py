"""What documents are read from: a folder, file or archive of mongodump, a file of mongoexport; packed or not."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

from server.documents.moving.archive import MAGIC, read_archive
from server.documents.moving.bson_stream import documents_of
from server.documents.moving.json_stream import documents_of_array, documents_of_lines
from server.documents.moving.problems import MovingError
from server.documents.storage import Namespace

GZIP: Final = b"\x1f\x8b"
METADATA: Final = ".metadata.json"
OWN: Final = frozenset({"admin", "config", "local"})
"""Databases of MongoDB's own, which a dump of a whole server holds."""


PeekableStream: TypeAlias = "io.BufferedReader[io.RawIOBase] | io.BufferedReader"


@dataclass(frozen=True, slots=True)
class Piece:
    """A document of a collection, as BSON; or the metadata of the collection, which name its indexes, as JSON text."""

    namespace: Namespace
    data: bytes | str


def pieces_of(path: Path, database: str | None, collection: str | None) -> Iterator[Piece]:
    """All pieces of what is at the path; the names go before those that the files have. Raises MovingError, OSError."""
    files = [path] if not path.is_dir() else sorted(_files(path))
    if not files:
        raise MovingError(f"{path} holds no .bson files")
    for file in files:
        for piece in _file_pieces(file, database, collection):
            if piece.namespace.database not in OWN and not piece.namespace.collection.startswith("system."):
                yield piece


def _files(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        if file.name.removesuffix(".gz").endswith((".bson", METADATA)) and not file.name.startswith(
            ("oplog.", "prelude.")
        ):
            yield file


def _file_pieces(file: Path, database: str | None, collection: str | None) -> Iterator[Piece]:
    stem = file.name.removesuffix(".gz")
    own = Namespace(database=database or file.absolute().parent.name, collection=collection or _stem(stem))
    with opened(file) as stream:
        try:
            if stem.endswith(METADATA):
                yield Piece(own, stream.read().decode())
            else:
                yield from _stream_pieces(stream, own, database, collection)
        except (MovingError, EOFError, gzip.BadGzipFile, UnicodeDecodeError) as error:
            raise MovingError(f"{file}: {error}") from error


def file_of(collection: str) -> str:
    """A collection's name as that of a file, as mongodump writes it: what would lead elsewhere is escaped."""
    return collection.translate(_ESCAPED)


_ESCAPED: Final = {ord(sign): f"%{ord(sign):02X}" for sign in "%/\\"}
_ESCAPE: Final = re.compile("|".join(_ESCAPED.values()))


def _stem(name: str) -> str:
    for suffix in (METADATA, ".bson"):
        if name.endswith(suffix):
            return _ESCAPE.sub(lambda found: chr(int(found[0][1:], 16)), name.removesuffix(suffix))
    for suffix in (".jsonl", ".json", ".archive"):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def _stream_pieces(
    stream: PeekableStream, own: Namespace, database: str | None, collection: str | None
) -> Iterator[Piece]:
    """What the stream holds, told by its first bytes."""
    head = stream.peek(64)
    if head[:4] == MAGIC:
        stream.read(4)
        for namespace, data in read_archive(stream):
            renamed = Namespace(database=database or namespace.database, collection=collection or namespace.collection)
            yield Piece(renamed, data)
        return
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first == b"[":
        found = documents_of_array(stream)
    else:
        found = documents_of_lines(stream) if first == b"{" else documents_of(stream)
    for document in found:
        yield Piece(own, document)


@contextmanager
def opened(file: Path) -> Iterator[PeekableStream]:
    """The file's bytes, unpacked where they are packed."""
    with file.open("rb") as raw:
        if raw.peek(2)[:2] != GZIP:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked, io.BufferedReader(cast("io.RawIOBase", unpacked)) as buffered:
            yield buffered
