"""What OAuth clients and resource servers ask: refresh by rotation, revoke, introspect (RFC 6749, 7009, 7662)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from server.auth.tokens import AccessClaims, RefreshClaims, StandardClaims
from server.calls.registry import Registry
from server.context.deployment import Deployment
from server.errors import AppError, ErrorCode
from server.login.api_key import LONGEST_KEY, hash_key
from server.login.audit import audit_entry
from server.login.lifetimes import Lifetimes
from server.login.sessions import Sessions
from server.login.tokens import TokenIssuer
from server.login_records import ApiKeyKind, AuditEvent
from server.records import RequestDescription, Session
from server.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenResponse:
    """The answer of the token endpoint (RFC 6749, 5.1); `expires_in` are seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


class OAuthTokens:
    """The sessions of users, as the standards see them."""

    def __init__(
        self, store: Store, registry: Registry, sessions: Sessions, issuer: TokenIssuer, lifetimes: Lifetimes
    ) -> None:
        self._store = store
        self._registry = registry
        self._sessions = sessions
        self._issuer = issuer
        self._lifetimes = lifetimes

    async def refresh(self, deployment: Deployment, token: str, issuer_url: str) -> TokenResponse:
        """A new access token and a new refresh token; the one given is worthless afterwards, and so may the session be.

        A refresh token that was used before is in two hands: the session ends (RFC 9700, 4.14.2).
        Raises AppError invalid_grant.
        """
        session = await self._session_of(deployment, token)
        now = datetime.now(UTC)
        if not await self._store.rotate_session(session.id, session.generation, now=now):
            await self._session_of(deployment, token)  # used by somebody else at this moment: ends what they got, too
            raise AppError(ErrorCode.INVALID_GRANT, "the refresh token was used before, or its session has ended")
        rotated = replace(session, generation=session.generation + 1)
        app = deployment.app
        standard = StandardClaims(issuer=issuer_url, audience=app.app_id)
        return TokenResponse(
            access_token=await self._issuer.access_token(deployment, rotated, now, standard),
            refresh_token=self._issuer.refresh_token(deployment, rotated, now),
            expires_in=int(self._lifetimes.of(app.security).access.total_seconds()),
        )

    async def revoke(self, deployment: Deployment, token: str, request: RequestDescription) -> None:
        """End the session of an access or refresh token; one that is no token of the app changes nothing."""
        claims = self._read(deployment, token)
        if claims is not None:
            entry = audit_entry(deployment.app.app_id, AuditEvent.LOGOUT, request, user_id=claims.user_id)
            await self._store.revoke_session(claims.session_id, [entry])

    async def introspect(self, deployment: Deployment, token: str, issuer_url: str) -> Mapping[str, object]:
        """What a token is worth this very moment (RFC 7662, 2.2)."""
        claims = self._read(deployment, token)
        session = None if claims is None else await self._store.find_session(claims.session_id, now=datetime.now(UTC))
        if claims is None or session is None or not _is_newest(claims, session):
            return {"active": False}
        app_id = deployment.app.app_id
        return {
            "active": True, "sub": claims.user_id, "sid": session.id, "iss": issuer_url, "aud": app_id,
            "client_id": app_id, "iat": int(claims.issued_at.timestamp()), "exp": int(claims.expires_at.timestamp()),
            "token_type": "Bearer" if isinstance(claims, AccessClaims) else "refresh_token",
        }  # fmt: skip

    async def check_resource_server(self, deployment: Deployment, key: str) -> None:
        """Raise AppError invalid_client unless the key is a server key that could log in (RFC 7662, 2.1)."""
        usable = key.isascii() and 0 < len(key) <= LONGEST_KEY
        app_id = deployment.app.app_id
        found = await self._store.find_api_key_by_hash(app_id, hash_key(key)) if usable else None
        is_server = found is not None and not found.disabled and found.kind == ApiKeyKind.SERVER
        user = await self._store.find_user(app_id, found.user_id) if found is not None and is_server else None
        if user is None or user.disabled:
            raise AppError(ErrorCode.INVALID_CLIENT, "introspection takes a server API key as bearer token")

    async def _session_of(self, deployment: Deployment, token: str) -> Session:
        try:
            owner, session = await self._sessions.session(token)
        except AppError as error:
            raise AppError(ErrorCode.INVALID_GRANT, "the refresh token is not valid") from error
        if owner.app.app_id != deployment.app.app_id:
            raise AppError(ErrorCode.INVALID_GRANT, "the refresh token is not valid")
        return session

    def _read(self, deployment: Deployment, token: str) -> AccessClaims | RefreshClaims | None:
        try:
            claims = self._issuer.read(token)
        except AppError:
            return None
        return claims if claims.domain_id == deployment.app.domain_id else None


def _is_newest(claims: AccessClaims | RefreshClaims, session: Session) -> bool:
    return isinstance(claims, AccessClaims) or claims.generation == session.generation
