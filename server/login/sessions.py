"""Sessions: opened by a login, refreshed, ended; and who a token stands for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from server.apps.model import AuthOperation
from server.auth.ids import new_id
from server.auth.keys import SigningKeys
from server.auth.token_reader import TokenReader
from server.auth.tokens import (
    AccessClaims,
    RefreshClaims,
    TokenExpired,
    TokenInvalid,
    issue_access_token,
    issue_refresh_token,
)
from server.calls.authentication_events import authentication_events
from server.calls.calling import Calls
from server.calls.registry import Registry
from server.context.deployment import Deployment
from server.ejson import Document
from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt
from server.login.doors import enter
from server.login.providers import authenticate
from server.login.user_data import read_user_data
from server.records import Identity, RequestDescription, Session, User, UserCaller

NO_SESSION = "invalid session: failed to find refresh token"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """The answer to a login (contract 1.4)."""

    access_token: str
    refresh_token: str
    user_id: str
    device_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long tokens live."""

    access: timedelta
    refresh: timedelta


class IdentityLocks:
    """Simultaneous logins of one identity take turns, so that its user creation function runs once."""

    def __init__(self) -> None:
        self._locks: dict[tuple[str, str, str], asyncio.Lock] = {}
        self._holders: Counter[tuple[str, str, str]] = Counter()

    @asynccontextmanager
    async def hold(self, app_id: str, identity: Identity) -> AsyncIterator[None]:
        """Hold the identity's lock."""
        key = (app_id, identity.provider_type, identity.id)
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._holders[key] += 1
        try:
            async with lock:
                yield
        finally:
            self._holders[key] -= 1
            if not self._holders[key]:
                del self._holders[key], self._locks[key]


class Sessions:
    """Logs in, refreshes, logs out."""

    def __init__(self, calls: Calls, registry: Registry, keys: SigningKeys, lifetimes: Lifetimes) -> None:
        self._calls = calls
        self._store = calls.store
        self._registry = registry
        self._keys = keys
        self._tokens = TokenReader(keys)
        self._lifetimes = lifetimes
        self._locks = IdentityLocks()

    async def log_in(
        self,
        deployment: Deployment,
        provider_type: str,
        credentials: Document,
        device_id: str,
        request: RequestDescription,
    ) -> LoggedIn:
        """Verify the credentials and open a session. Raises AppError; then nothing was written."""
        provider = deployment.app.provider(provider_type)
        attempt = Attempt(
            deployment=deployment, provider=provider, credentials=credentials, request=request, calls=self._calls
        )
        identity = await authenticate(attempt)
        async with self._locks.hold(deployment.app.app_id, identity):
            now = datetime.now(UTC)
            opened = await enter(attempt, identity, device_id, self._lifetimes.refresh, now)
        return LoggedIn(
            access_token=await self._access_token(deployment, opened.session, now),
            refresh_token=self._refresh_token(deployment, opened.session, now),
            user_id=opened.user.id,
            device_id=device_id,
        )

    async def identify(
        self,
        deployment: Deployment,
        provider_type: str,
        credentials: Document,
        request: RequestDescription,
        *,
        create: bool,
    ) -> User:
        """The user whom credentials prove, for one request: no session is opened, no LOGIN happens.

        With `create` a new person becomes a user, by the same door as at a login. Raises AppError.
        """
        provider = deployment.app.provider(provider_type)
        attempt = Attempt(
            deployment=deployment, provider=provider, credentials=credentials, request=request, calls=self._calls
        )
        identity = await authenticate(attempt)
        app_id = deployment.app.app_id
        user = await self._store.find_user_by_identity(app_id, identity.provider_type, identity.id)
        if user is None and create:
            async with self._locks.hold(app_id, identity):
                # The session ends as it begins: nobody is told its tokens.
                opened = await enter(attempt, identity, new_id(), timedelta(0), datetime.now(UTC))
            return opened.user
        if user is None:
            raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
        if user.disabled:
            raise AppError(ErrorCode.USER_DISABLED, "user disabled")
        return user

    async def user_data(self, deployment: Deployment, user: User) -> Document:
        """The user's custom data as it is now; empty without any."""
        return await read_user_data(self._calls, deployment, user.id) or {}

    async def refresh(self, token: str) -> str:
        """A new access token for a refresh token. Raises AppError InvalidSession."""
        deployment, session = await self._session(token)
        return await self._access_token(deployment, session, datetime.now(UTC))

    async def log_out(self, token: str) -> None:
        """End the session of a refresh token; one that is gone already is no error (contract 1.8)."""
        claims = self._read(token)
        if not isinstance(claims, RefreshClaims):
            raise AppError(ErrorCode.INVALID_SESSION, NO_SESSION)
        await self._store.revoke_session(claims.session_id)

    async def delete_user(self, deployment: Deployment, user: User) -> None:
        """Delete the caller's own account, with its DELETE events."""
        kinds = tuple(dict.fromkeys(identity.provider_type for identity in user.identities))
        events = authentication_events(deployment.app, AuthOperation.DELETE, user, kinds, datetime.now(UTC))
        await self._store.delete_user(user.app_id, user.id, events)

    async def caller(self, token: str, request: RequestDescription) -> tuple[Deployment, UserCaller]:
        """The app and user an access token stands for. Raises AppError: InvalidSession, AuthError."""
        claims = self._read(token)
        if not isinstance(claims, AccessClaims):
            raise AppError(ErrorCode.AUTH_ERROR, "invalid session: valid Issuer required")
        deployment = self._registry.domain(claims.domain_id)
        user = await self._store.find_user(deployment.app.app_id, claims.user_id) if deployment else None
        if deployment is None or user is None or user.disabled:
            raise AppError(ErrorCode.INVALID_SESSION, "invalid session: the user does not exist any more")
        return deployment, UserCaller(user=user, custom_data=claims.user_data or {}, request=request)

    async def _session(self, token: str) -> tuple[Deployment, Session]:
        claims = self._read(token)
        if not isinstance(claims, RefreshClaims):
            raise AppError(ErrorCode.INVALID_SESSION, NO_SESSION)
        session = await self._store.find_session(claims.session_id, now=datetime.now(UTC))
        deployment = self._registry.domain(claims.domain_id)
        if session is None or deployment is None or session.app_id != deployment.app.app_id:
            raise AppError(ErrorCode.INVALID_SESSION, NO_SESSION)
        return deployment, session

    def _read(self, token: str) -> AccessClaims | RefreshClaims:
        try:
            return self._tokens.read(token, now=datetime.now(UTC))
        except TokenExpired:
            raise AppError(ErrorCode.INVALID_SESSION, "invalid session: access token expired") from None
        except TokenInvalid:
            raise AppError(ErrorCode.INVALID_SESSION, "invalid session: the token is not valid") from None

    async def _access_token(self, deployment: Deployment, session: Session, now: datetime) -> str:
        user_data = await read_user_data(self._calls, deployment, session.user_id)
        return issue_access_token(
            self._keys, session=session, user_data=user_data, domain_id=deployment.app.domain_id,
            now=now, lifetime=self._lifetimes.access,
        )  # fmt: skip

    def _refresh_token(self, deployment: Deployment, session: Session, now: datetime) -> str:
        return issue_refresh_token(self._keys, session=session, domain_id=deployment.app.domain_id, now=now)
