"""An operation's arguments, read for the driver."""

from __future__ import annotations

from typing import Any, Final

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from server.documents.admission import admit
from server.documents.arguments import Arguments
from server.documents.errors import FAILED_TO_PARSE, DocumentError
from server.documents.operation import Operation
from server.ejson import Document

PASSED: Final = ("collation", "hint", "let", "comment")
"""Options that go on to MongoDB as they are; others that the embedded store refuses are refused here as well."""


class Request:
    """One operation on one collection, within a session where there is one."""

    __slots__ = ("arguments", "collection", "given", "operation", "session")

    def __init__(
        self, collection: AsyncCollection[Document], operation: Operation, session: AsyncClientSession | None
    ) -> None:
        self.collection = collection
        self.operation = operation
        self.session = session
        self.given = admit(operation.arguments)
        self.arguments = Arguments({name: value for name, value in self.given.items() if name not in PASSED})

    @property
    def query(self) -> Document:
        """The filter, by either of its names."""
        return self.arguments.document("query", "filter")

    def options(self, *names: str) -> dict[str, Any]:
        """Of these options and those that all operations share, the ones that were given."""
        return {name: self.given[name] for name in (*names, *PASSED) if self.given.get(name) is not None}

    @property
    def update(self) -> Document | list[Document]:
        """The update: operators, a replacement or a pipeline."""
        update = self.arguments.value("update")
        if isinstance(update, list):
            return self.arguments.documents("update")
        if update is None:
            raise DocumentError(FAILED_TO_PARSE, "the argument update is missing")
        return self.arguments.document("update")

    @property
    def array_filters(self) -> list[Document] | None:
        """The filters of array elements, if any."""
        return self.arguments.documents("arrayFilters") or None


def is_replacement(update: Document | list[Document]) -> bool:
    """Whether the update is a whole document in place of another (contract 3.3)."""
    return isinstance(update, dict) and not any(name.startswith("$") for name in update)
