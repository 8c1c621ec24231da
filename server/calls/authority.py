"""The one place that decides as whom a function runs, and that grants the system user (contract 4.2, 4.3)."""

from __future__ import annotations

import logging

from server.apps.model import Function
from server.records import Caller, RequestDescription, SystemCaller, User, UserCaller

_log = logging.getLogger(__name__)


def system_caller(
    reason: str, *, caller: Caller | None = None, request: RequestDescription | None = None
) -> SystemCaller:
    """The system user, granted for this reason; `caller` stays visible as `context.user`."""
    user_id = caller.user.id if caller is not None and caller.user is not None else None
    whom = f"on behalf of user {user_id}" if user_id else "on nobody's behalf"
    _log.info("system user granted %s: %s", whom, reason, extra={"reason": reason, "user_id": user_id})
    if caller is None:
        return SystemCaller(reason=reason, request=request or RequestDescription())
    return SystemCaller(reason=reason, user=caller.user, custom_data=caller.custom_data, request=caller.request)


def effective_caller(function: Function, caller: Caller) -> Caller:
    """The caller as the function's own configuration escalates it."""
    if function.run_as_system and not isinstance(caller, SystemCaller):
        return system_caller(f"function '{function.name}' is configured to run as system", caller=caller)
    return caller


def as_user(user: User, caller: Caller) -> UserCaller:
    """The run as another user of the same app, with nothing of the caller but the request."""
    return UserCaller(user=user, request=caller.request)
