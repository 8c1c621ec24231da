"""What led to what this task does: the call or login that it is a part of, however many queues lie between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from server.request_id import request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A call or login, by the id of its log entry, within the trace of all that one thing led to.

    A trace is named by its request, or where no client asked by the entry that it began with.
    """

    trace: str
    entry: str


_current: ContextVar[Cause | None] = ContextVar("cause", default=None)


def current_cause() -> Cause | None:
    """What led to what is done here; None: nothing that has an entry."""
    return _current.get()


@contextmanager
def within(cause: Cause | None) -> Iterator[None]:
    """What is done in this block was caused by that, and by nothing that came before."""
    token = _current.set(cause)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def causing(entry_id: str) -> Iterator[None]:
    """What is done in this block was caused by the call or login that this entry will be about."""
    known = _current.get()
    with within(Cause(trace=known.trace if known is not None else request_id() or entry_id, entry=entry_id)):
        yield
