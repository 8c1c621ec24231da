"""`vestibule documents indexes`: list the indexes of a collection, make one, drop one."""

from __future__ import annotations

import argparse
import sys

from server import ejson
from server.cli.document_place import DocumentPlace, namespace_of, opened_place, read_document
from server.documents.storage import Namespace
from server.errors import AppError, ErrorCode
from server.settings import Settings


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Make or drop where asked, then print the indexes that there are, one a line."""
    namespace = namespace_of(options)
    keys = None if options.make is None else read_document("--make", options.make)
    given = read_document("--options", options.options)
    async with opened_place(settings, options) as place:
        if keys is not None:
            await place.make_index(namespace, keys, given)
        if options.drop is not None:
            await _drop(place, namespace, options.drop)
        indexes = await place.indexes(namespace)
    for index in indexes:
        sys.stdout.write(ejson.dumps(index).decode() + "\n")
    return 0


async def _drop(place: DocumentPlace, namespace: Namespace, name: str) -> None:
    """Raises AppError where the collection has no such index."""
    names = [str(index.get("name")) for index in await place.indexes(namespace)]
    if name not in names:
        there_are = f"there are {', '.join(names)}" if names else "there is no such collection"
        raise AppError(ErrorCode.NOT_FOUND, f"{namespace} has no index '{name}'; {there_are}")
    await place.drop_index(namespace, name)
