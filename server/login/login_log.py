"""What the authors' log says of logins: who came in by which provider, and why somebody was refused (contract 12.5).

Entries wait with those of runs and share their writes: no login waits for its entry, and no refusal tells by its time
whether the account exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from server.apps.model import App
from server.auth.ids import new_id
from server.calls.calling import Calls
from server.calls.outcomes import FunctionFailed
from server.causes import causing
from server.errors import AppError, ErrorCode, quoted
from server.login.attempt import Attempt
from server.records import LogEntry, RequestDescription
from server.request_id import request_id

LONGEST_ERROR = 1000
"""Characters of a refusal's reason that are kept."""


class AuthEvent(StrEnum):
    """What a provider was asked for."""

    LOGIN = "login"
    LINK = "link"
    REQUEST = "request"
    """Credentials in the headers of one request to an endpoint; only refusals are kept."""


@dataclass(slots=True)
class LoginNote:
    """Whom an attempt turned out to be."""

    user_id: str | None = None


@contextmanager
def logged(attempt: Attempt, event: AuthEvent, account: str | None, user_id: str | None = None) -> Iterator[LoginNote]:
    """Verify credentials within this block; how it ends is kept. `account` is the name that is claimed."""
    note = LoginNote(user_id)
    begun = _entry(attempt.deployment.app, attempt.provider.type.value, event, attempt.request)
    # Of a request nothing is kept but its refusal: what it leads to would be caused by nothing that is known.
    scope = nullcontext() if event is AuthEvent.REQUEST else causing(begun.id)
    try:
        with scope:
            yield note
    except Exception as error:
        reason = _shown(attempt, error)
        refused = replace(begun, error=reason, error_code=_code(error), user_id=note.user_id, claimed_login=account)
        attempt.calls.logs.add(replace(refused, completed_at=datetime.now(UTC)))
        raise
    if event is not AuthEvent.REQUEST:
        attempt.calls.logs.add(replace(begun, user_id=note.user_id, completed_at=datetime.now(UTC)))


@contextmanager
def refused_before(calls: Calls, app: App, provider_type: str, request: RequestDescription) -> Iterator[None]:
    """Look for the provider within this block; where there is none, or it is disabled, that is kept."""
    try:
        yield
    except AppError as refusal:
        known = provider_type in app.providers
        reason = f"provider {quoted(provider_type)} is disabled" if known else refusal.message
        begun = _entry(app, provider_type if known else None, AuthEvent.LOGIN, request)
        calls.logs.add(replace(begun, error=reason, error_code=refusal.code.value))
        raise


def _entry(app: App, provider_type: str | None, event: AuthEvent, request: RequestDescription) -> LogEntry:
    now = datetime.now(UTC)
    return LogEntry(
        id=new_id(), app_id=app.app_id, type="AUTH", function_name=None, user_id=None, error=None, error_code=None,
        messages=(), started_at=now, completed_at=now, co_id=request_id(), provider_type=provider_type,
        auth_event=event.value, remote_ip_address=request.remote_ip_address,
    )  # fmt: skip


def _shown(attempt: Attempt, error: Exception) -> str:
    """Why, without secrets and personal data; what a function of such an app said is in its own entry."""
    sightings = attempt.deployment.personal.sightings()
    if sightings is None:
        return attempt.deployment.redact(_reason(error))
    if isinstance(error.__cause__, FunctionFailed):
        return "the authentication function failed: its own entry, of the same request, says how"
    sightings.see(attempt.credentials)
    return sightings(attempt.deployment.redact(_reason(error)))


def _reason(error: Exception) -> str:
    """What the author is told, which may be more than the client is."""
    if not isinstance(error, AppError):
        return "internal error"
    cause = error.__cause__
    known = f"{error.message}: {cause}" if cause is not None and str(cause) not in error.message else error.message
    return known[:LONGEST_ERROR]


def _code(error: Exception) -> str:
    return (error.code if isinstance(error, AppError) else ErrorCode.INTERNAL_SERVER_ERROR).value
