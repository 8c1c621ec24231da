"""`vestibule documents indexes`: list the indexes of a collection, make one, drop one."""

from __future__ import annotations

import argparse
import sys

from server import ejson
from server.cli.document_place import namespace_of, opened_place, read_document
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
            await place.drop_index(namespace, options.drop)
        indexes = await place.indexes(namespace)
    for index in indexes:
        sys.stdout.write(ejson.dumps(index).decode() + "\n")
    return 0
