"""Access and refresh tokens: their claims, signed and read again (contract 1.5)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, cast

import jwt
import orjson

from server import ejson
from server.auth.keys import SigningKey, SigningKeys
from server.ejson import Document
from server.records import Session

ALGORITHM = "ES256"
"""The one algorithm; a token's header does not choose."""

MAX_TOKEN_LENGTH = 1_048_576
"""Characters of a token that is looked at; custom user data makes access tokens long."""

Claims: TypeAlias = Mapping[str, object]

_SIGNATURES = jwt.PyJWS()


class TokenInvalid(Exception):
    """The token is not one that we signed; the text says no more than that, whatever was wrong."""


class TokenExpired(Exception):
    """We signed the token, and its time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClaims:
    """What an access token says; `user_data` is None where it carries none."""

    user_id: str
    session_id: str
    device_id: str
    domain_id: str
    user_data: Document | None
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshClaims:
    """What a refresh token says; the identity is the one that the session was opened with.

    `generation` is how often the session's refresh token had been replaced when this one was made.
    """

    user_id: str
    session_id: str
    device_id: str
    domain_id: str
    identity_id: str
    provider_type: str
    provider_id: str
    generation: int
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardClaims:
    """Whose token it is for resource servers: the app's issuer URL, and the app id as audience and client."""

    issuer: str
    audience: str


def issue_access_token(
    keys: SigningKeys,
    *,
    session: Session,
    user_data: Document | None,
    domain_id: str,
    now: datetime,
    lifetime: timedelta,
    standard: StandardClaims | None = None,
) -> str:
    """An access token of the session, good until `now + lifetime`; with `standard` in the form of RFC 9068."""
    claims = _common_claims("access", session, domain_id, now, now + lifetime) | {"iss": session.id}
    if user_data is not None:
        claims["user_data"] = orjson.loads(ejson.dumps(user_data))
    if standard is None:
        return _sign(keys.current, claims)
    claims |= {
        "iss": standard.issuer, "aud": standard.audience, "client_id": standard.audience,
        "sid": session.id, "jti": secrets.token_urlsafe(16),
    }  # fmt: skip
    return _sign(keys.current, claims, token_type="at+jwt")  # noqa: S106 - a media type


def issue_refresh_token(keys: SigningKeys, *, session: Session, domain_id: str, now: datetime) -> str:
    """The refresh token of the session, good until the session's end."""
    identity = {"id": session.identity_id, "provider_type": session.provider_type, "provider_id": session.provider_id}
    claims = _common_claims("refresh", session, domain_id, now, session.expires_at) | {
        "baas_id": session.id,
        "stitch_id": session.id,
        "baas_identity": identity,
        "stitch_ident": identity,
        "baas_data": None,
        "stitch_data": None,
    }
    if session.generation:
        claims["gen"] = session.generation
    return _sign(keys.current, claims)


def read_token(keys: SigningKeys, token: str, *, now: datetime) -> AccessClaims | RefreshClaims:
    """What a token says, of whichever of the two kinds it is; `now == expires_at` is expired.

    Raises TokenInvalid for all that we did not sign, TokenExpired for what we did, once.
    """
    try:
        claims = _verified_claims(keys, token)
        read = _access_claims(claims) if claims["typ"] == "access" else _refresh_claims(claims)
    # Claims that are missing are a KeyError, of another type a TypeError, out of range one of the others.
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError) as error:
        raise TokenInvalid("invalid token") from error
    if now >= read.expires_at:
        raise TokenExpired("token expired")
    return read


def _common_claims(kind: str, session: Session, domain_id: str, now: datetime, end: datetime) -> dict[str, object]:
    return {
        "typ": kind,
        "sub": session.user_id,
        "iat": int(now.timestamp()),
        "exp": int(end.timestamp()),
        "baas_device_id": session.device_id,
        "stitch_devId": session.device_id,
        "baas_domain_id": domain_id,
        "stitch_domainId": domain_id,
    }


def _sign(key: SigningKey, claims: dict[str, object], *, token_type: str = "JWT") -> str:  # noqa: S107 - a media type
    headers = {"kid": key.id, "typ": token_type}
    return _SIGNATURES.encode(orjson.dumps(claims), key.private, algorithm=ALGORITHM, headers=headers)


def _verified_claims(keys: SigningKeys, token: str) -> Claims:
    if len(token) > MAX_TOKEN_LENGTH:
        raise ValueError("the token is too long")
    key_id = _SIGNATURES.get_unverified_header(token)["kid"]
    key = keys.find(key_id)
    if key is None:
        raise KeyError(key_id)
    return cast("Claims", orjson.loads(_SIGNATURES.decode(token, key.public, algorithms=[ALGORITHM])))


def _access_claims(claims: Claims) -> AccessClaims:
    user_data = claims.get("user_data")
    return AccessClaims(
        user_id=_text(claims, "sub"),
        session_id=_text(claims, "sid" if "sid" in claims else "iss"),
        device_id=_text(claims, "baas_device_id"),
        domain_id=_text(claims, "baas_domain_id"),
        user_data=None if user_data is None else cast("Document", ejson.loads(orjson.dumps(user_data))),
        issued_at=_moment(claims, "iat"),
        expires_at=_moment(claims, "exp"),
    )


def _refresh_claims(claims: Claims) -> RefreshClaims:
    if claims["typ"] != "refresh":
        raise ValueError("a token of another kind")
    identity = cast("Claims", claims["baas_identity"])
    return RefreshClaims(
        user_id=_text(claims, "sub"),
        session_id=_text(claims, "baas_id"),
        device_id=_text(claims, "baas_device_id"),
        domain_id=_text(claims, "baas_domain_id"),
        identity_id=_text(identity, "id"),
        provider_type=_text(identity, "provider_type"),
        provider_id=_text(identity, "provider_id"),
        generation=_number(claims, "gen") if "gen" in claims else 0,
        issued_at=_moment(claims, "iat"),
        expires_at=_moment(claims, "exp"),
    )


def _text(claims: Claims, name: str) -> str:
    value = claims[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is not a string")
    return value


def _moment(claims: Claims, name: str) -> datetime:
    return datetime.fromtimestamp(_number(claims, name), UTC)


def _number(claims: Claims, name: str) -> int:
    value = claims[name]
    if type(value) is not int:
        raise TypeError(f"{name} is not a whole number")
    return value
