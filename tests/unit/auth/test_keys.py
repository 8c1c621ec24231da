"""Signing keys: stored and loaded again, published without their private part, and refused where unfit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from server.auth.keys import SigningKeyError, SigningKeys, new_signing_key

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def test_stored_key_is_the_same_key() -> None:
    """A key that comes back from the store verifies what it signed before."""
    row = new_signing_key(now=NOW)
    token = jwt.encode({"a": 1}, SigningKeys.from_rows([row]).current.private, algorithm="ES256")

    again = SigningKeys.from_rows([row]).current

    assert jwt.decode(token, again.public, algorithms=["ES256"]) == {"a": 1}


def test_newest_key_signs_and_all_are_found() -> None:
    """The order of the rows does not matter; older keys stay good for verifying."""
    old, new = new_signing_key(now=NOW), new_signing_key(now=NOW + timedelta(1))
    keys = SigningKeys.from_rows([new, old])

    found = keys.find(old.id)

    assert keys.current.id == new.id
    assert found is not None
    assert found.id == old.id
    assert keys.find("another") is None


def test_published_keys_verify_and_hide_the_private_part() -> None:
    """Another server can verify with the JWK set, whose members are the public ones only."""
    keys = SigningKeys.create(now=NOW)
    token = jwt.encode({"a": 1}, keys.current.private, algorithm="ES256")

    (jwk,) = keys.public_jwks()["keys"]

    assert jwk.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert jwk["kid"] == keys.current.id
    assert jwt.decode(token, jwt.PyJWK(jwk), algorithms=["ES256"]) == {"a": 1}


def test_key_id_is_the_thumbprint() -> None:
    """The id is the JWK thumbprint that anybody can compute, so two keys never share one."""
    assert new_signing_key(now=NOW).id != new_signing_key(now=NOW).id
    assert len(new_signing_key(now=NOW).id) == 43


@pytest.mark.parametrize(
    "private",
    [
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["P-384", "RSA", "Ed25519"],
)
def test_keys_of_other_kinds_are_refused(
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
) -> None:
    """Only P-256 keys are ES256 keys."""
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

    with pytest.raises(SigningKeyError, match="P-256"):
        SigningKeys.from_rows([replace(new_signing_key(now=NOW), private_key=pem)])


def test_unreadable_keys_are_refused_without_showing_them() -> None:
    """A damaged key is named by its id, and no keys at all are an error too."""
    row = replace(new_signing_key(now=NOW), private_key=b"damaged")

    with pytest.raises(SigningKeyError, match=row.id) as caught:
        SigningKeys.from_rows([row])
    with pytest.raises(SigningKeyError, match="no signing key"):
        SigningKeys.from_rows([])

    assert "damaged" not in str(caught.value)
