"""Sessions of administrators: by key pair, or by username and password (contract 12.1)."""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from server.administrator_records import Administrator, AdministratorKind, AdministratorSession
from server.auth.administrator_tokens import (
    ACCESS,
    REFRESH,
    AdministratorClaims,
    TokenType,
    issue_administrator_token,
    read_administrator_token,
)
from server.auth.ids import new_id
from server.auth.keys import SigningKeys
from server.auth.passwords import hash_password
from server.auth.tokens import TokenExpired, TokenInvalid
from server.errors import AppError, ErrorCode
from server.login.hashing import PasswordHashing
from server.login.limits import FORGOTTEN_AFTER, LimitRules, login_counters, longest_wait
from server.login.locks import KeyedLocks
from server.store import Store

ACCESS_LIFE, REFRESH_LIFE = timedelta(minutes=30), timedelta(days=60)
REFUSED = "failed to authenticate with MongoDB Cloud API: You are not authorized for this resource."
"""What vendor tools expect to read (contract 12.1)."""
NO_APP = ""
"""Under which failures of administrators are counted: no app has this id."""
LONGEST = 1024
"""Characters of a password that are looked at."""
NO_KEY = "-" * 64
"""What a private key is compared with where the public key is unknown: as long as a hash, and never one."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorLogin:
    """What a login gives."""

    access_token: str
    refresh_token: str
    administrator: Administrator


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorSessions:
    """Logs administrators in, and tells whose a token is."""

    store: Store
    keys: SigningKeys
    hashing: PasswordHashing
    limits: LimitRules
    locks: KeyedLocks = field(default_factory=KeyedLocks)

    async def log_in(self, kind: AdministratorKind, login: str, secret: str, address: str) -> AdministratorLogin:
        """Open a session from an address. Attempts on one login take turns, and guessers wait longer each time.

        Raises AppError: TooManyRequests; AuthError, in the same words and time for whatever was wrong.
        """
        async with self.locks.hold(kind, login):
            administrator = await self._verified(kind, login, secret, address)
        now, session_id = datetime.now(UTC), new_id()
        await self.store.add_administrator_session(
            AdministratorSession(
                id=session_id, administrator_id=administrator.id, created_at=now, expires_at=now + REFRESH_LIFE
            )
        )
        return AdministratorLogin(
            access_token=self._token(ACCESS, administrator.id, session_id, now, ACCESS_LIFE),
            refresh_token=self._token(REFRESH, administrator.id, session_id, now, REFRESH_LIFE),
            administrator=administrator,
        )

    async def _verified(self, kind: AdministratorKind, login: str, secret: str, address: str) -> Administrator:
        counters = login_counters(self.limits, kind, login, address)
        keys = [counter.key for counter in counters]
        found = dict(await self.store.find_failures(NO_APP, keys))
        wait = longest_wait(counters, found, datetime.now(UTC))
        if wait > timedelta(0):
            seconds = math.ceil(wait.total_seconds())
            raise AppError(ErrorCode.TOO_MANY_REQUESTS, "too many attempts: try again later", retry_after=seconds)
        administrator = await self.store.find_administrator(kind, login)
        matches = await self._matches(kind, administrator.secret_hash if administrator else None, secret[:LONGEST])
        if administrator is None or not matches:
            _log.warning("administrator login refused: %s %r from %s", kind, login[:64], address)
            await self.store.count_failure(NO_APP, keys, now=datetime.now(UTC), forgotten_after=FORGOTTEN_AFTER)
            raise AppError(ErrorCode.AUTH_ERROR, REFUSED)
        await self.store.forget_failures(NO_APP, [counter.key for counter in counters if counter.is_personal])
        return administrator

    async def _matches(self, kind: AdministratorKind, expected: str | None, secret: str) -> bool:
        """Whether it is this secret, found in the same time where there is none to compare it with."""
        if kind is AdministratorKind.PASSWORD:
            return await self.hashing.verify(expected, secret)
        return hmac.compare_digest(expected or NO_KEY, hash_secret(kind, secret))

    async def refresh(self, token: str) -> str:
        """A new access token for a refresh token. Raises AppError InvalidSession."""
        claims, administrator = await self._read(token, REFRESH)
        return self._token(ACCESS, administrator.id, claims.session_id, datetime.now(UTC), ACCESS_LIFE)

    async def log_out(self, token: str) -> None:
        """End the session of a token of either kind. Raises AppError InvalidSession."""
        claims, _ = await self._read(token, None)
        await self.store.delete_administrator_session(claims.session_id)

    async def caller(self, token: str) -> Administrator:
        """Whose access token it is, with today's roles. Raises AppError InvalidSession."""
        return (await self._read(token, ACCESS))[1]

    async def _read(self, token: str, wanted: TokenType | None) -> tuple[AdministratorClaims, Administrator]:
        now = datetime.now(UTC)
        try:
            claims = read_administrator_token(self.keys, token, now=now)
        except TokenExpired:
            raise AppError(ErrorCode.INVALID_SESSION, "invalid session: access token expired") from None
        except TokenInvalid:
            raise AppError(ErrorCode.INVALID_SESSION, "invalid session") from None
        if wanted is not None and claims.type != wanted:
            raise AppError(ErrorCode.AUTH_ERROR, "invalid session: valid Issuer required")
        administrator = await self.store.find_administrator_by_session(claims.session_id, now=now)
        if administrator is None or administrator.id != claims.administrator_id:
            raise AppError(ErrorCode.INVALID_SESSION, "invalid session: session ended")
        return claims, administrator

    def _token(
        self, kind: TokenType, administrator_id: str, session_id: str, now: datetime, lifetime: timedelta
    ) -> str:
        claims = AdministratorClaims(type=kind, administrator_id=administrator_id, session_id=session_id)
        return issue_administrator_token(self.keys, claims, now=now, lifetime=lifetime)


def hash_secret(kind: AdministratorKind, secret: str) -> str:
    """What is kept of a password (argon2id) or of a private key, which is random and long (SHA-256)."""
    return hash_password(secret) if kind is AdministratorKind.PASSWORD else hashlib.sha256(secret.encode()).hexdigest()
