"""Keys of Node's `crypto` and of Web Crypto: read, described, written and made; they travel as PKCS#8 or SPKI."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import orjson
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat

from runtime.crypto_arguments import CryptoArguments, CryptoError, as_base64
from runtime.json_web_keys import jwk_of, key_from_jwk
from runtime.key_derivation import DerivationRefused
from runtime.key_types import PRIVATE_KEYS, PUBLIC_KEYS, PrivateKey, PublicKey, curve_named, okp_name
from runtime.pem_keys import MAX_RSA_BITS, MIN_RSA_BITS, is_known_good, remember_good

MAX_KEY_LENGTH: Final = 16 * 1024
"""Bytes of a key or certificate in whatever form."""
MAX_RSA_BITS_AT_ONCE: Final = 2048
"""Of a key made in a worker while its other guests wait, mostly for an eighth of a second; twice as many take five."""
_MAKERS: Final[dict[str, Callable[[], PrivateKey]]] = {
    "ed25519": ed25519.Ed25519PrivateKey.generate, "ed448": ed448.Ed448PrivateKey.generate,
    "x25519": x25519.X25519PrivateKey.generate, "x448": x448.X448PrivateKey.generate,
}  # fmt: skip


def read_key(arguments: CryptoArguments) -> dict[str, object]:
    """A key out of PEM, DER or JWK, described; `kind` says whether a private or a public one is wanted."""
    key = _read_any(arguments)
    wanted = arguments.text("kind", "any")
    if wanted == "private" and not isinstance(key, PRIVATE_KEYS):
        raise CryptoError("the private key cannot be read", name="TypeError")
    if wanted == "public" and isinstance(key, PRIVATE_KEYS):
        key = key.public_key()
    return _described(key)


def write_key(arguments: CryptoArguments) -> object:
    """A key as PEM or DER of a form (`pkcs1`, `pkcs8`, `spki`, `sec1`), or as the numbers of a JWK."""
    key = load(arguments)
    if arguments.text("format") == "jwk":
        return jwk_of(key)
    encoding = Encoding.PEM if arguments.text("format") == "pem" else Encoding.DER
    try:
        return as_base64(_encoded(key, encoding, arguments))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CryptoError("the key cannot be written in this form") from error


def make_key(arguments: CryptoArguments) -> dict[str, object]:
    """A new private key, described."""
    algorithm = arguments.text("algorithm")
    if algorithm == "rsa":
        bits = arguments.integer("bits")
        if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS_AT_ONCE:
            most = f"{MAX_RSA_BITS_AT_ONCE} bits; the functions that do not answer at once make keys of {MAX_RSA_BITS}"
            raise CryptoError(f"an RSA key must have between {MIN_RSA_BITS} and {most}", name="RangeError")
        return _described(rsa.generate_private_key(65537, bits))
    if algorithm == "ec":
        return _described(ec.generate_private_key(curve_named(arguments.text("curve"))))
    if algorithm not in _MAKERS:
        raise CryptoError(f"keys of type {algorithm[:20]!r} cannot be made", name="TypeError")
    return _described(_MAKERS[algorithm]())


@dataclass(frozen=True, slots=True)
class NewRsaKey:
    """An RSA key to make, judged when it is asked for."""

    bits: int

    def __post_init__(self) -> None:
        if not MIN_RSA_BITS <= self.bits <= MAX_RSA_BITS:
            raise DerivationRefused(f"an RSA key must have between {MIN_RSA_BITS} and {MAX_RSA_BITS} bits")

    def derive(self) -> bytes:
        """The key, described as JSON; seconds of one core, without the interpreter's lock."""
        return orjson.dumps(_described(rsa.generate_private_key(65537, self.bits)))


def load(arguments: CryptoArguments, member: str = "key") -> PrivateKey | PublicKey:
    """The key of a request that came from `read_key`: PKCS#8 where it is private, else SPKI."""
    data = arguments.binary(member)
    try:
        return _checked(_load_private_der(data) if arguments.flag("isPrivate") else _load_public_der(data))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CryptoError("the key cannot be read") from error


def _read_any(arguments: CryptoArguments) -> PrivateKey | PublicKey:
    try:
        if arguments.text("format") == "jwk":
            return _checked(key_from_jwk(arguments.mapping("data")))
        data, passphrase = arguments.binary("data"), arguments.binary("passphrase") or None
        if len(data) > MAX_KEY_LENGTH:
            raise CryptoError(f"a key is limited to {MAX_KEY_LENGTH} bytes")
        return _checked(_from_pem(data, passphrase) if b"-----BEGIN" in data else _from_der(data, passphrase))
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
        raise CryptoError("the key cannot be read", name="TypeError") from error


def _from_pem(data: bytes, passphrase: bytes | None) -> object:
    if b"-----BEGIN CERTIFICATE" in data:
        return x509.load_pem_x509_certificate(data).public_key()
    if b"PRIVATE KEY-----" not in data:
        return serialization.load_pem_public_key(data)
    skip = is_known_good(data)
    key = serialization.load_pem_private_key(data.strip(), passphrase, unsafe_skip_rsa_key_validation=skip)
    remember_good(data)
    return key


def _from_der(data: bytes, passphrase: bytes | None) -> object:
    try:
        return _load_private_der(data, passphrase)
    except (ValueError, TypeError):
        return _load_public_der(data)


def _load_private_der(data: bytes, passphrase: bytes | None = None) -> object:
    skip = is_known_good(data)
    key = serialization.load_der_private_key(data, passphrase, unsafe_skip_rsa_key_validation=skip)
    remember_good(data)
    return key


def _load_public_der(data: bytes) -> object:
    return serialization.load_der_public_key(data)


def _checked(key: object) -> PrivateKey | PublicKey:
    if not isinstance(key, (*PRIVATE_KEYS, *PUBLIC_KEYS)):
        raise CryptoError("keys of this type are not supported")
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey) and not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise CryptoError(f"an RSA key must have between {MIN_RSA_BITS} and {MAX_RSA_BITS} bits")
    return key


def _described(key: PrivateKey | PublicKey) -> dict[str, object]:
    is_private = isinstance(key, PRIVATE_KEYS)
    data = _pkcs8(key) if isinstance(key, PRIVATE_KEYS) else _spki(key)
    if is_private:
        remember_good(data)
    public = key.public_key() if isinstance(key, PRIVATE_KEYS) else key
    return {"isPrivate": is_private, "key": as_base64(data), **_details(public)}


def _details(key: PublicKey) -> dict[str, object]:
    if isinstance(key, rsa.RSAPublicKey):
        return {"algorithm": "rsa", "details": {"modulusLength": key.key_size, "exponent": key.public_numbers().e}}
    if isinstance(key, ec.EllipticCurvePublicKey):
        curve = "prime256v1" if key.curve.name == "secp256r1" else key.curve.name
        return {"algorithm": "ec", "details": {"namedCurve": curve}}
    return {"algorithm": okp_name(key), "details": {}}


def _pkcs8(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, serialization.NoEncryption())


def _spki(key: PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _encoded(key: PrivateKey | PublicKey, encoding: Encoding, arguments: CryptoArguments) -> bytes:
    form = arguments.text("type")
    if isinstance(key, PRIVATE_KEYS):
        passphrase = arguments.binary("passphrase")
        sealed = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        layout = PrivateFormat.PKCS8 if form == "pkcs8" else PrivateFormat.TraditionalOpenSSL
        return key.private_bytes(encoding, layout, sealed)
    return key.public_bytes(encoding, PublicFormat.PKCS1 if form == "pkcs1" else PublicFormat.SubjectPublicKeyInfo)
