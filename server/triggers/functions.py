"""Runs the function of an event, as the system user or as whoever asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from server.calls.authority import system_caller
from server.calls.calling import Calls, encode_arguments
from server.calls.manner import PLAIN, Manner
from server.calls.outcomes import value_of
from server.calls.registry import Registry
from server.causes import within
from server.context.afterwards import read_asked
from server.context.deployment import Deployment
from server.ejson import Value
from server.errors import AppError, ErrorCode
from server.events import EventKind, EventOrigin, QueuedEvent, TriggerEvent
from server.records import Caller, RequestDescription, UserCaller
from server.triggers.attempts import Handle
from server.triggers.outcomes import RunFailed, RunHopeless, RunInterrupted

MOST_CHAINED: Final = 100
"""How many events may lead to one another, each by what its run wrote, before the chain is taken for a loop."""
_NOT_ITS_FAULT: Final = {
    ErrorCode.TOO_MANY_REQUESTS, ErrorCode.INTERNAL_SERVER_ERROR, ErrorCode.FUNCTION_UNAVAILABLE,
}  # fmt: skip


class FunctionRuns:
    """Runs the functions of triggers, and those that other runs asked for afterwards."""

    def __init__(self, calls: Calls, registry: Registry) -> None:
        self._calls = calls
        self._registry = registry

    def handlers(self) -> Mapping[EventKind, Handle]:
        """The kinds of events whose runs are calls of functions."""
        return dict.fromkeys(EventKind, self.run)

    async def run(self, queued: QueuedEvent) -> None:
        """Call the function with the event's arguments; it finds the event in `context.event`."""
        event = queued.event
        if event.depth > MOST_CHAINED:
            raise RunHopeless(f"the trigger leads to itself: this is event {event.depth} in a chain")
        deployment = self._registry.find(event.app_id)
        if deployment is None:
            raise RunInterrupted(f"app '{event.app_id}' is not served")
        origin = EventOrigin(
            id=event.id, kind=event.kind, trigger_name=event.trigger_name,
            attempt=queued.attempts, created_at=event.created_at, depth=event.depth,
        )  # fmt: skip
        caller, arguments = await self._as_whom(event, RequestDescription(event=origin))
        manner = replace(PLAIN, sightings=deployment.personal.sightings())
        given = encode_arguments(*arguments)
        try:
            with within(event.cause):
                value_of(await self._calls.run(deployment, caller, event.function_name, given, manner=manner))
        except AppError as error:
            text = _shown(deployment, manner, error.message)
            raise (RunInterrupted if error.code in _NOT_ITS_FAULT else RunFailed)(text) from error

    async def _as_whom(self, event: TriggerEvent, request: RequestDescription) -> tuple[Caller, tuple[Value, ...]]:
        """The caller and the function's arguments: a trigger is the system, `context.after` whoever asked."""
        system = f"trigger '{event.trigger_name}', event {event.id}"
        if event.kind is not EventKind.AFTER:
            return system_caller(system, request=request), event.arguments
        asked = read_asked(event)
        if asked.user_id is None:
            return system_caller(system, request=request), asked.arguments
        user = await self._calls.store.find_user(event.app_id, asked.user_id)
        if user is None or user.disabled:
            raise RunHopeless("the user who asked for it does not exist any more, or is disabled")
        return UserCaller(user=user, request=request), asked.arguments


def _shown(deployment: Deployment, manner: Manner, text: str) -> str:
    """An error as the queue keeps it: without secrets, and without the personal data that the run met."""
    known = deployment.redact(text)
    return manner.sightings(known) if manner.sightings is not None else known
