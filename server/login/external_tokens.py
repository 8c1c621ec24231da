"""Tokens that other systems signed: signature, times and audience, whatever their header claims."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias, cast

import jwt
import orjson

from server import ejson
from server.ejson import Document, EjsonError, Value
from server.login.json_documents import ProviderUnreachable
from server.login.web_keys import WebKey, WebKeys

LONGEST_TOKEN = 64 * 1024
"""Characters of a token that is looked at."""
LONGEST_ID = 1024
"""Characters of a subject."""
SKEW = timedelta(seconds=30)
"""By how much another system's clock may be ahead of ours."""
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}

Key: TypeAlias = WebKey | str
_SIGNATURES = jwt.PyJWS()


class TokenRefused(Exception):
    """The token is not good; the text, which shows nothing of the token, is for the app's author."""


async def key_from_set(token: str, key_set_url: str, web_keys: WebKeys, algorithms: Collection[str]) -> WebKey:
    """The key of the set that the token's `kid` names. Raises TokenRefused.

    Keys and addresses that the header itself carries (`jwk`, `jku`, `x5u`, `x5c`) are never looked at.
    """
    header = read_header(token, algorithms)
    key_id = header.get("kid")
    if not isinstance(key_id, str):
        raise TokenRefused("the token's header has no 'kid'")
    try:
        key = await web_keys.find(key_set_url, key_id)
    except ProviderUnreachable as error:
        raise TokenRefused(f"the issuer's keys cannot be had: {error}") from error
    if key is None:
        raise TokenRefused("the token's 'kid' is none of the issuer's keys")
    algorithm = str(header["alg"])
    if key.kind != _KEY_TYPES[algorithm[:2]] or key.algorithm not in (None, algorithm):
        raise TokenRefused("the token's key is for another algorithm")
    return key


def read_header(token: str, algorithms: Collection[str]) -> dict[str, object]:
    """The header, unverified, of a token by one of the algorithms. Raises TokenRefused."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise TokenRefused("not a JSON Web Token")
    try:
        header: dict[str, object] = _SIGNATURES.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise TokenRefused("not a JSON Web Token") from error
    if header.get("alg") not in algorithms:
        raise TokenRefused(f"the token is not signed by {' or '.join(algorithms)}")
    if "crit" in header:
        raise TokenRefused("the token's header has critical extensions")
    return header


def verify(token: str, keys: Sequence[Key], algorithm: str) -> Document:
    """The claims of a token that one of the keys signed. Raises TokenRefused."""
    for key in keys:
        try:
            used = key.key if isinstance(key, WebKey) else key
            payload = _SIGNATURES.decode(token, cast("str", used), algorithms=[algorithm])
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            continue
        return _claims(payload)
    raise TokenRefused("the token's signature is not by a known key")


def check_times(claims: Document, now: datetime) -> None:
    """`exp` is required; `nbf` and `iat` must not lie ahead. Raises TokenRefused."""
    if _seconds(claims, "exp") <= now.timestamp():
        raise TokenRefused("the token has expired")
    ahead = (now + SKEW).timestamp()
    if any(name in claims and _seconds(claims, name) > ahead for name in ("nbf", "iat")):
        raise TokenRefused("the token is from the future")


def check_audience(claims: Document, audiences: Sequence[str], *, any_is_enough: bool) -> None:
    """All audiences, or any of them, have to be among the token's. Raises TokenRefused."""
    given = claims.get("aud")
    listed = given if isinstance(given, list) else [given]
    matches = [audience in listed for audience in audiences]
    if not matches or not (any(matches) if any_is_enough else all(matches)):
        raise TokenRefused("the token is for another audience")


def subject(claims: Document) -> str:
    """`sub`, a text that is not empty. Raises TokenRefused."""
    value = claims.get("sub")
    if not ejson.is_text(value) or not value or len(value) > LONGEST_ID:
        raise TokenRefused("the token's 'sub' is missing or no usable text")
    return value


def _claims(payload: bytes) -> Document:
    try:
        orjson.loads(payload)
        claims = ejson.loads(payload)
    except (orjson.JSONDecodeError, EjsonError) as error:
        raise TokenRefused("the token's claims are not JSON") from error
    if not isinstance(claims, dict):
        raise TokenRefused("the token's claims are no object")
    return cast("Document", claims)


def _seconds(claims: Document, name: str) -> float:
    value: Value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(f"the token's '{name}' is missing or no number")
    seconds = float(value)
    if not math.isfinite(seconds):
        raise TokenRefused(f"the token's '{name}' is no moment")
    return seconds
