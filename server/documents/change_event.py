"""A change as watchers and triggers meet it, whichever store it happened in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.documents.change_log import Change
from server.documents.errors import DocumentError
from server.ejson import Document

HISTORY_LOST: Final = 286
INVALID_RESUME_TOKEN: Final = 260


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEvent:
    """One write. `token` is where to go on after it; `before` is None where the store does not keep it.

    `event` is the change event of contract 3.5, with the whole document after an update.
    """

    token: str
    kind: str
    before: Document | None
    after: Document | None
    event: Document


def of_change(change: Change) -> ChangeEvent:
    """The event of a write in the embedded engine's log."""
    return ChangeEvent(
        token=f"{change.number:016x}", kind=change.kind, before=change.before, after=change.after, event=change.event()
    )


def number_of(token: str) -> int:
    """The number of the write that the token stands for. Raises DocumentError."""
    try:
        return int(token, 16)
    except ValueError as error:
        raise DocumentError(INVALID_RESUME_TOKEN, "the resume token is not one of this data source") from error


def history_lost() -> DocumentError:
    """The place to go on from is no longer in the log."""
    return DocumentError(HISTORY_LOST, "Resume of change stream was not possible, as the resume point is too old")
