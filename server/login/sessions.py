"""Sessions: refreshed, ended; and who a token stands for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from server import ejson
from server.apps.model import AuthOperation
from server.auth.tokens import AccessClaims, RefreshClaims
from server.calls.authentication_events import authentication_events
from server.calls.bell import Bell
from server.calls.registry import Registry
from server.context.deployment import Deployment
from server.errors import AppError, ErrorCode
from server.login.audit import audit_entry
from server.login.tokens import NO_SESSION, TokenIssuer
from server.login_records import AuditEvent
from server.records import RequestDescription, Session, User, UserCaller
from server.store import Store

GONE = "invalid session: the user does not exist any more"


class Sessions:
    """Judges tokens, logs out, deletes."""

    def __init__(self, store: Store, registry: Registry, issuer: TokenIssuer, on_events: Bell) -> None:
        self._store = store
        self._registry = registry
        self._issuer = issuer
        self._on_events = on_events

    async def log_out(self, token: str, request: RequestDescription) -> None:
        """End the session of a refresh token; one that is gone already is no error (contract 1.8)."""
        claims = self._issuer.read(token)
        deployment = self._registry.domain(claims.domain_id)
        if not isinstance(claims, RefreshClaims) or deployment is None:
            raise AppError(ErrorCode.INVALID_SESSION, NO_SESSION)
        app_id = deployment.app.app_id
        entry = audit_entry(
            app_id, AuditEvent.LOGOUT, request, user_id=claims.user_id, provider_type=claims.provider_type
        )
        await self._store.revoke_session(claims.session_id, [entry])

    async def delete_user(self, deployment: Deployment, user: User, request: RequestDescription) -> bool:
        """Delete an account, with its DELETE events; False if it was gone already."""
        kinds = tuple(dict.fromkeys(identity.provider_type for identity in user.identities))
        events = authentication_events(deployment.app, AuthOperation.DELETE, user, kinds, datetime.now(UTC))
        entry = audit_entry(user.app_id, AuditEvent.USER_DELETED, request, user_id=user.id)
        is_gone = await self._store.delete_user(user.app_id, user.id, [*events, entry])
        self._on_events.ring_for(events)
        return is_gone

    async def caller(self, token: str, request: RequestDescription) -> tuple[Deployment, UserCaller]:
        """The app and user an access token stands for. Raises AppError: InvalidSession, AuthError."""
        claims = self._issuer.read(token)
        if not isinstance(claims, AccessClaims):
            raise AppError(ErrorCode.AUTH_ERROR, "invalid session: valid Issuer required")
        deployment = self._registry.domain(claims.domain_id)
        user = await self._store.find_user(deployment.app.app_id, claims.user_id) if deployment else None
        if deployment is None or user is None or user.disabled:
            raise AppError(ErrorCode.INVALID_SESSION, GONE)
        if deployment.app.security.immediate_revocation:
            await self._issuer.session(claims.session_id)
        if deployment.app.security.immediate_custom_data:
            await self._check_custom_data(deployment, claims)
        custom_data = claims.user_data or {}
        return deployment, UserCaller(user=user, custom_data=custom_data, request=request, session_id=claims.session_id)

    async def _check_custom_data(self, deployment: Deployment, claims: AccessClaims) -> None:
        """Permissions may rest on them: a token that is out of date makes its client refresh (contract 1.8, 7.6)."""
        current = await self._issuer.custom_data(deployment, claims.user_id)
        if ejson.dumps(current) != ejson.dumps(claims.user_data):
            raise AppError(ErrorCode.INVALID_SESSION, "invalid session: the custom user data have changed")

    async def renewed(self, caller: UserCaller) -> tuple[Deployment, UserCaller]:
        """The app and the caller as they are now, for what goes on longer than a token lives.

        Raises AppError InvalidSession once the session has ended or the user is gone.
        """
        deployment = self._registry.find(caller.user.app_id)
        await self._issuer.session(caller.session_id)
        user = await self._store.find_user(caller.user.app_id, caller.user.id)
        if deployment is None or user is None or user.disabled:
            raise AppError(ErrorCode.INVALID_SESSION, GONE)
        custom_data = await self._issuer.custom_data(deployment, user.id)
        return deployment, replace(caller, user=user, custom_data=custom_data or {})

    def read(self, token: str) -> AccessClaims | RefreshClaims:
        """What a token says, of whichever kind. Raises AppError InvalidSession."""
        return self._issuer.read(token)

    async def session(self, token: str) -> tuple[Deployment, Session]:
        """The app and session that a refresh token stands for. Raises AppError InvalidSession.

        A token that was replaced is in two hands: the session ends for both (RFC 9700, 4.14.2).
        """
        claims = self._issuer.read(token)
        if not isinstance(claims, RefreshClaims):
            raise AppError(ErrorCode.INVALID_SESSION, NO_SESSION)
        session = await self._issuer.session(claims.session_id)
        deployment = self._registry.domain(claims.domain_id)
        if deployment is None or session.app_id != deployment.app.app_id:
            raise AppError(ErrorCode.INVALID_SESSION, NO_SESSION)
        if claims.generation != session.generation:
            await self._end_reused(session)
            raise AppError(ErrorCode.INVALID_SESSION, NO_SESSION)
        return deployment, session

    async def _end_reused(self, session: Session) -> None:
        entry = audit_entry(
            session.app_id, AuditEvent.TOKEN_REUSED, RequestDescription(), user_id=session.user_id,
            provider_type=session.provider_type,
        )  # fmt: skip
        await self._store.revoke_session(session.id, [entry])
