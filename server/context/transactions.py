"""The transactions that one run of a function holds open, by the ids of its sessions."""

from __future__ import annotations

from typing import Final

from runtime.messages import HostError
from server.documents.store import DocumentStore, OpenTransaction

MOST_OPEN: Final = 8
"""How many transactions one run may hold open."""
MAX_ID_LENGTH: Final = 64


class RunTransactions:
    """Begun and ended by the run; what it leaves open is undone when it ends."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], OpenTransaction] = {}

    async def start(self, store: DocumentStore, service: str, session: str) -> None:
        """Begin the session's transaction. Raises HostError where it has one, or where the run has too many."""
        if (service, session) in self._open:
            raise HostError("MongoError", "Transaction already in progress")
        if len(self._open) >= MOST_OPEN or len(session) > MAX_ID_LENGTH:
            raise HostError("MongoError", f"a function may hold {MOST_OPEN} transactions open")
        self._open[service, session] = await store.begin()

    def find(self, service: str, session: str) -> OpenTransaction:
        """The session's transaction. Raises HostError where it has none."""
        found = self._open.get((service, session))
        if found is None:
            raise HostError("MongoError", "the session has no transaction in progress")
        return found

    async def commit(self, service: str, session: str) -> None:
        """Make what the session's transaction wrote. Raises DocumentError, and then wrote nothing."""
        transaction = self.find(service, session)
        del self._open[service, session]
        await transaction.commit()

    async def abort(self, service: str, session: str) -> None:
        """Undo the session's transaction, where it has one."""
        transaction = self._open.pop((service, session), None)
        if transaction is not None:
            await transaction.abort()

    async def close(self) -> None:
        """Undo all that is still open."""
        while self._open:
            _, transaction = self._open.popitem()
            await transaction.abort()
