"""The events of authentication triggers and webhooks (contract 8.1), which the login or call under way causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from server.apps.model import App, AuthOperation
from server.auth.ids import new_id
from server.calls.outgoing_webhooks import webhook_events
from server.calls.trigger_events import trigger_event
from server.causes import current_cause
from server.ejson import Document, Value
from server.events import TriggerEvent
from server.records import User, UserCaller
from server.rules.scope import user_document


def authentication_events(
    app: App, operation: AuthOperation, user: User, provider_types: Sequence[str], now: datetime
) -> list[TriggerEvent]:
    """One event for each trigger and webhook that waits for the operation by any of these providers; `now` is aware.

    A CREATE of a user who has more than one identity is a link (contract 8.1).
    """
    triggers = {trigger.name: trigger for kind in provider_types for trigger in app.triggers_for(operation, kind)}
    if not triggers and not app.policy.webhooks:
        return []
    providers: list[Value] = list(provider_types)
    argument: Document = {
        "operationType": operation.value,
        "providers": providers,
        "user": _user(user),
        "time": now,
    }
    linked = operation is AuthOperation.CREATE and len(user.identities) > 1
    cause, position = current_cause(), int(now.timestamp() * 1_000_000)
    owed = [
        *(
            trigger_event(app.app_id, trigger, (argument,), id=new_id(), now=now, position=position)
            for trigger in triggers.values()
        ),
        *webhook_events(app, operation, argument, provider_types, linked=linked, now=now),
    ]
    return [replace(event, cause=cause) for event in owed]


def _user(user: User) -> Document:
    described = user_document(UserCaller(user=user))
    described["creation_date"] = user.created_at
    described["last_authentication_date"] = user.last_authentication_at
    return described
