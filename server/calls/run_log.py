"""The log entry of a run: what its author finds in the log of the app, and what the operator's says (contract 12.5)."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

from runtime.messages import GuestError, Outcome
from server.apps.model import App, Function
from server.auth.ids import new_id
from server.causes import current_cause
from server.context.deployment import Deployment
from server.context.personal import Sightings
from server.errors import AppError
from server.records import Caller, LogEntry
from server.request_id import request_id

SHOWN_LINES, SHOWN_BYTES = 25, 512
"""Console lines of a run that its log keeps, and bytes of each (contract 4.5)."""

SHOWN_ERROR = 8192
"""Characters of a run's error and its stack that its log keeps."""
SHOWN_ARGUMENTS, LONGEST_REDACTED = 2048, 1 << 16
"""Characters of a run's arguments that its log keeps, and bytes of them that are looked through for secrets."""

_log = logging.getLogger(__name__)


def begun_entry(deployment: Deployment, function: Function, caller: Caller, type: str) -> LogEntry:
    """The entry of a run that is about to begin, as far as it is known."""
    event, now = caller.request.event, datetime.now(UTC)
    return LogEntry(
        id=new_id(), app_id=deployment.app.app_id, type=event.kind.value if event else type,
        function_name=function.name, user_id=caller.user.id if caller.user else None, error=None, error_code=None,
        messages=(), started_at=now, completed_at=now, co_id=request_id(),
        remote_ip_address=caller.request.remote_ip_address, cause=current_cause(),
    )  # fmt: skip


def run_entry(
    begun: LogEntry, deployment: Deployment, function: Function, outcome: Outcome, arguments: str | None
) -> LogEntry:
    """The entry of a run that has just ended, whose outcome holds no secrets any more."""
    error = outcome.error
    if error is not None:
        _say(function, error)
    if _log.isEnabledFor(logging.DEBUG):
        _log.debug("function %s ended", function.name, extra=_described(deployment.app, function, outcome))
    return replace(
        begun,
        completed_at=datetime.now(UTC),
        error=f"{error.text}\n{error.stack}".strip()[:SHOWN_ERROR] if error else None,
        error_code=error.kind.value if error else None,
        stats=outcome.stats,
        messages=tuple(line.text[:SHOWN_BYTES] for line in outcome.logs[-SHOWN_LINES:]),
        arguments=arguments,
    )


def _described(app: App, function: Function, outcome: Outcome) -> dict[str, object]:
    kind = outcome.error.kind.value if outcome.error else "ok"
    return {"app": app.app_id, "function": function.name, "outcome": kind, "stats": outcome.stats}


def refused_entry(begun: LogEntry, deployment: Deployment, refusal: AppError) -> LogEntry:
    """The entry of a run that the server could not make or end."""
    return replace(
        begun,
        completed_at=datetime.now(UTC),
        error=deployment.personal.without_values(refusal.message)[:SHOWN_ERROR],
        error_code=refusal.code.value,
    )


def logged_arguments(deployment: Deployment, arguments: bytes, sightings: Sightings | None) -> str | None:
    """A run's arguments as its log entry has them, where the app wants that: without secrets and personal data."""
    if not deployment.app.policy.logs.arguments:
        return None
    (text,) = deployment.redact.lines([arguments[:LONGEST_REDACTED].decode(errors="replace")])
    return (sightings(text) if sightings is not None else text)[:SHOWN_ARGUMENTS]


def _say(function: Function, error: GuestError) -> None:
    place = " | ".join(line.strip() for line in error.stack.splitlines()[:8]) or f"functions/{function.name}.js"
    _log.warning("function %s failed: %s (%s)", function.name, error.text[:500], place[:1000])
