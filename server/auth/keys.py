"""The ES256 keys that sign tokens: all verify, and the newest that others have had time to learn of signs."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.records import SigningKeyRow

_COORDINATE_BYTES = 32
PUBLISHED_FIRST = timedelta(minutes=10)
"""How long a new key is shown before it signs: whoever verifies tokens may keep the key set for half of that."""


class SigningKeyError(ValueError):
    """A stored key cannot be used; the text is for the operator and does not show the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key and its id, the `kid` of tokens."""

    id: str
    private: ec.EllipticCurvePrivateKey

    @property
    def public(self) -> ec.EllipticCurvePublicKey:
        """What verifies; safe to show."""
        return self.private.public_key()


class SigningKeys:
    """All keys of an installation, never none; `generation` changes when one of them is no longer good."""

    def __init__(self, keys: Iterable[SigningKey]) -> None:
        """Take keys oldest first; the newest signs."""
        self._keys = {key.id: key for key in keys}
        if not self._keys:
            raise SigningKeyError("there is no signing key")
        self._current = next(reversed(self._keys.values()))
        self.generation = 0

    @classmethod
    def create(cls, *, now: datetime) -> Self:
        """One new key that is stored nowhere."""
        return cls.from_rows([new_signing_key(now=now)])

    @classmethod
    def from_rows(cls, rows: Iterable[SigningKeyRow]) -> Self:
        """The keys of the store; raises SigningKeyError where one is not an ES256 key."""
        return cls(_load(row) for row in sorted(rows, key=lambda row: (row.created_at, row.id)))

    def renew(self, rows: Iterable[SigningKeyRow], *, now: datetime) -> None:
        """Take over the store's keys as they are now. Raises SigningKeyError; then nothing changes."""
        ordered = sorted(rows, key=lambda row: (row.created_at, row.id))
        renewed = {row.id: self._keys.get(row.id) or _load(row) for row in ordered}
        if not renewed:
            raise SigningKeyError("there is no signing key")
        known = [row.id for row in ordered if row.created_at + PUBLISHED_FIRST <= now]
        self._current = renewed[known[-1] if known else ordered[0].id]
        self.generation += bool(self._keys.keys() - renewed.keys())
        self._keys = renewed

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self._current

    def find(self, key_id: str) -> SigningKey | None:
        """The key of a token's `kid`; None where it is none of ours."""
        return self._keys.get(key_id)

    def public_jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys as a JWK set (RFC 7517), for other servers to verify tokens with."""
        return {
            "keys": [
                {**_public_jwk(key.public), "kid": key.id, "use": "sig", "alg": "ES256"} for key in self._keys.values()
            ]
        }


def new_signing_key(*, now: datetime) -> SigningKeyRow:
    """A new key to store; its id is the thumbprint of its public half (RFC 7638)."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return SigningKeyRow(id=_thumbprint(key.public_key()), private_key=pem, created_at=now)


def _load(row: SigningKeyRow) -> SigningKey:
    try:
        key = serialization.load_pem_private_key(row.private_key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningKeyError(f"signing key {row.id} cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SigningKeyError(f"signing key {row.id} is not on the curve P-256")
    return SigningKey(id=row.id, private=key)


def _public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The members that make up the key, in the order that a thumbprint wants."""
    numbers = key.public_numbers()
    return {"crv": "P-256", "kty": "EC", "x": _coordinate(numbers.x), "y": _coordinate(numbers.y)}


def _coordinate(number: int) -> str:
    return _base64url(number.to_bytes(_COORDINATE_BYTES, "big"))


def _thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    return _base64url(hashlib.sha256(orjson.dumps(_public_jwk(key))).digest())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
