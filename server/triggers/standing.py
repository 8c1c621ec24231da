"""Which state a trigger has after its app was deployed, or the operator resumed it; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from server.apps.model import AuthenticationEvents, Trigger
from server.calls.trigger_events import kind_of
from server.events import TriggerState, TriggerStatus


def watches(trigger: Trigger) -> bool:
    """Whether the trigger has to look for its events; those of logins are queued by the login itself."""
    return not isinstance(trigger.events, AuthenticationEvents)


def after_deployment(
    before: Sequence[TriggerState], app_id: str, triggers: Sequence[Trigger], *, version: str, now: datetime
) -> list[TriggerState]:
    """The states of the triggers of a deployed app; those of triggers that it has no more are forgotten."""
    known = {state.name: state for state in before}
    return [
        _deployed(known.get(trigger.name), app_id, trigger, version=version, now=_whole(now))
        for trigger in triggers
        if watches(trigger)
    ]


def _deployed(
    before: TriggerState | None, app_id: str, trigger: Trigger, *, version: str, now: datetime
) -> TriggerState:
    """A new trigger begins now, one that is enabled again where it was, unless it skips what happened meanwhile.

    A suspended one stays so until the app changes, and then begins now.
    """
    status = TriggerStatus.DISABLED if trigger.disabled else TriggerStatus.ACTIVE
    anew = TriggerState(
        app_id=app_id, name=trigger.name, kind=kind_of(trigger), status=status, since=now, version=version
    )
    if before is None or before.kind is not anew.kind:
        return anew
    if before.status is TriggerStatus.SUSPENDED and not trigger.disabled:
        return before if before.version == version else anew
    if before.status is TriggerStatus.DISABLED and not trigger.disabled and _skips_catchup(trigger):
        return anew
    return replace(before, status=status, reason="", version=version)


def resumed(before: TriggerState, *, now: datetime, skip: bool) -> TriggerState:
    """A suspended trigger goes on: where it was, or with `skip` from now on."""
    state = replace(before, status=TriggerStatus.ACTIVE, reason="")
    return replace(state, place=None, since=_whole(now)) if skip else state


def suspended(before: TriggerState, reason: str) -> TriggerState:
    """The trigger stands still until it is resumed."""
    return replace(before, status=TriggerStatus.SUSPENDED, reason=reason)


def _skips_catchup(trigger: Trigger) -> bool:
    return not isinstance(trigger.events, AuthenticationEvents) and trigger.events.skip_catchup_events


def _whole(moment: datetime) -> datetime:
    """To the millisecond, as it is kept."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
