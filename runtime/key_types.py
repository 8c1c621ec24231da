"""The kinds of asymmetric keys that guests use, and the names they have."""

from __future__ import annotations

from typing import Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519

from runtime.crypto_arguments import CryptoError

PrivateKey: TypeAlias = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
    | x25519.X25519PrivateKey | x448.X448PrivateKey
)  # fmt: skip
PublicKey: TypeAlias = (
    rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
    | x25519.X25519PublicKey | x448.X448PublicKey
)  # fmt: skip
PRIVATE_KEYS: Final = (
    rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey,
    x25519.X25519PrivateKey, x448.X448PrivateKey,
)  # fmt: skip
PUBLIC_KEYS: Final = (
    rsa.RSAPublicKey, ec.EllipticCurvePublicKey, ed25519.Ed25519PublicKey, ed448.Ed448PublicKey,
    x25519.X25519PublicKey, x448.X448PublicKey,
)  # fmt: skip
CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "prime256v1": ec.SECP256R1(), "secp384r1": ec.SECP384R1(), "secp521r1": ec.SECP521R1(), "secp256k1": ec.SECP256K1(),
}  # fmt: skip
"""By Node's name; JOSE's names lead to these in the guest."""
JOSE_CURVES: Final = {"P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1", "secp256k1": "secp256k1"}
_OKP_NAMES: Final[tuple[tuple[type[PublicKey], str], ...]] = (
    (ed25519.Ed25519PublicKey, "ed25519"), (ed448.Ed448PublicKey, "ed448"),
    (x25519.X25519PublicKey, "x25519"), (x448.X448PublicKey, "x448"),
)  # fmt: skip


def curve_named(name: str) -> ec.EllipticCurve:
    """The curve of that name, Node's or JOSE's. Raises CryptoError."""
    curve = CURVES.get(JOSE_CURVES.get(name, name))
    if curve is None:
        raise CryptoError(f"unknown curve {name[:20]!r}", name="TypeError")
    return curve


def okp_name(key: PublicKey) -> str:
    """Node's name of a key that is a string of octets (RFC 8037)."""
    return next(name for kind, name in _OKP_NAMES if isinstance(key, kind))
