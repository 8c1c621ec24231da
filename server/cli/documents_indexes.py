"""`vestibule documents indexes`: list the indexes of a collection, make one, drop one."""

from __future__ import annotations

import argparse
import sys

from server import ejson
from server.cli.document_place import Place, operation, read_document


async def run(place: Place, options: argparse.Namespace) -> int:
    """Make or drop where asked, then print the indexes that there are, one a line."""
    place.check()
    async with place.opened() as store:
        if options.make is not None:
            keys, given = read_document("--make", options.make), read_document("--options", options.options)
            await store.execute(operation(options, "createIndex", {"keys": keys, "options": given}))
        if options.drop is not None:
            await store.execute(operation(options, "dropIndex", {"name": options.drop}))
        indexes = await store.execute(operation(options, "listIndexes"))
    for index in indexes if isinstance(indexes, list) else []:
        sys.stdout.write(ejson.dumps(index).decode() + "\n")
    return 0
