"""Linking: one more identity for a user who is logged in (contract 7.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from server.apps.authentication import ProviderType
from server.apps.model import AuthOperation
from server.calls.authentication_events import authentication_events
from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt, Verified
from server.login.audit import audit_entry
from server.login.doors import same_identity
from server.login_records import AuditEvent, Owed, Proof
from server.records import Session, User
from server.store.errors import IdentityTaken, UserGone

_NOT_LINKED = frozenset({ProviderType.ANONYMOUS, ProviderType.API_KEY})


def check_can_link(provider_type: ProviderType) -> None:
    """Raise AppError LinkingNotSupported for providers whose identities stand for nobody else."""
    if provider_type in _NOT_LINKED:
        raise AppError(ErrorCode.LINKING_NOT_SUPPORTED, f"identities of '{provider_type}' cannot be linked")


async def link(attempt: Attempt, verified: Verified, user: User, session: Session) -> None:
    """Give the identity to the user; one that the user has already is fine.

    Triggers and webhooks are owed a CREATE by its provider, of a user with more than one identity (contract 8.1).
    Raises AppError InvalidParameter where it is somebody else's, or the user has another one of that provider;
    ProofGone where the session that asks for it has ended, or the credentials were changed meanwhile.
    """
    if any(same_identity(verified.identity, own) for own in user.identities):
        return
    provider = attempt.provider.type
    linked = replace(user, identities=(*user.identities, verified.identity))
    events = authentication_events(attempt.deployment.app, AuthOperation.CREATE, linked, (provider,), datetime.now(UTC))
    entry = audit_entry(
        user.app_id, AuditEvent.IDENTITY_LINKED, attempt.request, user_id=user.id, provider_type=provider
    )
    owed: list[Owed] = [*events, entry]
    try:
        proofs: list[Proof] = [session, *([verified.proof] if verified.proof is not None else [])]
        await attempt.calls.store.add_identity(user.app_id, user.id, verified.identity, owed, proofs=proofs)
    except (IdentityTaken, UserGone) as error:
        raise link_refused() from error
    attempt.calls.on_events.ring_for(owed)


def link_refused() -> AppError:
    """The answer to a link that cannot be; not a 401, which clients would answer with endless repetition (1.8)."""
    return AppError(ErrorCode.INVALID_PARAMETER, "invalid user link request")
