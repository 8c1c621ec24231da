"""`vestibule documents export`: collections as mongoexport or mongodump would write them."""

from __future__ import annotations

import argparse
import gzip
import itertools
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from server import ejson
from server.cli.document_place import opened_place
from server.cli.terminal import Progress
from server.documents.admission import check_namespace, decode
from server.documents.moving.archive import ArchiveWriter, Described
from server.documents.moving.exporting import EVERY, Read
from server.documents.moving.sources import METADATA, file_of
from server.documents.storage import Namespace
from server.errors import AppError, ErrorCode
from server.settings import Settings

FORMATS: Final = ("lines", "array", "bson", "archive")
"""mongoexport's lines and `--jsonArray`, mongodump's folder and archive; the first is the default."""
OF_ONE: Final = ("lines", "array")
"""The formats whose files hold one collection."""


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Write the collections as of now; a file that is there already is left alone."""
    if EVERY in (options.database, options.collection) and options.format in OF_ONE:
        raise AppError(
            ErrorCode.INVALID_PARAMETER,
            "only the formats bson and archive hold several collections; add --format archive",
        )
    async with opened_place(settings, options) as place, place.exported(options.database, options.collection) as export:
        with Progress("exporting", unit="documents") as line:
            counts = await _write(export.described, _counted(export.read, line), options)
    for each, count in zip(export.described, counts, strict=True):
        sys.stdout.write(f"{each.namespace}: {count} documents\n")
    return 0


def _counted(read: Read, line: Progress) -> Read:
    """The same documents; the line says how many there were by now."""
    numbers = itertools.count(1)

    async def counted(namespace: Namespace) -> AsyncIterator[bytes]:
        async for document in read(namespace):
            line.reached(next(numbers))
            yield document

    return counted


async def _write(described: list[Described], read: Read, options: argparse.Namespace) -> list[int]:
    """What is described, in the form that is asked for; how many documents each had."""
    if options.format == "bson":
        return [await _write_dump(each, read(each.namespace), options) for each in described]
    with _created(options.path, packed=options.gzip) as stream:
        if options.format == "archive":
            return await _write_archive(stream, described, read)
        return [await _write_json(stream, read(described[0].namespace), is_array=options.format == "array")]


async def _write_archive(stream: BinaryIO, described: list[Described], read: Read) -> list[int]:
    archive = ArchiveWriter(stream, described)
    counts: list[int] = []
    for each in described:
        collection = archive.collection(each.namespace)
        counts.append(await _write_bson(collection.write, read(each.namespace)))
        collection.finish()
    return counts


async def _write_json(stream: BinaryIO, documents: AsyncIterator[bytes], *, is_array: bool) -> int:
    count = 0
    stream.write(b"[" if is_array else b"")
    async for document in documents:
        stream.write(b",\n" if is_array and count else b"")
        stream.write(ejson.dumps(decode(document)))
        stream.write(b"" if is_array else b"\n")
        count += 1
    stream.write(b"]\n" if is_array else b"")
    return count


async def _write_dump(described: Described, documents: AsyncIterator[bytes], options: argparse.Namespace) -> int:
    check_namespace(described.namespace.database, described.namespace.collection)  # a server may say anything
    folder = Path(options.path) / described.namespace.database
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".gz" if options.gzip else ""
    name = file_of(described.namespace.collection)
    with _created(folder / f"{name}.bson{suffix}", packed=options.gzip) as stream:
        count = await _write_bson(stream.write, documents)
    with _created(folder / f"{name}{METADATA}{suffix}", packed=options.gzip) as stream:
        stream.write(described.metadata.encode())
    return count


async def _write_bson(write: Callable[[bytes], object], documents: AsyncIterator[bytes]) -> int:
    count = 0
    async for document in documents:
        write(document)
        count += 1
    return count


@contextmanager
def _created(path: Path, *, packed: bool) -> Iterator[BinaryIO]:
    """A new file, which goes again where it cannot be written to its end: half an export looks like a whole one."""
    with path.open("xb") as raw:
        try:
            if packed:
                with gzip.GzipFile(fileobj=raw, mode="wb") as stream:
                    yield cast("BinaryIO", stream)
            else:
                yield raw
            raw.flush()
        except BaseException:
            path.unlink()
            raise
