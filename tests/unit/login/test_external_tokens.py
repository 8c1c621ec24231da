"""Tokens by every algorithm that is taken: good by the right key of a set, and by no other."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from server.login.external_tokens import ASYMMETRIC, TokenRefused, check_times, key_from_set, verify
from server.login.json_documents import ProviderUnreachable
from server.login.web_keys import WebKey, WebKeys, _read_set

KEYS: Mapping[str, Any] = {
    "RSA": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def private_key(algorithm: str) -> Any:
    """The key that signs by an algorithm."""
    return KEYS["RSA" if algorithm[:2] in {"RS", "PS"} else algorithm]


def jwk(key: Any, **members: object) -> dict[str, object]:
    """The key as a set shows it."""
    by_kind = {
        rsa.RSAPrivateKey: jwt.algorithms.RSAAlgorithm, ec.EllipticCurvePrivateKey: jwt.algorithms.ECAlgorithm,
        ed25519.Ed25519PrivateKey: jwt.algorithms.OKPAlgorithm,
    }  # fmt: skip
    algorithm = next(found for kind, found in by_kind.items() if isinstance(key, kind))
    shown: dict[str, object] = json.loads(cast("Any", algorithm).to_jwk(key.public_key()))
    return shown | members


class OneSet:
    """The keys of one set, whatever its address."""

    def __init__(self, *entries: dict[str, object]) -> None:
        self._keys = _read_set("set", {"keys": list(entries)})

    async def find(self, url: str, key_id: str) -> WebKey | None:
        """The key of that id."""
        return self._keys.get(key_id)


def token(algorithm: str, key_id: str = "k") -> str:
    """A token by an algorithm."""
    claims = {"sub": "ada", "exp": int(time.time()) + 600}
    return jwt.encode(claims, private_key(algorithm), algorithm=algorithm, headers={"kid": key_id})


async def verified(keys: OneSet, given: str, algorithm: str) -> object:
    """The subject of a token by a key of the set."""
    key = await key_from_set(given, "set", cast("WebKeys", keys), (algorithm,))
    return verify(given, [key], algorithm)["sub"]


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
@pytest.mark.parametrize("says_algorithm", [True, False])
async def test_every_algorithm_is_taken(algorithm: str, *, says_algorithm: bool) -> None:
    """A token is good by the key of its `kid`, whether or not the set says what the key is for."""
    members = {"kid": "k"} | ({"alg": algorithm} if says_algorithm else {})

    assert await verified(OneSet(jwk(private_key(algorithm), **members)), token(algorithm), algorithm) == "ada"


async def test_key_for_another_algorithm_is_refused() -> None:
    """A key that its set keeps for one algorithm verifies no other, and one of another kind none at all."""
    for entry in (jwk(KEYS["RSA"], kid="k", alg="RS256"), jwk(KEYS["ES256"], kid="k")):
        with pytest.raises(TokenRefused, match="another algorithm"):
            await verified(OneSet(entry), token("PS256"), "PS256")


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "k"},
        jwk(KEYS["RSA"], kid="k", use="enc"),
        jwk(KEYS["RSA"]),
        jwk(KEYS["RSA"], kid=7),
        {"kty": "RSA", "kid": "k"},
        {"kty": "nonsense", "kid": "k"},
    ],
)
async def test_keys_that_are_none_are_left_out(entry: dict[str, object]) -> None:
    """Shared secrets, keys for encryption, without an id or malformed, are never used; the others of the set are."""
    good = jwk(KEYS["RSA"], kid="good")

    assert await verified(OneSet(entry, good), token("RS256", "good"), "RS256") == "ada"
    with pytest.raises(TokenRefused, match="none of the issuer's keys"):
        await verified(OneSet(entry, good), token("RS256"), "RS256")


@pytest.mark.parametrize("tree", [None, [], {}, {"keys": {}}, {"keys": [{}] * 101}])
def test_what_is_no_key_set_is_refused(tree: object) -> None:
    """A document of another shape, or with too many keys, is no key set."""
    with pytest.raises(ProviderUnreachable):
        _read_set("set", tree)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_end_that_is_no_moment_is_refused(number: str) -> None:
    """A token ends at a moment: no number that compares with none is taken for one."""
    with pytest.raises(TokenRefused, match="no moment"):
        check_times({"exp": float(number)}, datetime.now(UTC))
