"""`vestibule documents find`: a quick look, as lines of Extended JSON."""

from __future__ import annotations

import argparse
import sys

from server import ejson
from server.cli.document_place import namespace_of, opened_place, read_document
from server.ejson import Document
from server.settings import Settings


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print what matches."""
    shape: Document = {
        "query": read_document("FILTER", options.filter),
        "sort": read_document("--sort", options.sort) or None,
        "project": read_document("--project", options.project) or None,
        "limit": options.limit,
    }
    async with opened_place(settings, options) as place:
        found = await place.find(namespace_of(options), shape)
    for document in found:
        sys.stdout.write(ejson.dumps(document).decode() + "\n")
    return 0
