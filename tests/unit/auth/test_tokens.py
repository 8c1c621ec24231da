"""Tokens: the claims that clients read, and nothing accepted that we did not sign ourselves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from bson import Int64
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.auth.keys import SigningKeys, new_signing_key
from server.auth.tokens import (
    AccessClaims,
    RefreshClaims,
    TokenExpired,
    TokenInvalid,
    issue_access_token,
    issue_refresh_token,
    read_token,
)
from server.ejson import Document
from server.records import Session

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LIFETIME = timedelta(minutes=30)
SECONDS = int(NOW.timestamp())
OLD, NEW = new_signing_key(now=NOW), new_signing_key(now=NOW + timedelta(1))
KEYS = SigningKeys.from_rows([OLD, NEW])
SESSION = Session(
    id="65e5" + "0" * 20,
    app_id="app",
    user_id="65e6" + "0" * 20,
    device_id="65e7" + "0" * 20,
    provider_type="custom-function",
    identity_id="ada",
    provider_id="65e8" + "0" * 20,
    created_at=NOW,
    expires_at=NOW + timedelta(days=60),
)


def access_token(user_data: Document | None = None, *, keys: SigningKeys = KEYS) -> str:
    """An access token of the session."""
    return issue_access_token(
        keys, session=SESSION, user_data=user_data, domain_id="domain", now=NOW, lifetime=LIFETIME
    )


def refresh_token() -> str:
    """The refresh token of the session."""
    return issue_refresh_token(KEYS, session=SESSION, domain_id="domain", now=NOW)


def claims_of(token: str) -> dict[str, object]:
    """The middle part, decoded as clients do it: without verifying."""
    claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return claims


def segment(value: object) -> str:
    """A part of a token."""
    return encoded(json.dumps(value).encode())


def encoded(data: bytes) -> str:
    """Bytes as a token holds them."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims: object) -> str:
    """What only a holder of our key can make."""
    text = json.dumps(claims).encode()
    return jwt.PyJWS().encode(text, KEYS.current.private, algorithm="ES256", headers={"kid": KEYS.current.id})


def assert_invalid(token: str) -> None:
    """The token is refused, in words that do not tell why."""
    with pytest.raises(TokenInvalid) as caught:
        read_token(KEYS, token, now=NOW)
    assert str(caught.value) == "invalid token"


def test_access_token_has_the_claims_of_the_contract() -> None:
    """Exactly the claims that clients know, with user data in canonical Extended JSON."""
    assert claims_of(access_token({"n": 1, "at": NOW})) == {
        "typ": "access",
        "sub": SESSION.user_id,
        "iat": SECONDS,
        "exp": SECONDS + 1800,
        "iss": SESSION.id,
        "user_data": {"n": {"$numberInt": "1"}, "at": {"$date": {"$numberLong": str(SECONDS * 1000)}}},
        "baas_device_id": SESSION.device_id,
        "stitch_devId": SESSION.device_id,
        "baas_domain_id": "domain",
        "stitch_domainId": "domain",
    }


def test_refresh_token_has_the_claims_of_the_contract() -> None:
    """Exactly the claims of the original; it lives as long as the session."""
    identity = {"id": "ada", "provider_type": "custom-function", "provider_id": SESSION.provider_id}
    assert claims_of(refresh_token()) == {
        "typ": "refresh",
        "sub": SESSION.user_id,
        "iat": SECONDS,
        "exp": SECONDS + 60 * 86400,
        "baas_id": SESSION.id,
        "stitch_id": SESSION.id,
        "baas_identity": identity,
        "stitch_ident": identity,
        "baas_data": None,
        "stitch_data": None,
        "baas_device_id": SESSION.device_id,
        "stitch_devId": SESSION.device_id,
        "baas_domain_id": "domain",
        "stitch_domainId": "domain",
    }


@pytest.mark.parametrize("user_data", [None, {}, {"n": Int64(1), "a": ["\u00e9", {"b": NOW}]}])
def test_access_token_is_read_as_issued(user_data: Document | None) -> None:
    """All that went in comes out, no custom data being another thing than an empty document."""
    assert read_token(KEYS, access_token(user_data), now=NOW) == AccessClaims(
        user_id=SESSION.user_id,
        session_id=SESSION.id,
        device_id=SESSION.device_id,
        domain_id="domain",
        user_data=user_data,
        issued_at=NOW,
        expires_at=NOW + LIFETIME,
    )
    assert ("user_data" in claims_of(access_token(user_data))) == (user_data is not None)


def test_refresh_token_is_told_from_an_access_token() -> None:
    """A refresh token reads as its own type, so that it cannot pass as the other."""
    assert read_token(KEYS, refresh_token(), now=NOW) == RefreshClaims(
        user_id=SESSION.user_id,
        session_id=SESSION.id,
        device_id=SESSION.device_id,
        domain_id="domain",
        identity_id="ada",
        provider_type="custom-function",
        provider_id=SESSION.provider_id,
        generation=0,
        issued_at=NOW,
        expires_at=SESSION.expires_at,
    )


def test_older_keys_tokens_are_good() -> None:
    """What an earlier key signed is read until it expires; the newest key signs."""
    token = access_token(keys=SigningKeys.from_rows([OLD]))

    assert isinstance(read_token(KEYS, token, now=NOW), AccessClaims)
    assert jwt.get_unverified_header(access_token())["kid"] == NEW.id


def test_token_expires_at_its_time() -> None:
    """Good up to the last moment, expired at the end; both kinds."""
    end = NOW + LIFETIME

    assert isinstance(read_token(KEYS, access_token(), now=end - timedelta(microseconds=1)), AccessClaims)
    with pytest.raises(TokenExpired):
        read_token(KEYS, access_token(), now=end)
    with pytest.raises(TokenExpired):
        read_token(KEYS, refresh_token(), now=SESSION.expires_at)


def test_forged_token_is_invalid_even_where_expired() -> None:
    """Only who holds our key learns that a token has expired."""
    header, _, signature = access_token().split(".")

    assert_invalid(f"{header}.{segment(claims_of(access_token()) | {'exp': 1})}.{signature}")


@pytest.mark.parametrize("alg", ["none", "NoNe", "NONE", "", 0])
@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_unsigned_token_is_invalid(alg: str | int, signature: str) -> None:
    """A header cannot ask for no signature."""
    header = segment({"typ": "JWT", "alg": alg, "kid": KEYS.current.id})

    assert_invalid(f"{header}.{segment(claims_of(access_token()))}.{signature}")


@pytest.mark.parametrize("encoding", [serialization.Encoding.PEM, serialization.Encoding.DER])
def test_public_key_is_no_shared_secret(encoding: serialization.Encoding) -> None:
    """An HS256 token whose secret is our public key, in any encoding, is refused."""
    secret = KEYS.current.public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    signing_input = f"{segment({'alg': 'HS256', 'kid': KEYS.current.id})}.{segment(claims_of(access_token()))}"
    mac = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()

    assert_invalid(f"{signing_input}.{encoded(mac)}")


@pytest.mark.parametrize("kid", ["another", "", None, 1, {"a": 1}, ["a"], "../../etc/passwd", OLD.id])
def test_wrong_key_id_is_invalid(kid: object) -> None:
    """A key id that is not ours, or not the one that signed, finds nothing; nor does one that is no text."""
    header = segment({"alg": "ES256", "kid": kid})
    _, payload, signature = access_token().split(".")

    assert_invalid(f"{header}.{payload}.{signature}")


@pytest.mark.parametrize("kid", ["theirs", NEW.id])
def test_key_in_the_header_is_ignored(kid: str) -> None:
    """A token cannot bring or point to the key that it is verified with."""
    theirs = SigningKeys.from_rows([new_signing_key(now=NOW)])
    header = {
        "kid": kid,
        "jwk": theirs.public_jwks()["keys"][0],
        "jku": "https://attacker.example/jwks",
        "x5u": "https://attacker.example/cert",
        "x5c": ["MIIB"],
    }

    assert_invalid(jwt.encode(claims_of(access_token()), theirs.current.private, algorithm="ES256", headers=header))


def test_other_curve_and_missing_key_id_are_invalid() -> None:
    """A signature of another algorithm of the same family is refused, and without a key id no key is tried."""
    other = ec.generate_private_key(ec.SECP384R1())

    assert_invalid(jwt.encode(claims_of(access_token()), KEYS.current.private, algorithm="ES256"))
    assert_invalid(jwt.encode(claims_of(access_token()), other, algorithm="ES384", headers={"kid": NEW.id}))


@pytest.mark.parametrize("header", [{"crit": ["b64"], "b64": False}, {"crit": ["exp"]}, {"crit": []}])
def test_critical_extensions_are_invalid(header: dict[str, object]) -> None:
    """A header that demands what we do not do is refused, detached payloads included."""
    head, payload, signature = access_token().split(".")
    header = {"alg": "ES256", "kid": NEW.id} | header

    assert_invalid(f"{segment(header)}.{payload}.{signature}")
    assert_invalid(f"{segment(header)}..{signature}")
    assert_invalid(f"{head}..{signature}")


@pytest.mark.parametrize(
    "changes",
    [
        {"typ": "id"}, {"typ": None}, {"typ": ["access"]}, {"sub": 1}, {"iss": None}, {"exp": "9999999999"},
        {"exp": True}, {"exp": 1e999}, {"exp": 10**18}, {"exp": None}, {"iat": 1.5}, {"baas_device_id": {}},
        {"user_data": {"$oid": "x"}}, {"typ": "refresh"}, {"typ": "refresh", "baas_id": "s", "baas_identity": "x"},
    ],
)  # fmt: skip
def test_signed_nonsense_is_invalid(changes: dict[str, object]) -> None:
    """Claims that no code of ours writes are refused, though our key signed them."""
    assert_invalid(signed(claims_of(access_token()) | changes))


@pytest.mark.parametrize("claims", [None, [], "access", 1, {}, {"typ": "access"}])
def test_signed_payload_of_another_shape_is_invalid(claims: object) -> None:
    """A payload that is no object, or lacks claims, is refused."""
    assert_invalid(signed(claims))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_parts_of_two_tokens_make_none(part: int) -> None:
    """A token with a part of another is no token."""
    parts = access_token(keys=SigningKeys.from_rows([OLD])).split(".")
    parts[part] = refresh_token().split(".")[part]

    assert_invalid(".".join(parts))
