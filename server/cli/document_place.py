"""Which store `vestibule documents` works on, and how it is opened."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from server import ejson
from server.context.document_stores import embedded_path
from server.documents.engine import EmbeddedDocuments
from server.documents.mongo import MongoDocuments
from server.documents.operation import Operation
from server.documents.storage import Namespace
from server.ejson import Document, EjsonError
from server.errors import AppError, ErrorCode
from server.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A data source of an app: a real MongoDB where there is a URI, else the file at `path`."""

    path: Path
    uri: str | None

    @classmethod
    def of(cls, settings: Settings, options: argparse.Namespace) -> Place:
        """The place that the options name."""
        path = embedded_path(settings.data_dir.absolute() / "documents", options.app_id, options.service)
        return cls(path=path, uri=settings.data_source_uris.get(options.service))

    def check(self) -> None:
        """Raise AppError where nothing was ever kept."""
        if self.uri is None and not self.path.exists():
            where = "--data-dir names the directory that `vestibule serve` uses, --service the data source"
            raise AppError(ErrorCode.NOT_FOUND, f"no documents are kept in {self.path}; {where}")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[EmbeddedDocuments | MongoDocuments]:
        """The store until the end of the block."""
        if self.uri is not None:
            async with MongoDocuments(self.uri) as mongo:
                yield mongo
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        async with await EmbeddedDocuments.open(self.path) as embedded:
            yield embedded


def namespace_of(options: argparse.Namespace) -> Namespace:
    """The collection that the options name."""
    return Namespace(database=options.database, collection=options.collection)


def operation(options: argparse.Namespace, action: str, arguments: Document | None = None) -> Operation:
    """An operation on that collection."""
    return Operation(database=options.database, collection=options.collection, action=action, arguments=arguments or {})


def read_document(name: str, text: str) -> Document:
    """An argument that is an object in Extended JSON. Raises AppError."""
    try:
        document = ejson.loads(text)
    except EjsonError as error:
        raise AppError(ErrorCode.INVALID_JSON, f"{name}: {error}") from error
    if not isinstance(document, dict):
        raise AppError(ErrorCode.INVALID_JSON, f"{name} must be an object")
    return document
