"""The change log of an embedded file, read on and on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from server.documents.change_event import ChangeEvent, history_lost, of_change
from server.documents.change_log import Change
from server.documents.change_tail import ChangeTail
from server.documents.storage import Namespace

Read = Callable[[int], Awaitable[list[Change]]]
"""The next changes above a number, oldest first."""


class EmbeddedFollowing:
    """The changes after a number, of a collection, a database (no collection) or everything (neither)."""

    def __init__(self, read: Read, tail: ChangeTail, namespace: Namespace, number: int) -> None:
        self._read = read
        self._tail = tail
        self._namespace = namespace
        self._number = number

    @property
    def token(self) -> str:
        """Where to go on after what has been given out so far."""
        return f"{self._number:016x}"

    async def __aiter__(self) -> AsyncIterator[ChangeEvent]:
        while True:
            for change in await self._read(self._number):
                if change.number != self._number + 1:
                    raise history_lost()
                self._number = change.number
                if self._is_wanted(change):
                    yield of_change(change)
            await self._tail.beyond(self._number)

    async def close(self) -> None:
        """Nothing is held open."""

    def _is_wanted(self, change: Change) -> bool:
        wanted = self._namespace
        return wanted.database in {"", change.database} and wanted.collection in {"", change.collection}
