"""Tokens of administrators: of another kind than users', so that neither passes for the other (contract 12.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias, cast

import jwt
from jwt.types import Options

from server.auth.keys import SigningKeys
from server.auth.tokens import ALGORITHM, MAX_TOKEN_LENGTH, TokenExpired, TokenInvalid

TokenType: TypeAlias = Literal["administrator-access", "administrator-refresh"]
ACCESS: TokenType = "administrator-access"
REFRESH: TokenType = "administrator-refresh"
_TYPES: dict[str, TokenType] = {ACCESS: ACCESS, REFRESH: REFRESH}
_ISSUER = "vestibule-administration"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorClaims:
    """What such a token says."""

    type: TokenType
    administrator_id: str
    session_id: str


def issue_administrator_token(
    keys: SigningKeys, claims: AdministratorClaims, *, now: datetime, lifetime: timedelta
) -> str:
    """A token, good until `now + lifetime`."""
    body = {
        "typ": claims.type,
        "iss": _ISSUER,
        "sub": claims.administrator_id,
        "sid": claims.session_id,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
    }
    return jwt.encode(body, keys.current.private, algorithm=ALGORITHM, headers={"kid": keys.current.id})


def read_administrator_token(keys: SigningKeys, token: str, *, now: datetime) -> AdministratorClaims:
    """What the token says. Raises TokenInvalid, TokenExpired."""
    try:
        claims = _verified(keys, token)
        kind, expires_at = claims["typ"], datetime.fromtimestamp(cast("int", claims["exp"]), UTC)
        read = AdministratorClaims(
            type=_TYPES[cast("str", kind)], administrator_id=str(claims["sub"]), session_id=str(claims["sid"])
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError) as error:
        raise TokenInvalid("invalid token") from error
    if now >= expires_at:
        raise TokenExpired("token expired")
    return read


def _verified(keys: SigningKeys, token: str) -> dict[str, object]:
    if len(token) > MAX_TOKEN_LENGTH:
        raise ValueError("the token is too long")
    key = keys.find(jwt.get_unverified_header(token)["kid"])
    if key is None:
        raise ValueError("an unknown key")
    options: Options = {"require": ["exp", "iat", "iss", "sub"], "verify_exp": False, "verify_iat": False}
    claims: dict[str, object] = jwt.decode(token, key.public, algorithms=[ALGORITHM], issuer=_ISSUER, options=options)
    return claims
