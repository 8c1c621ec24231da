"""A transaction on a real MongoDB that its owner holds open over many operations."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import PyMongoError

from server.documents.errors import NO_SUCH_TRANSACTION, NOT_IN_TRANSACTION, DocumentError
from server.documents.mongo.administration import ADMINISTRATION
from server.documents.mongo.failures import bounded
from server.documents.operation import Operation, WriteGuard
from server.ejson import Value

LIFETIME_SECONDS: Final = 60.0
"""How long a transaction may stay open, as MongoDB's `transactionLifetimeLimitSeconds`."""

Run: TypeAlias = Callable[[Operation, WriteGuard | None, AsyncClientSession], Awaitable[Value]]


class MongoTransaction:
    """One open transaction; ended by `commit`, `abort` or its lifetime."""

    def __init__(self, session: AsyncClientSession, run: Run) -> None:
        self._session = session
        self._run = run
        self._turn = asyncio.Lock()
        self._deadline = asyncio.get_running_loop().time() + LIFETIME_SECONDS
        self._open = True

    @property
    def is_open(self) -> bool:
        """Whether it still takes operations."""
        return self._open and asyncio.get_running_loop().time() < self._deadline

    async def execute(self, operation: Operation, guard: WriteGuard | None = None) -> Value:
        """Run one operation; one that is refused ends the transaction. Raises DocumentError."""
        if operation.action in ADMINISTRATION:
            text = f"Cannot run '{operation.action}' in a multi-document transaction."
            raise DocumentError(NOT_IN_TRANSACTION, text)
        async with self._turn:
            self._require_open()
            try:
                async with bounded():
                    return await self._run(operation, guard, self._session)
            except DocumentError:
                await self._end()
                raise
            except Exception:
                if operation.action == "bulkWrite":  # a guard may have refused one write after others were made
                    await self._end()
                raise

    async def commit(self) -> None:
        """Make all writes at once. Raises DocumentError, and then wrote nothing."""
        async with self._turn:
            self._require_open()
            try:
                async with bounded():
                    await self._session.commit_transaction()
            finally:
                await self._end()

    async def abort(self) -> None:
        """Forget all writes; no error where the transaction has ended already."""
        async with self._turn:
            await self._end()

    def _require_open(self) -> None:
        if not self.is_open:
            raise DocumentError(NO_SUCH_TRANSACTION, "the transaction has been aborted or has taken too long")

    async def _end(self) -> None:
        """Ending the session aborts what is not committed; a server that is gone has forgotten it already."""
        if self._open:
            self._open = False
            with contextlib.suppress(PyMongoError):
                await self._session.end_session()
