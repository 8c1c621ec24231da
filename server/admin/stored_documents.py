"""The documents of an app's data source as an administrator gets at them: as the system, each step in the audit log."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

from server.calls.authority import system_caller
from server.calls.calling import Calls
from server.context.deployment import Deployment
from server.documents.engine import EmbeddedDocuments
from server.documents.mongo import MongoDocuments
from server.documents.moving.bson_stream import documents_of
from server.documents.moving.exporting import archive_of, exported
from server.documents.moving.loading import BATCH, Reader, load
from server.documents.moving.problems import MovingError
from server.documents.operation import Operation
from server.documents.rows import Row
from server.documents.storage import Namespace
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode
from server.login.audit import audit_entry
from server.login_records import AuditEvent
from server.records import RequestDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Documents that were sent, and how many of them were new."""

    read: int
    inserted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocuments:
    """The documents of one data source. Every method raises AppError, or DocumentError where the store refuses."""

    deployment: Deployment
    service: str
    calls: Calls
    request: RequestDescription

    async def find(self, namespace: Namespace, shape: Document) -> list[Document]:
        """The documents that match; the shape is that of a `find` (contract 3.1)."""
        await self._note(AuditEvent.DOCUMENTS_READ, namespace)
        found = await self._execute(namespace, "find", shape)
        return cast("list[Document]", found)

    async def indexes(self, namespace: Namespace) -> list[Document]:
        """The indexes of a collection; none where it is not there."""
        return cast("list[Document]", await self._execute(namespace, "listIndexes", {}))

    async def make_index(self, namespace: Namespace, keys: Document, options: Document) -> str:
        """Make an index; its name."""
        await self._note(AuditEvent.INDEX_CREATED, namespace)
        return str(await self._execute(namespace, "createIndex", {"keys": keys, "options": options}))

    async def drop_index(self, namespace: Namespace, name: str) -> None:
        """Drop the index of that name."""
        await self._note(AuditEvent.INDEX_DROPPED, namespace)
        await self._execute(namespace, "dropIndex", {"name": name})

    async def load(self, namespace: Namespace, data: bytes) -> Loaded:
        """Add documents that stand one behind the other as BSON; those whose `_id` is there are left out.

        Triggers and watchers are not told. What was written before a refusal stays.
        """
        store = await self._store()
        rows = await asyncio.to_thread(_rows, namespace, data)
        await self._note(AuditEvent.DOCUMENTS_IMPORTED, namespace, f"{len(rows)} documents")
        batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)] or [[]]
        return Loaded(read=len(rows), inserted=sum([await load(store, namespace, batch) for batch in batches]))

    async def export(self, namespace: Namespace) -> AsyncIterator[bytes]:
        """An archive of mongodump, piece by piece, of the collections of these names, which may be `*`."""
        store = await self._store()
        await self._note(AuditEvent.DOCUMENTS_EXPORTED, namespace)
        try:
            async with exported(store, namespace.database, namespace.collection) as export:
                async for piece in archive_of(export):
                    yield piece
        except MovingError as error:
            raise AppError(ErrorCode.NOT_FOUND, str(error)) from None

    async def _execute(self, namespace: Namespace, action: str, arguments: Document) -> Value:
        caller = system_caller(f"administrator {self.request.administrator}", request=self.request)
        operation = Operation(
            database=namespace.database, collection=namespace.collection, action=action, arguments=arguments
        )
        return await self.calls.operate(self.deployment, caller, self.service, operation)

    async def _store(self) -> EmbeddedDocuments | MongoDocuments:
        store = await self.calls.documents.store(self.deployment, self.service)
        return cast("EmbeddedDocuments | MongoDocuments", store)

    async def _note(self, event: AuditEvent, namespace: Namespace, detail: str = "") -> None:
        """Before it is done: nothing is seen or changed that is not noted. What documents say is no part of it."""
        where = f"{self.service} {namespace}{f', {detail}' if detail else ''}"
        entry = audit_entry(self.deployment.app.app_id, event, self.request, detail=where)
        await self.calls.store.add_audit_entries([entry])


def _rows(namespace: Namespace, data: bytes) -> list[Row]:
    reader = Reader(namespace)
    try:
        return [reader.read(document) for document in documents_of(io.BytesIO(data))]
    except MovingError as error:
        raise AppError(ErrorCode.INVALID_PARAMETER, str(error)) from error
