"""From a trigger and what happened to the event that is owed; pure."""

from __future__ import annotations

import hashlib
from datetime import datetime

from server import ejson
from server.apps.model import AuthenticationEvents, DatabaseEvents, Trigger
from server.ejson import Document, Value
from server.events import EventKind, TriggerEvent


def trigger_event(
    app_id: str,
    trigger: Trigger,
    arguments: tuple[Value, ...],
    *,
    id: str,
    now: datetime,
    position: int = 0,
    depth: int = 0,
) -> TriggerEvent:
    """The event, with the trigger's order and retries; `now` is aware."""
    return TriggerEvent(
        id=id,
        app_id=app_id,
        kind=kind_of(trigger),
        trigger_name=trigger.name,
        function_name=trigger.function_name,
        arguments=arguments,
        created_at=now,
        lane=_lane(trigger, arguments),
        position=position,
        depth=depth,
        retry=trigger.retry,
    )


def kind_of(trigger: Trigger) -> EventKind:
    """What the trigger's events come from."""
    match trigger.events:
        case AuthenticationEvents():
            return EventKind.AUTHENTICATION
        case DatabaseEvents():
            return EventKind.DATABASE
        case _:
            return EventKind.SCHEDULED


def _lane(trigger: Trigger, arguments: tuple[Value, ...]) -> str | None:
    """Events of equal lane run one at a time: those of equal key, or of a database trigger unless it is unordered."""
    if trigger.ordered_by and arguments:
        key = ejson.dumps([_at(arguments[0], trigger.ordered_by)])
        return f"{trigger.name}/{hashlib.sha256(key).hexdigest()[:32]}"
    ordered = isinstance(trigger.events, DatabaseEvents) and not trigger.events.unordered
    return trigger.name if ordered else None


def _at(value: Value | Document, path: str) -> Value:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
