"""Keys as JSON (RFC 7517, 7518, 8037), both ways."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from runtime.key_types import CURVES, JOSE_CURVES, PRIVATE_KEYS, PrivateKey, PublicKey, curve_named, okp_name
from runtime.pem_keys import is_known_good, remember_good

MAX_TEXT: Final = 16 * 1024
"""Characters of one member."""
_OKP_KEYS: Final[dict[str, tuple[Callable[[bytes], PrivateKey], Callable[[bytes], PublicKey]]]] = {
    "Ed25519": (ed25519.Ed25519PrivateKey.from_private_bytes, ed25519.Ed25519PublicKey.from_public_bytes),
    "Ed448": (ed448.Ed448PrivateKey.from_private_bytes, ed448.Ed448PublicKey.from_public_bytes),
    "X25519": (x25519.X25519PrivateKey.from_private_bytes, x25519.X25519PublicKey.from_public_bytes),
    "X448": (x448.X448PrivateKey.from_private_bytes, x448.X448PublicKey.from_public_bytes),
}


def key_from_jwk(jwk: dict[str, object]) -> object:
    """The key, of whatever type. Raises KeyError, ValueError and TypeError."""
    match jwk.get("kty"):
        case "RSA":
            return _rsa_from_jwk(jwk)
        case "EC":
            public = ec.EllipticCurvePublicNumbers(_number(jwk, "x"), _number(jwk, "y"), curve_named(str(jwk["crv"])))
            if "d" in jwk:
                return ec.EllipticCurvePrivateNumbers(_number(jwk, "d"), public).private_key()
            return public.public_key()
        case "OKP":
            make_private, make_public = _OKP_KEYS[str(jwk["crv"])]
            return make_private(_octets(jwk, "d")) if "d" in jwk else make_public(_octets(jwk, "x"))
        case _:
            raise ValueError("kty")


def _rsa_from_jwk(jwk: dict[str, object]) -> object:
    public = rsa.RSAPublicNumbers(_number(jwk, "e"), _number(jwk, "n"))
    if "d" not in jwk:
        return public.public_key()
    p, q, d, dp, dq, qi = (_number(jwk, name) for name in ("p", "q", "d", "dp", "dq", "qi"))
    digest = hashlib.sha256(repr(sorted(jwk.items())).encode()).digest()
    key = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public).private_key(
        unsafe_skip_rsa_key_validation=is_known_good(digest)
    )
    remember_good(digest)
    return key


def jwk_of(key: PrivateKey | PublicKey) -> dict[str, str]:
    """The members of a JWK."""
    public = key.public_key() if isinstance(key, PRIVATE_KEYS) else key
    secret = key if isinstance(key, PRIVATE_KEYS) else None
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": _text(numbers.n), "e": _text(numbers.e), **_rsa_secrets(secret)}
    if isinstance(public, ec.EllipticCurvePublicKey):
        size = (public.curve.key_size + 7) // 8
        point = public.public_numbers()
        curve = next(name for name, own in JOSE_CURVES.items() if CURVES[own].name == public.curve.name)
        found = {"kty": "EC", "crv": curve, "x": _text(point.x, size), "y": _text(point.y, size)}
        if isinstance(secret, ec.EllipticCurvePrivateKey):
            found["d"] = _text(secret.private_numbers().private_value, size)
        return found
    name = okp_name(public).capitalize()
    raw = {"kty": "OKP", "crv": name, "x": _unpadded(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}
    if secret is not None:
        raw["d"] = _unpadded(secret.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
    return raw


def _rsa_secrets(key: PrivateKey | None) -> dict[str, str]:
    if not isinstance(key, rsa.RSAPrivateKey):
        return {}
    numbers = key.private_numbers()
    names = {"d": numbers.d, "p": numbers.p, "q": numbers.q, "dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
    return {name: _text(number) for name, number in names.items()}


def _text(number: int, size: int | None = None) -> str:
    return _unpadded(number.to_bytes(size or (number.bit_length() + 7) // 8))


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _number(jwk: dict[str, object], name: str) -> int:
    return int.from_bytes(_octets(jwk, name))


def _octets(jwk: dict[str, object], name: str) -> bytes:
    text = str(jwk[name])
    if len(text) > MAX_TEXT:
        raise ValueError(name)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
