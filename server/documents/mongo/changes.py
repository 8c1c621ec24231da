"""Change streams of a real MongoDB, as the events that watchers and triggers know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

from bson import Timestamp
from pymongo import AsyncMongoClient
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.errors import PyMongoError

from server.documents.admission import CODEC
from server.documents.change_event import HISTORY_LOST, ChangeEvent, history_lost
from server.documents.errors import DocumentError
from server.documents.mongo.failures import as_document_error
from server.documents.storage import Namespace
from server.ejson import Document, Value

KINDS: Final = frozenset({"insert", "update", "replace", "delete"})
FIELDS: Final = (
    "_id", "operationType", "clusterTime", "ns", "documentKey", "fullDocument", "to", "operationDescription",
)  # fmt: skip


class Following:
    """A change stream that is open; iterate it once, then close it."""

    def __init__(self, stream: AsyncChangeStream[Document], *, structure: bool) -> None:
        self._stream = stream
        self._structure = structure

    @classmethod
    async def open(
        cls, client: AsyncMongoClient[Document], namespace: Namespace, after: str | None, *, structure: bool
    ) -> Following:
        """From now on, or after a token. An empty collection or database stands for all. Raises DocumentError.

        With `structure` also what happens to collections and indexes, not to documents alone.
        """
        options: dict[str, Any] = {
            "full_document": "updateLookup",
            "full_document_before_change": "whenAvailable",
            "show_expanded_events": structure or None,
            "resume_after": None if after is None else {"_data": after},
        }
        try:
            return cls(await _target(client, namespace).watch(**options), structure=structure)
        except PyMongoError as error:
            raise _translated(error) from error

    @property
    def token(self) -> str:
        """Where to go on after what has been given out so far."""
        return _token(self._stream.resume_token)

    async def __aiter__(self) -> AsyncIterator[ChangeEvent]:
        try:
            async for change in self._stream:
                if self._structure or change["operationType"] in KINDS:
                    yield _event(change)
        except PyMongoError as error:
            raise _translated(error) from error

    async def close(self) -> None:
        """End the stream."""
        await self._stream.close()


async def token_of_start(client: AsyncMongoClient[Document], moment: datetime) -> str:
    """The token before the first change of the moment's second, by the server's clock. Raises DocumentError."""
    start = Timestamp(int(moment.timestamp()), 1)
    try:
        # An empty first batch: with changes in it the stream would have no token of its beginning.
        async with await client.watch(start_at_operation_time=start, batch_size=0) as stream:
            return _token(stream.resume_token)
    except PyMongoError as error:
        raise _translated(error) from error


def _target(client: AsyncMongoClient[Document], namespace: Namespace) -> Any:
    if not namespace.database:
        return client
    database = client.get_database(namespace.database, codec_options=CODEC)
    return database.get_collection(namespace.collection) if namespace.collection else database


def _translated(error: PyMongoError) -> DocumentError:
    translated = as_document_error(error)
    return history_lost() if translated.code == HISTORY_LOST else translated


def _token(value: Value) -> str:
    data = value.get("_data") if isinstance(value, dict) else None
    return data if isinstance(data, str) else ""


def _event(change: Document) -> ChangeEvent:
    event: Document = {name: change[name] for name in FIELDS if change.get(name) is not None}
    described = change.get("updateDescription")
    if isinstance(described, dict):
        event["updateDescription"] = {name: described.get(name) for name in ("updatedFields", "removedFields")}
    before, after = change.get("fullDocumentBeforeChange"), change.get("fullDocument")
    return ChangeEvent(
        token=_token(change["_id"]),
        kind=str(change["operationType"]),
        before=before if isinstance(before, dict) else None,
        after=after if isinstance(after, dict) else None,
        event=event,
    )
