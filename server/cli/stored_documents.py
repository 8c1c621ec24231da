"""The documents of a data directory, or of the real MongoDB that an operator names; a server may run meanwhile."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from server.cli.served import app_id_of
from server.context.document_stores import embedded_path
from server.documents.engine import EmbeddedDocuments
from server.documents.mongo import MongoDocuments
from server.documents.moving.exporting import Export, exported
from server.documents.moving.loading import BATCH, load
from server.documents.operation import Operation
from server.documents.rows import Row
from server.documents.storage import Namespace
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode
from server.settings import Settings
from server.store import open_store


@dataclass(frozen=True, slots=True)
class StoredPlace:
    """As `DocumentPlace`."""

    store: EmbeddedDocuments | MongoDocuments
    most_together: ClassVar[int] = BATCH

    async def find(self, namespace: Namespace, shape: Document) -> list[Document]:
        """As the protocol's."""
        return cast("list[Document]", await self._execute(namespace, "find", shape))

    async def indexes(self, namespace: Namespace) -> list[Document]:
        """As the protocol's."""
        return cast("list[Document]", await self._execute(namespace, "listIndexes", {}))

    async def make_index(self, namespace: Namespace, keys: Document, options: Document) -> None:
        """As the protocol's."""
        await self._execute(namespace, "createIndex", {"keys": keys, "options": options})

    async def drop_index(self, namespace: Namespace, name: str) -> None:
        """As the protocol's."""
        await self._execute(namespace, "dropIndex", {"name": name})

    async def load(self, namespace: Namespace, rows: Sequence[Row]) -> int:
        """As the protocol's."""
        return await load(self.store, namespace, rows)

    def exported(self, database: str, collection: str) -> AbstractAsyncContextManager[Export]:
        """As the protocol's."""
        return exported(self.store, database, collection)

    async def _execute(self, namespace: Namespace, action: str, arguments: Document) -> Value:
        operation = Operation(
            database=namespace.database, collection=namespace.collection, action=action, arguments=arguments
        )
        return await self.store.execute(operation)


@asynccontextmanager
async def opened(settings: Settings, options: argparse.Namespace, *, makes: bool) -> AsyncIterator[StoredPlace]:
    """The store that the options name. Raises AppError where nothing was ever kept, unless it is made now."""
    uri = settings.data_source_uris.get(options.service)
    if uri is not None:
        async with MongoDocuments(uri) as mongo:
            yield StoredPlace(mongo)
        return
    path = await _path(settings, options)
    if not makes and not path.exists():
        where = "--data-dir names the directory that `vestibule serve` uses, --service the data source"
        raise AppError(ErrorCode.NOT_FOUND, f"no documents are kept in {path}; {where}")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with await EmbeddedDocuments.open(path) as embedded:
        yield StoredPlace(embedded)


async def _path(settings: Settings, options: argparse.Namespace) -> Path:
    """The file of the app of that id, whether or not there is one by now; of that name, where one has it."""
    data = settings.data_dir.absolute()
    identity, app_id = data / "identity.sqlite", options.app
    if identity.exists():
        async with open_store(identity) as store:
            app_id = await app_id_of(store, options.app)
    return embedded_path(data / "documents", app_id, options.service)
