"""What the engine is asked to do, and who watches over the documents it touches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from server.ejson import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation; `action` and the fields of `arguments` are named as clients send them (contract 3.1).

    `depth` counts the trigger events that led to it; the change log keeps it, so that loops are found.
    """

    database: str
    collection: str
    action: str
    arguments: Document = field(default_factory=dict)
    depth: int = 0


class WriteGuard(Protocol):
    """Who sees and who writes what; the store asks it for every document an operation meets."""

    @property
    def restriction(self) -> Document:
        """A filter that stored documents must pass to be seen at all; `{}` where there is none."""

    @property
    def hides_fields(self) -> bool:
        """Whether `view` may leave out parts of documents, so that queries and sorts are judged on what it shows."""

    def judges_stored(self, name: str, /) -> bool:
        """Whether a query on this top-level field may be judged on the stored document all the same."""

    def view(self, document: Document, /) -> Document | None:
        """What the caller may read of the document; None: no read or write matches it."""

    def check_update(self, document: Document, /) -> None:
        """Raise to refuse the update of a document before it is tried: what it ends in could tell of hidden fields."""

    def check(self, before: Document | None, after: Document | None, /) -> None:
        """Raise to refuse the write, and with it the whole operation (insert: no `before`; delete: no `after`)."""


class Unguarded:
    """The guard of the system: sees and may do everything."""

    restriction: Final[Document] = {}
    hides_fields: Final = False

    def judges_stored(self, _name: str, /) -> bool:
        """Every field."""
        return True

    def view(self, document: Document, /) -> Document | None:
        """The whole document."""
        return document

    def check_update(self, _document: Document, /) -> None:
        """Nothing is refused."""

    def check(self, _before: Document | None, _after: Document | None, /) -> None:
        """Nothing is refused."""
