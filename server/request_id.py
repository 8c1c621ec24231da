"""The id of the request being answered: in the log, in the app's log entries, and in the link of its error."""

from __future__ import annotations

from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def begin_request(id: str) -> None:
    """What this task does from now on is for the request of this id."""
    _current.set(id)


def request_id() -> str:
    """The id; empty where no client asked, as in a trigger."""
    return _current.get()
