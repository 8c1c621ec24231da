"""Events as rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, cast

from server import ejson
from server.causes import Cause
from server.ejson import Value
from server.events import EventKind, QueuedEvent, Retry, TriggerEvent
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.transaction import Row

COLUMNS: Final = (
    "app_id, id, kind, trigger_name, function_name, arguments, lane, position, depth, created_at, "
    "attempts_allowed, first_delay, longest_delay, deadline, give_up_at, attempts, failures, last_error, cause"
)
"""What `events` and `dead_events` have in common, in the order of `to_row`."""
BEHIND: Final = 2**63 - 1
"""`due_at` of an event while others of its lane come first."""
_MILLISECOND = timedelta(milliseconds=1)


def to_row(event: TriggerEvent) -> Row:
    """The columns of an event that was never begun."""
    retry = event.retry
    return (
        event.app_id,
        event.id,
        event.kind.value,
        event.trigger_name,
        event.function_name,
        ejson.dumps(list(event.arguments)).decode(),
        event.lane,
        event.position,
        event.depth,
        to_milliseconds(event.created_at),
        retry.attempts,
        retry.first_delay // _MILLISECOND,
        retry.longest_delay // _MILLISECOND,
        retry.deadline // _MILLISECOND,
        to_milliseconds(event.created_at + retry.deadline),
        0,
        0,
        None,
        _cause_text(event.cause),
    )


def from_row(row: Row) -> QueuedEvent:
    """The event of a row that begins with `COLUMNS`."""
    app_id, id_, kind, trigger_name, function_name, arguments = cast("tuple[str, ...]", row[:6])
    position, depth, created_at, *retry, give_up_at, attempts, failures = cast("tuple[int, ...]", row[7:17])
    event = TriggerEvent(
        id=id_,
        app_id=app_id,
        kind=EventKind(kind),
        trigger_name=trigger_name,
        function_name=function_name,
        arguments=tuple(cast("list[Value]", ejson.loads(arguments))),
        created_at=from_milliseconds(created_at),
        lane=cast("str | None", row[6]),
        position=position,
        depth=depth,
        retry=_retry(*retry),
        cause=_cause(cast("str | None", row[18])),
    )
    return QueuedEvent(
        event=event,
        attempts=attempts,
        failures=failures,
        last_error=cast("str | None", row[17]),
        give_up_at=from_milliseconds(give_up_at),
        size=len(arguments),
    )


def _cause_text(cause: Cause | None) -> str | None:
    return None if cause is None else f"{cause.trace} {cause.entry}"


def _cause(text: str | None) -> Cause | None:
    if text is None:
        return None
    trace, entry = text.split()
    return Cause(trace=trace, entry=entry)


def _retry(attempts: int, first_delay: int, longest_delay: int, deadline: int) -> Retry:
    return Retry(
        attempts=attempts,
        first_delay=first_delay * _MILLISECOND,
        longest_delay=longest_delay * _MILLISECOND,
        deadline=deadline * _MILLISECOND,
    )
