"""Which changes a database trigger is owed, and what of them its function sees (contract 8.2); pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from server.apps.model import DatabaseEvents
from server.documents.filters import compile_filter
from server.documents.projection import compile_projection
from server.ejson import Document, Value
from server.triggers.change_sources import SourceChange

_SYSTEM_DATABASES: Final = frozenset({"admin", "local", "config"})
_WITH_DOCUMENT: Final = frozenset({"INSERT", "REPLACE"})


@dataclass(frozen=True, slots=True)
class Matcher:
    """A trigger's configuration, compiled."""

    events: DatabaseEvents
    matches: Callable[[Value], bool]
    project: Callable[[Document], Document] | None

    def argument(self, change: SourceChange) -> Document | None:
        """The change event as the function gets it; None where the trigger is not owed it."""
        if not self._is_meant(change):
            return None
        event = self._shape(change)
        if not self.matches(event):
            return None
        return event if self.project is None else {**self.project(event), "operationType": event["operationType"]}

    def ends_with(self, change: SourceChange) -> str | None:
        """Why the trigger cannot go on after the change: what it watches is gone; None where it is not."""
        if self.events.collection and (change.database, change.collection) == self._namespace():
            return _ENDS.get(change.operation)
        if self.events.database == change.database and change.operation == "DROP_DATABASE":
            return "the database was dropped"
        return None

    def _namespace(self) -> tuple[str, str]:
        return self.events.database, self.events.collection

    def _is_meant(self, change: SourceChange) -> bool:
        if change.operation not in self.events.operations:
            return False
        if not self.events.database:
            return change.database not in _SYSTEM_DATABASES
        return change.database == self.events.database and self.events.collection in {"", change.collection}

    def _shape(self, change: SourceChange) -> Document:
        """Without the documents that the trigger did not ask for."""
        left_out = set()
        if change.operation not in _WITH_DOCUMENT and not self.events.full_document:
            left_out.add("fullDocument")
        if not self.events.full_document_before_change:
            left_out.add("fullDocumentBeforeChange")
        return {name: value for name, value in change.event.items() if name not in left_out}


_ENDS: Final = {"DROP_COLLECTION": "the collection was dropped", "RENAME_COLLECTION": "the collection was renamed"}


def compile_matcher(events: DatabaseEvents) -> Matcher:
    """The trigger's `match` and `project`, ready for use. Raises DocumentError where they are malformed."""
    project = compile_projection(events.project, for_find=False) if events.project else None
    return Matcher(events, compile_filter(events.match), project)
