"""Issues the tokens of sessions and reads them again."""

from __future__ import annotations

from datetime import UTC, datetime

from server.auth.keys import SigningKeys
from server.auth.token_reader import TokenReader
from server.auth.tokens import (
    AccessClaims,
    RefreshClaims,
    StandardClaims,
    TokenExpired,
    TokenInvalid,
    issue_access_token,
    issue_refresh_token,
)
from server.calls.calling import Calls
from server.context.deployment import Deployment
from server.ejson import Document
from server.errors import AppError, ErrorCode
from server.login.lifetimes import Lifetimes
from server.login.user_data import read_user_data
from server.records import Session

NO_SESSION = "invalid session: failed to find refresh token"


class TokenIssuer:
    """Signs with the newest key, verifies with any."""

    def __init__(self, calls: Calls, keys: SigningKeys, lifetimes: Lifetimes) -> None:
        self._calls = calls
        self._keys = keys
        self._tokens = TokenReader(keys)
        self._lifetimes = lifetimes

    async def access_token(
        self, deployment: Deployment, session: Session, now: datetime, standard: StandardClaims | None = None
    ) -> str:
        """An access token of the session, with the user's custom data as it is now (contract 7.6)."""
        user_data = await self.custom_data(deployment, session.user_id)
        return issue_access_token(
            self._keys, session=session, user_data=user_data, domain_id=deployment.app.domain_id,
            now=now, lifetime=self._lifetimes.of(deployment.app.security).access, standard=standard,
        )  # fmt: skip

    async def custom_data(self, deployment: Deployment, user_id: str) -> Document | None:
        """The user's custom data as it is now (contract 7.6); None where there is none."""
        return await read_user_data(self._calls, deployment, user_id)

    def refresh_token(self, deployment: Deployment, session: Session, now: datetime) -> str:
        """The refresh token of the session."""
        return issue_refresh_token(self._keys, session=session, domain_id=deployment.app.domain_id, now=now)

    def read(self, token: str) -> AccessClaims | RefreshClaims:
        """What a token of ours says. Raises AppError InvalidSession."""
        try:
            return self._tokens.read(token, now=datetime.now(UTC))
        except TokenExpired:
            raise AppError(ErrorCode.INVALID_SESSION, "invalid session: access token expired") from None
        except TokenInvalid:
            raise AppError(ErrorCode.INVALID_SESSION, "invalid session: the token is not valid") from None

    async def session(self, session_id: str) -> Session:
        """A session that goes on. Raises AppError InvalidSession."""
        session = await self._calls.store.find_session(session_id, now=datetime.now(UTC))
        if session is None:
            raise AppError(ErrorCode.INVALID_SESSION, NO_SESSION)
        return session
