"""Calls that a run asks for by `context.after`: as events of the queue, with the authority of whoever asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from server.auth.ids import new_id
from server.causes import current_cause
from server.ejson import Value
from server.events import PERSISTENT, EventKind, TriggerEvent
from server.records import Caller, UserCaller

AFTER: Final = "after:"
"""Before the function's name, where triggers have theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """As whom (None: the system) and with what a function is to be called."""

    user_id: str | None
    arguments: tuple[Value, ...]


def call_afterwards(app_id: str, function_name: str, arguments: list[Value], caller: Caller) -> TriggerEvent:
    """The event by which the queue calls a function once the run that asks has ended well."""
    origin = caller.request.event
    user_id = caller.user.id if isinstance(caller, UserCaller) else None
    return TriggerEvent(
        id=new_id(),
        app_id=app_id,
        kind=EventKind.AFTER,
        trigger_name=f"{AFTER}{function_name}",  # no trigger is named so: it has places of its own
        function_name=function_name,
        arguments=(user_id, *arguments),
        created_at=datetime.now(UTC),
        depth=origin.depth + 1 if origin is not None else 0,
        retry=PERSISTENT,
        cause=current_cause(),
    )


def read_asked(event: TriggerEvent) -> Asked:
    """What such an event stands for."""
    user_id, *arguments = event.arguments
    return Asked(user_id=user_id if isinstance(user_id, str) else None, arguments=tuple(arguments))
