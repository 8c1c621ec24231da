"""Where changes of documents are read: what database triggers ask of a data source, and the embedded store's answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.documents.change_log import Change
from server.documents.engine import EmbeddedDocuments
from server.ejson import Document


class PlaceLost(Exception):
    """The source does not keep the changes that follow the place any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChange:
    """One change: `event` has `fullDocument` and `fullDocumentBeforeChange` wherever the source knows them.

    `operation` is named as triggers name it (contract 8.2), `place` is where a reader stands after it, and `depth`
    counts the trigger events that led to it.
    """

    place: str
    operation: str
    database: str
    collection: str
    event: Document
    depth: int = 0


class ChangeSource(Protocol):
    """The changes of one data source. Places are texts that sort as the changes do."""

    async def place_at(self, moment: datetime) -> str:
        """Where a reader stands who wants what happened from the moment on."""

    async def read(self, after: str, limit: int) -> Sequence[SourceChange]:
        """The changes that follow the place, oldest first; none where there is none yet. Raises PlaceLost."""

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have the watcher told when there may be more."""

    def unwatch(self, watcher: Callable[[], None]) -> None:
        """Have the watcher told no more."""


class EmbeddedChanges:
    """The change log of an embedded store; it is written in the transaction of each change."""

    def __init__(self, documents: EmbeddedDocuments) -> None:
        self._documents = documents

    async def place_at(self, moment: datetime) -> str:
        """Where a reader stands who wants what happened from the moment on."""
        return await self._documents.token_at(moment)

    async def read(self, after: str, limit: int) -> Sequence[SourceChange]:
        """The changes that follow the place, oldest first. Raises PlaceLost."""
        number = int(after, 16)
        changes = await self._documents.changes(after=number, limit=limit)
        if changes and changes[0].number != number + 1 and await self._documents.first_change() > number + 1:
            raise PlaceLost
        return [_source_change(change) for change in changes]

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have the watcher told when there may be more."""
        self._documents.watch(watcher)

    def unwatch(self, watcher: Callable[[], None]) -> None:
        """Have the watcher told no more."""
        self._documents.unwatch(watcher)


def _source_change(change: Change) -> SourceChange:
    event = change.event()
    if change.before is not None:
        event["fullDocumentBeforeChange"] = change.before
    return SourceChange(
        place=_place(change.number),
        operation=change.kind.upper(),
        database=change.database,
        collection=change.collection,
        event=event,
        depth=change.depth,
    )


def _place(number: int) -> str:
    """As resume tokens of change events are written."""
    return f"{number:016x}"
