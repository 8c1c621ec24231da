"""Where `vestibule documents` works: what a server and a data directory can both do."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import Any, ClassVar, Protocol

from server import ejson
from server.cli.remote_options import works_locally
from server.documents.admission import check_namespace
from server.documents.moving.exporting import Export
from server.documents.rows import Row
from server.documents.storage import Namespace
from server.ejson import Document, EjsonError
from server.errors import AppError, ErrorCode
from server.settings import Settings


class DocumentPlace(Protocol):
    """A data source of an app."""

    most_together: ClassVar[int]
    """Documents that are written in one go."""

    async def find(self, namespace: Namespace, shape: Document) -> list[Document]:
        """The documents that match; the shape has `query`, `sort`, `project` and `limit`."""

    async def indexes(self, namespace: Namespace) -> list[Document]:
        """The indexes of a collection."""

    async def make_index(self, namespace: Namespace, keys: Document, options: Document) -> None:
        """Make an index."""

    async def drop_index(self, namespace: Namespace, name: str) -> None:
        """Drop an index."""

    async def load(self, namespace: Namespace, rows: Sequence[Row]) -> int:
        """Add documents, and the collection; those whose `_id` is there are left out. How many were new."""

    def exported(self, database: str, collection: str) -> AbstractAsyncContextManager[Export]:
        """The collections of these names, until the end of the block. Raises MovingError without any."""


@asynccontextmanager
async def opened_place(
    settings: Settings, options: argparse.Namespace, *, makes: bool = False
) -> AsyncIterator[DocumentPlace]:
    """The place that the options name, until the end of the block; one that is not there is made for who `makes` it.

    Raises AppError, NotLoggedIn, RemoteError.
    """
    is_local = works_locally(settings, options) or "data_source" in options
    # each takes a while to import what the other does without
    place: Any = import_module(f"server.cli.{'stored' if is_local else 'remote'}_documents")
    async with place.opened(settings, options, makes=makes) as opened:
        yield opened


def namespace_of(options: argparse.Namespace) -> Namespace:
    """The collection that the options name. Raises DocumentError for names that none can have."""
    check_namespace(options.database, options.collection)
    return Namespace(database=options.database, collection=options.collection)


def read_document(name: str, text: str) -> Document:
    """An argument that is an object in Extended JSON. Raises AppError."""
    try:
        document = ejson.loads(text)
    except EjsonError as error:
        why = f'{name} is no Extended JSON: {error}; write an object, as \'{{"email": "ada@example.com"}}\''
        raise AppError(ErrorCode.INVALID_JSON, why) from error
    if not isinstance(document, dict):
        raise AppError(ErrorCode.INVALID_JSON, f"{name} must be an object, as '{{\"n\": 1}}'")
    return document
