"""A data source that is a real MongoDB, reached through PyMongo's asynchronous client."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import ConfigurationError, InvalidURI, PyMongoError

from server.documents.admission import CODEC, check_namespace
from server.documents.errors import WRITE_CONFLICT, DocumentError
from server.documents.mongo.administration import ADMINISTRATION
from server.documents.mongo.bulk import BULK
from server.documents.mongo.changes import Following, token_of_start
from server.documents.mongo.failures import as_document_error, bounded
from server.documents.mongo.find_and_modify import FIND_AND_MODIFY
from server.documents.mongo.guarded_reads import GUARDED_READS
from server.documents.mongo.guarded_writes import GUARDED_WRITES
from server.documents.mongo.loading import load
from server.documents.mongo.open_transaction import MongoTransaction
from server.documents.mongo.reads import READS, Action
from server.documents.mongo.requests import Request
from server.documents.mongo.writes import WRITES
from server.documents.operation import Operation, Unguarded, WriteGuard
from server.documents.options import seconds_of
from server.documents.storage import Namespace
from server.documents.transaction import WITHOUT_COLLECTION
from server.ejson import Document, Value

ACTIONS: Final[dict[str, Action]] = READS | WRITES | FIND_AND_MODIFY | BULK | ADMINISTRATION
SELECTION_MILLISECONDS: Final = 5000
"""How long an operation waits for a server to be found again."""
MOST_ATTEMPTS: Final = 5
"""How often a user's write is tried where others change the same documents."""

_log = logging.getLogger(__name__)


class MongoDocuments:
    """One MongoDB; connections are made when first needed, and made again when they are lost."""

    def __init__(self, uri: str) -> None:
        """Raises ValueError where the text is no MongoDB URI; it is not shown, for it may hold a password."""
        try:
            self._client: AsyncMongoClient[Document] = AsyncMongoClient(
                uri, appname="vestibule", serverSelectionTimeoutMS=SELECTION_MILLISECONDS,
                connectTimeoutMS=SELECTION_MILLISECONDS, tz_aware=True,
            )  # fmt: skip
        except (InvalidURI, ConfigurationError, ValueError) as error:
            raise ValueError(f"the data source's URI cannot be used ({type(error).__name__})") from None
        self._has_transactions: bool | None = None

    async def execute(self, operation: Operation, guard: WriteGuard | None = None) -> Value:
        """Run one operation; a write is acknowledged by the server. Raises DocumentError, or what the guard raises."""
        async with bounded(seconds_of(operation.arguments.get("maxTimeMS"))):
            if guard is None or isinstance(guard, Unguarded):
                return await self.run(operation, None, None)
            if operation.action in GUARDED_READS:
                return await self.run(operation, guard, None)
            return await self._write_guarded(operation, guard)

    async def run(self, operation: Operation, guard: WriteGuard | None, session: AsyncClientSession | None) -> Value:
        """Run one operation within a session's transaction, if one is given. Raises what the driver raises."""
        if operation.action not in ACTIONS:
            raise DocumentError(59, f"no such action: '{operation.action}'")
        request = self._request(operation, session)
        if guard is None or isinstance(guard, Unguarded):
            return await ACTIONS[operation.action](request)
        action = (GUARDED_READS | GUARDED_WRITES).get(operation.action)
        if action is None:
            raise DocumentError(13, f"{operation.action} is not allowed here")
        return await action(request, guard)

    def _request(self, operation: Operation, session: AsyncClientSession | None) -> Request:
        if operation.action not in WITHOUT_COLLECTION or operation.collection:
            check_namespace(operation.database, operation.collection)
        database = self._client.get_database(operation.database or "admin", codec_options=CODEC)
        return Request(database.get_collection(operation.collection or "none"), operation, session)

    async def _write_guarded(self, operation: Operation, guard: WriteGuard) -> Value:
        if operation.action == "insertOne":
            return await self.run(operation, guard, None)
        attempts = 1
        while True:
            try:
                return await self._attempt(operation, guard)
            except DocumentError as error:
                if error.code != WRITE_CONFLICT or attempts == MOST_ATTEMPTS:
                    raise
            attempts += 1

    async def _attempt(self, operation: Operation, guard: WriteGuard) -> Value:
        """In a transaction where the server has them: only a replica set or a sharded cluster does."""
        if not await self.has_transactions():
            return await self.run(operation, guard, None)
        async with self._client.start_session() as session:
            return await session.with_transaction(lambda inside: self.run(operation, guard, inside))

    async def has_transactions(self) -> bool:
        """Whether the server knows transactions over several documents. Raises what the driver raises."""
        if self._has_transactions is None:
            hello = await self._client.admin.command("hello")
            self._has_transactions = "setName" in hello or hello.get("msg") == "isdbgrid"
        return self._has_transactions

    async def begin(self) -> MongoTransaction:
        """Open a transaction for its owner to fill, operation by operation. Raises DocumentError."""
        async with bounded():
            if not await self.has_transactions():
                raise DocumentError(20, "Transaction numbers are only allowed on a replica set member or mongos")
            session = self._client.start_session()
            await session.start_transaction()
        return MongoTransaction(session, self.run)

    async def documents(self, namespace: Namespace) -> AsyncIterator[Document]:
        """Every document of a collection. Raises DocumentError."""
        database = self._client.get_database(namespace.database, codec_options=CODEC)
        try:
            async for document in database.get_collection(namespace.collection).find():
                yield document
        except PyMongoError as error:
            raise as_document_error(error) from error

    async def load(self, namespace: Namespace, documents: Sequence[Document]) -> int:
        """Add documents; those whose `_id` is there are left out. How many were new. Raises DocumentError."""
        database = self._client.get_database(namespace.database, codec_options=CODEC)
        async with bounded():
            return await load(database.get_collection(namespace.collection), documents)

    async def follow(self, namespace: Namespace, *, after: str | None = None, structure: bool = False) -> Following:
        """A change stream from now on, or after a token. Raises DocumentError; only replica sets have them."""
        return await Following.open(self._client, namespace, after, structure=structure)

    async def token_at(self, moment: datetime) -> str:
        """A token after which the changes made from the second of the aware moment on follow.

        The moment is one of this machine's clock; the server is told how long ago it was. Raises DocumentError.
        """
        try:
            told = await self._client.admin.command("hello")
        except PyMongoError as error:
            raise as_document_error(error) from error
        ago = datetime.now(UTC) - moment
        return await token_of_start(self._client, told["localTime"].replace(tzinfo=UTC) - max(ago, timedelta(0)))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
