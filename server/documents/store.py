"""What every document store can do, embedded or MongoDB itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from server.documents.change_event import ChangeEvent
from server.documents.operation import Operation, WriteGuard
from server.documents.storage import Namespace
from server.ejson import Value


class OpenTransaction(Protocol):
    """A transaction that its owner fills operation by operation, and that ends by itself when it is left alone."""

    @property
    def is_open(self) -> bool:
        """Whether it still takes operations."""

    async def execute(self, operation: Operation, guard: WriteGuard | None = None) -> Value:
        """Run one operation; one that is refused ends the transaction. Raises DocumentError."""

    async def commit(self) -> None:
        """Make all writes at once. Raises DocumentError, and then wrote nothing."""

    async def abort(self) -> None:
        """Forget all writes; no error where the transaction has ended already."""


class Following(Protocol):
    """Changes as they happen, in their order; iterate it once, then close it."""

    @property
    def token(self) -> str:
        """Where to go on after what has been given out so far."""

    def __aiter__(self) -> AsyncIterator[ChangeEvent]:
        """The next changes, without end. Raises DocumentError where the store or the place in its log is lost."""

    async def close(self) -> None:
        """Let go of the store."""


class DocumentStore(Protocol):
    """A data source: operations in the form of `Operation`, results as in contract 3.1, MongoDB's errors."""

    async def execute(self, operation: Operation, guard: WriteGuard | None = None) -> Value:
        """Run one operation; a write is durable on return. Raises DocumentError, or what the guard raises."""

    async def begin(self) -> OpenTransaction:
        """Open a transaction for its owner to fill. Raises DocumentError where there are none, or too many."""

    async def follow(self, namespace: Namespace, *, after: str | None = None, structure: bool = False) -> Following:
        """The changes from now on, or after a token; no collection stands for all of a database, neither for all.

        With `structure` also what happens to collections and indexes, where the store has such events.
        """

    async def token_at(self, moment: datetime) -> str:
        """A token after which the changes made from the aware moment on follow. Raises DocumentError."""

    async def close(self) -> None:
        """Finish what is under way and let go."""
