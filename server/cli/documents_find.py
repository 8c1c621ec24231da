"""`vestibule documents find`: a quick look, as lines of Extended JSON."""

from __future__ import annotations

import argparse
import sys

from server import ejson
from server.cli.document_place import Place, operation, read_document
from server.ejson import Document


async def run(place: Place, options: argparse.Namespace) -> int:
    """Print what matches."""
    place.check()
    shape: Document = {
        "query": read_document("FILTER", options.filter),
        "sort": read_document("--sort", options.sort) or None,
        "project": read_document("--project", options.project) or None,
        "limit": options.limit,
    }
    async with place.opened() as store:
        found = await store.execute(operation(options, "find", shape))
    for document in found if isinstance(found, list) else []:
        sys.stdout.write(ejson.dumps(document).decode() + "\n")
    return 0
