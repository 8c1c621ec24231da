"""Logging in and linking: from credentials to tokens, whichever way they came."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeAlias

from server.auth.ids import NO_DEVICE
from server.calls.calling import Calls
from server.context.deployment import Deployment
from server.ejson import Document
from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt, Tools, Verified
from server.login.doors import MOST_TRIES, find_owner, open_session, open_user
from server.login.guard import Guard
from server.login.lifetimes import Lifetimes
from server.login.linking import check_can_link, link, link_refused
from server.login.locks import KeyedLocks
from server.login.login_log import AuthEvent, logged, refused_before
from server.login.oauth_redirect import Start, begin
from server.login.providers import PROVIDERS
from server.login.tokens import TokenIssuer
from server.login.user_data import read_user_data
from server.login_records import NewSession
from server.records import RequestDescription, Session, User, UserCaller
from server.store.errors import ProofGone

Verify: TypeAlias = Callable[[], Awaitable[Verified]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """The answer to a login (contract 1.4); a link has no refresh token of its own."""

    access_token: str
    refresh_token: str | None
    user_id: str
    device_id: str


class Logins:
    """Logs in and links."""

    def __init__(self, calls: Calls, tools: Tools, guard: Guard, issuer: TokenIssuer, lifetimes: Lifetimes) -> None:
        self._calls = calls
        self._tools = tools
        self._guard = guard
        self._issuer = issuer
        self._lifetimes = lifetimes
        self._locks = KeyedLocks()

    def attempt(
        self,
        deployment: Deployment,
        provider_type: str,
        request: RequestDescription,
        *,
        credentials: Document | None = None,
        device_id: str = NO_DEVICE,
        device: Document | None = None,
    ) -> Attempt:
        """An attempt by an enabled provider. Raises AppError: AuthProviderNotFound, AuthError."""
        with refused_before(self._calls, deployment.app, provider_type, request):
            provider = deployment.app.provider(provider_type)
        return Attempt(
            deployment=deployment, provider=provider, credentials=credentials or {},
            request=request, calls=self._calls, tools=self._tools, device_id=device_id, device=device or {},
        )  # fmt: skip

    async def begin_flow(
        self, attempt: Attempt, redirect: str, client_state: str, callback: str, caller: UserCaller | None
    ) -> Start:
        """Begin an OAuth flow, to link to the caller if there is one. Raises AppError."""
        link_to = ("", "") if caller is None else (caller.user.id, caller.session_id)
        await self._guard.admit_flow(attempt)
        return await begin(attempt, redirect, client_state, callback, link_to)

    async def log_in(self, attempt: Attempt, verify: Verify | None = None) -> LoggedIn:
        """Verify the credentials and open a session. Raises AppError; then nothing but the refusal was written."""
        account = self._account(attempt)
        with logged(attempt, AuthEvent.LOGIN, account) as note:
            opened, now = await self._open(attempt, verify, account)
            note.user_id = opened.user.id
        if verify is not None:
            await self._guard.flow_ended(attempt)
        return LoggedIn(
            access_token=await self._issuer.access_token(attempt.deployment, opened.session, now),
            refresh_token=self._issuer.refresh_token(attempt.deployment, opened.session, now),
            user_id=opened.user.id,
            device_id=opened.session.device_id,
        )

    async def _open(self, attempt: Attempt, verify: Verify | None, account: str | None) -> tuple[NewSession, datetime]:
        async with self._guard.over(attempt, account):
            for _ in range(MOST_TRIES):
                try:
                    return await self._verify_and_open(attempt, verify)
                except ProofGone:
                    continue
            raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")

    async def _verify_and_open(self, attempt: Attempt, verify: Verify | None) -> tuple[NewSession, datetime]:
        lifetimes = self._lifetimes.of(attempt.deployment.app.security)
        verified = await self._verify(attempt, verify)
        identity = verified.identity
        # Simultaneous first logins take turns, so that the user creation function runs once.
        async with self._locks.hold(attempt.deployment.app.app_id, identity.provider_type, identity.id):
            now = datetime.now(UTC)
            return await open_session(attempt, verified, lifetimes.refresh, now), now

    async def link(self, attempt: Attempt, caller: UserCaller, verify: Verify | None = None) -> LoggedIn:
        """Verify the credentials and give them to the caller. Raises AppError, never one that ends the session."""
        check_can_link(attempt.provider.type)
        account = self._account(attempt)
        try:
            with logged(attempt, AuthEvent.LINK, account, caller.user.id):
                async with self._guard.over(attempt, account):
                    session = await self._verify_and_link(attempt, caller, verify)
        except AppError as refusal:
            raise _without_repetition(refusal) from refusal
        if verify is not None:
            await self._guard.flow_ended(attempt)
        return LoggedIn(
            access_token=await self._issuer.access_token(attempt.deployment, session, datetime.now(UTC)),
            refresh_token=None, user_id=caller.user.id, device_id=session.device_id,
        )  # fmt: skip

    async def _verify_and_link(self, attempt: Attempt, caller: UserCaller, verify: Verify | None) -> Session:
        """The session that goes on: an access token and a flow outlive theirs, and may not leave a way back in."""
        for _ in range(MOST_TRIES):
            verified = await self._verify(attempt, verify)
            session = await self._issuer.session(caller.session_id)
            try:
                await link(attempt, verified, caller.user, session)
            except ProofGone:
                await self._issuer.session(caller.session_id)
                continue
            return session
        raise link_refused()

    async def identify(self, attempt: Attempt, *, create: bool) -> User:
        """The user whom credentials prove, for one request: no session is opened, no LOGIN happens.

        With `create` a new person becomes a user, by the same door as at a login. Raises AppError.
        """
        account = self._account(attempt)
        with logged(attempt, AuthEvent.REQUEST, account):
            return await self._identify(attempt, account, create=create)

    async def _identify(self, attempt: Attempt, account: str | None, *, create: bool) -> User:
        async with self._guard.over(attempt, account):
            verified = await self._verify(attempt, None)
            identity = verified.identity
            async with self._locks.hold(attempt.deployment.app.app_id, identity.provider_type, identity.id):
                user = await find_owner(attempt, verified)
                if user is None and create and verified.user_id is None:
                    user = await open_user(attempt, identity, datetime.now(UTC))
            if user is None:
                raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
            if user.disabled:
                raise AppError(ErrorCode.USER_DISABLED, "user disabled")
        return user

    async def user_data(self, deployment: Deployment, user: User) -> Document:
        """The user's custom data as it is now; empty without any."""
        return await read_user_data(self._calls, deployment, user.id) or {}

    def _account(self, attempt: Attempt) -> str | None:
        return PROVIDERS[attempt.provider.type].account_of(attempt)

    async def _verify(self, attempt: Attempt, verify: Verify | None) -> Verified:
        return await (verify() if verify else PROVIDERS[attempt.provider.type].authenticate(attempt))


def _without_repetition(refusal: AppError) -> AppError:
    """A 401 would have clients refresh their token and ask again, for ever (contract 1.8)."""
    if refusal.status != HTTPStatus.UNAUTHORIZED or refusal.code == ErrorCode.INVALID_SESSION:
        return refusal
    if refusal.message == "unauthorized":
        return link_refused()
    return AppError(ErrorCode.INVALID_PARAMETER, refusal.message)
