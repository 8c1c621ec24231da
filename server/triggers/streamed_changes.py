"""The changes of a whole MongoDB deployment for database triggers: one change stream, read ahead a little."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from server.documents.change_event import HISTORY_LOST, INVALID_RESUME_TOKEN, ChangeEvent
from server.documents.errors import DocumentError
from server.documents.storage import Namespace
from server.documents.store import DocumentStore
from server.ejson import Document
from server.triggers.change_sources import PlaceLost, SourceChange

AHEAD: Final = 1000
"""Changes read ahead; beyond it the server keeps them."""
EVERYTHING: Final = Namespace(database="", collection="")
OPERATIONS: Final = {
    "create": "CREATE_COLLECTION", "modify": "MODIFY_COLLECTION", "rename": "RENAME_COLLECTION",
    "drop": "DROP_COLLECTION", "shardCollection": "SHARD_COLLECTION", "reshardCollection": "RESHARD_COLLECTION",
    "refineCollectionShardKey": "REFINE_COLLECTION_SHARD_KEY", "createIndexes": "CREATE_INDEXES",
    "dropIndexes": "DROP_INDEXES", "dropDatabase": "DROP_DATABASE",
}  # fmt: skip
"""What triggers call the operations that are not those of documents."""
_LOST: Final = frozenset({HISTORY_LOST, INVALID_RESUME_TOKEN})


class StreamedChanges:
    """Reads a store's stream in the background, from wherever the last reader stood. Places are resume tokens."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._watchers: list[Callable[[], None]] = []
        self._ahead: deque[SourceChange] = deque()
        self._room = asyncio.Event()
        self._after: str | None = None
        self._failure: DocumentError | None = None
        self._reading: asyncio.Task[None] | None = None

    async def place_at(self, moment: datetime) -> str:
        """Where a reader stands who wants what happened from the moment on."""
        return await self._store.token_at(moment)

    async def read(self, after: str, limit: int) -> Sequence[SourceChange]:
        """The changes that follow the place, as far as they are here. Raises PlaceLost, DocumentError."""
        if self._reading is None or self._after != after:
            await self._begin(after)
        if self._failure is not None and not self._ahead:
            failure, self._reading = self._failure, None
            raise (PlaceLost(str(failure)) if failure.code in _LOST else failure)
        changes = [self._ahead.popleft() for _ in range(min(limit, len(self._ahead)))]
        self._room.set()
        self._after = changes[-1].place if changes else after
        return changes

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have the watcher told when there may be more."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Callable[[], None]) -> None:
        """Have the watcher told no more; with the last one the stream is closed."""
        self._watchers.remove(watcher)
        if not self._watchers and self._reading is not None:
            self._reading.cancel()

    async def _begin(self, after: str) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        self._ahead.clear()
        self._after, self._failure = after, None
        self._reading = asyncio.create_task(self._read_ahead(after))

    async def _read_ahead(self, after: str) -> None:
        try:
            following = await self._store.follow(EVERYTHING, after=after, structure=True)
            try:
                async for change in following:
                    await self._keep(change)
            finally:
                await following.close()
        except DocumentError as error:
            self._failure = error
            self._tell()

    async def _keep(self, change: ChangeEvent) -> None:
        self._ahead.append(_source_change(change))
        self._tell()
        while len(self._ahead) >= AHEAD:
            self._room.clear()
            await self._room.wait()

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()


def _source_change(change: ChangeEvent) -> SourceChange:
    event: Document = dict(change.event)
    if change.before is not None:
        event["fullDocumentBeforeChange"] = change.before
    namespace = event.get("ns")
    names = namespace if isinstance(namespace, dict) else {}
    return SourceChange(
        place=change.token,
        operation=OPERATIONS.get(change.kind, change.kind.upper()),
        database=str(names.get("db", "")),
        collection=str(names.get("coll", "")),
        event=event,
    )
