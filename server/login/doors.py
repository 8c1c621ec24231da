"""The two doors: a user is about to exist, a session is about to exist. Every provider goes through both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from server.apps.authentication import ProviderType
from server.apps.model import AuthOperation
from server.auth.ids import new_id
from server.calls.authentication_events import authentication_events
from server.calls.calling import Calls, encode_arguments
from server.calls.outcomes import FunctionFailed
from server.context.deployment import Deployment
from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt
from server.records import Identity, Session, User, UserCaller
from server.rules.scope import user_document
from server.store.errors import IdentityTaken, UserGone

ANONYMOUS_LIFETIME = timedelta(days=365 * 50)
"""Refresh tokens of anonymous users practically never end (contract 1.5): nothing could log them in again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A user and the session that was opened for them."""

    user: User
    session: Session


async def enter(attempt: Attempt, identity: Identity, device_id: str, lifetime: timedelta, now: datetime) -> Opened:
    """Log in the user of a verified identity, who may have to be created first. Raises AppError."""
    app_id, store = attempt.deployment.app.app_id, attempt.calls.store
    known = await store.find_user_by_identity(app_id, identity.provider_type, identity.id)
    if known is None:
        try:
            return await _create_user(attempt, identity, device_id, lifetime, now)
        except IdentityTaken:
            known = await store.find_user_by_identity(app_id, identity.provider_type, identity.id)
    if known is None:
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
    return await _log_in_user(attempt, known, identity, device_id, lifetime, now)


async def _create_user(
    attempt: Attempt, identity: Identity, device_id: str, lifetime: timedelta, now: datetime
) -> Opened:
    app = attempt.deployment.app
    user = User(id=new_id(), app_id=app.app_id, identities=(identity,), created_at=now, last_authentication_at=now)
    await run_creation_function(attempt.calls, attempt.deployment, user)
    session = _session(user, identity, device_id, lifetime, now)
    created = authentication_events(app, AuthOperation.CREATE, user, (identity.provider_type,), now)
    logged_in = authentication_events(app, AuthOperation.LOGIN, user, (identity.provider_type,), now)
    await attempt.calls.store.add_user(user, session, [*created, *logged_in])
    return Opened(user=user, session=session)


async def _log_in_user(
    attempt: Attempt, known: User, identity: Identity, device_id: str, lifetime: timedelta, now: datetime
) -> Opened:
    if known.disabled:
        raise AppError(ErrorCode.USER_DISABLED, "user disabled")
    user = replace(
        known,
        identities=tuple(identity if _same(identity, other) else other for other in known.identities),
        last_authentication_at=now,
    )
    session = _session(user, identity, device_id, lifetime, now)
    events = authentication_events(attempt.deployment.app, AuthOperation.LOGIN, user, (identity.provider_type,), now)
    try:
        await attempt.calls.store.add_session(session, identity, events, now=now)
    except UserGone:
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized") from None
    return Opened(user=user, session=session)


async def run_creation_function(calls: Calls, deployment: Deployment, user: User) -> None:
    """The app's user creation function, before the account exists (contract 7.6); if it fails there is no account."""
    name = deployment.app.custom_user_data.on_user_creation_function
    if name is None:
        return
    argument = user_document(UserCaller(user=user))
    del argument["custom_data"]
    try:
        reason = f"user creation function '{name}'"
        await calls.call_as_system(deployment, name, encode_arguments(argument), reason=reason)
    except FunctionFailed as failure:
        raise AppError(ErrorCode.AUTH_ERROR, f"error executing user creation function: {failure.message}") from failure


def _same(one: Identity, other: Identity) -> bool:
    return (one.provider_type, one.id) == (other.provider_type, other.id)


def _session(user: User, identity: Identity, device_id: str, lifetime: timedelta, now: datetime) -> Session:
    is_anonymous = identity.provider_type == ProviderType.ANONYMOUS
    return Session(
        id=new_id(), app_id=user.app_id, user_id=user.id, device_id=device_id,
        provider_type=identity.provider_type, identity_id=identity.id, provider_id=identity.provider_id,
        created_at=now, expires_at=now + (ANONYMOUS_LIFETIME if is_anonymous else lifetime),
    )  # fmt: skip
