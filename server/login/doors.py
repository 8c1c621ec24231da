"""The two doors: a user is about to exist, a session is about to exist. Every provider and path goes through both."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from server.apps.authentication import ProviderType
from server.apps.model import AuthOperation
from server.auth.ids import new_id
from server.calls.authentication_events import authentication_events
from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt, Verified
from server.login.audit import audit_entry
from server.login.user_creation import NewUser, create_user
from server.login_records import AuditEvent, NewSession
from server.records import Identity, Session, User
from server.store.errors import IdentityTaken, UserGone

ANONYMOUS_LIFETIME = timedelta(days=365 * 50)
"""Refresh tokens of anonymous users practically never end (contract 1.5): nothing could log them in again."""
MOST_TRIES = 5
"""How often a login looks again whose user somebody else made or deleted at the same moment."""


async def open_session(attempt: Attempt, verified: Verified, lifetime: timedelta, now: datetime) -> NewSession:
    """A session is about to exist, for the user of verified credentials, who may have to exist first.

    Raises AppError: UserDisabled, AuthError; ProofGone where the credentials were changed meanwhile.
    """
    for _ in range(MOST_TRIES):
        try:
            known = None if verified.is_new else await _open_next_session(attempt, verified, lifetime, now)
            if known is not None:
                return known
            if verified.user_id is not None:
                break
            return await _open_first_session(attempt, verified, lifetime, now)
        except (IdentityTaken, UserGone):
            continue
    raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")


async def open_user(attempt: Attempt, identity: Identity, now: datetime) -> User:
    """A user is about to exist, without a session. Raises AppError, IdentityTaken."""
    user = User(id=new_id(), app_id=attempt.deployment.app.app_id, identities=(identity,), created_at=now)
    await create_user(attempt.calls, attempt.deployment, NewUser(user=user), attempt.request)
    return user


async def find_owner(attempt: Attempt, verified: Verified) -> User | None:
    """The user whom the credentials prove; None where nobody has the identity yet."""
    app_id, store, identity = attempt.deployment.app.app_id, attempt.calls.store, verified.identity
    if verified.user_id is not None:
        return await store.find_user(app_id, verified.user_id)
    return await store.find_user_by_identity(app_id, identity.provider_type, identity.id)


async def _open_first_session(attempt: Attempt, verified: Verified, lifetime: timedelta, now: datetime) -> NewSession:
    app_id, identity = attempt.deployment.app.app_id, verified.identity
    user = User(id=new_id(), app_id=app_id, identities=(identity,), created_at=now, last_authentication_at=now)
    first = _new_session(attempt, user, identity, lifetime, now)
    new = NewUser(user=user, session=first.session, owed=first.owed, proof=verified.proof)
    await create_user(attempt.calls, attempt.deployment, new, attempt.request)
    return first


async def _open_next_session(
    attempt: Attempt, verified: Verified, lifetime: timedelta, now: datetime
) -> NewSession | None:
    """The session of a known user, found and written at once; None where the credentials are nobody's yet."""
    identity = verified.identity

    def opening(known: User) -> NewSession:
        if known.disabled:
            raise AppError(ErrorCode.USER_DISABLED, "user disabled")
        identities = tuple(identity if same_identity(identity, other) else other for other in known.identities)
        user = replace(known, identities=identities, last_authentication_at=now)
        return _new_session(attempt, user, identity, lifetime, now)

    app_id, owner = attempt.deployment.app.app_id, identity if verified.user_id is None else verified.user_id
    opened = await attempt.calls.store.open_session(app_id, owner, opening, now=now, proof=verified.proof)
    attempt.calls.on_events.ring_for(opened.owed if opened else ())
    return opened


def same_identity(one: Identity, other: Identity) -> bool:
    """Whether both are the same way to log in, whatever their data."""
    return (one.provider_type, one.id) == (other.provider_type, other.id)


def _new_session(attempt: Attempt, user: User, identity: Identity, lifetime: timedelta, now: datetime) -> NewSession:
    """The session of this identity, and what its login owes."""
    provider = identity.provider_type
    session = Session(
        id=new_id(), app_id=user.app_id, user_id=user.id, device_id=attempt.device_id, device=attempt.device,
        provider_type=provider, identity_id=identity.id, provider_id=identity.provider_id, created_at=now,
        expires_at=now + (ANONYMOUS_LIFETIME if provider == ProviderType.ANONYMOUS else lifetime),
    )  # fmt: skip
    events = authentication_events(attempt.deployment.app, AuthOperation.LOGIN, user, (provider,), now)
    entry = audit_entry(user.app_id, AuditEvent.LOGIN, attempt.request, user_id=user.id, provider_type=provider)
    return NewSession(user=user, session=session, owed=(*events, entry))
