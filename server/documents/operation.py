"""What the engine is asked to do, and who watches over the documents it touches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from server.ejson import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation; `action` and the fields of `arguments` are named as clients send them (contract 3.1)."""

    database: str
    collection: str
    action: str
    arguments: Document = field(default_factory=dict)


class WriteGuard(Protocol):
    """Who sees and who writes what; the engine asks it for every document an operation meets."""

    def sees(self, document: Document, /) -> bool:
        """Whether the document exists for this caller; where False, no read or write matches it."""

    def view(self, document: Document, /) -> Document | None:
        """What the caller may read of the document; None: it is left out."""

    def check(self, before: Document | None, after: Document | None, /) -> None:
        """Raise to refuse the write, and with it the whole operation (insert: no `before`; delete: no `after`)."""


class Unguarded:
    """The guard of the system: sees and may do everything."""

    def sees(self, _document: Document, /) -> bool:
        """Every document."""
        return True

    def view(self, document: Document, /) -> Document | None:
        """The whole document."""
        return document

    def check(self, _before: Document | None, _after: Document | None, /) -> None:
        """Nothing is refused."""
