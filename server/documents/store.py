"""What every document store can do, embedded or MongoDB itself."""

from __future__ import annotations

from typing import Protocol

from server.documents.operation import Operation, WriteGuard
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


class DocumentStore(Protocol):
    """A data source: operations in the form of `Operation`, results as in contract 3.1, MongoDB's errors."""

    async def execute(self, operation: Operation, guard: WriteGuard | None = None) -> Value:
        """Run one operation; a write is durable on return. Raises DocumentError, or what the guard raises."""

    async def begin(self) -> OpenTransaction:
        """Open a transaction for its owner to fill. Raises DocumentError where there are none, or too many."""

    async def close(self) -> None:
        """Finish what is under way and let go."""
