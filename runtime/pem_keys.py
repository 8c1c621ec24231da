"""Loads the RSA and EC keys that guests hand in as PEM, at a bounded cost."""

from __future__ import annotations

import hashlib
from typing import Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from runtime.crypto_arguments import CryptoError

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

MAX_PEM_LENGTH = 4096
"""Characters; an RSA key of 4096 bits has 3,300. Judging one of 8192 bits would block the worker for four seconds."""
MAX_RSA_BITS = 4096
MIN_RSA_BITS = 1024

_MAX_REMEMBERED = 256
_known_good: Final[dict[bytes, None]] = {}


def looks_like_pem(key: str) -> bool:
    """Whether the text could be a key file; such a text must never serve as a shared secret."""
    return "-----BEGIN" in key or "---- BEGIN" in key or key.lstrip().startswith(("ssh-", "ecdsa-sha2-"))


def load_private_key(pem: str) -> PrivateKey:
    """An unencrypted RSA or EC private key, PKCS#1, SEC 1 or PKCS#8.

    Judging whether an RSA key is sound costs 30 to 300 ms, so that it is done once for each key in a
    process; only a digest of the key is remembered.
    """
    data = _checked(pem)
    digest = hashlib.sha256(data).digest()
    try:
        key = load_pem_private_key(data, password=None, unsafe_skip_rsa_key_validation=digest in _known_good)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CryptoError("the private key cannot be read") from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise CryptoError("the private key must be an RSA or EC key")
    _judge_size(key)
    _remember(digest)
    return key


def load_public_key(pem: str) -> PublicKey:
    """An RSA or EC public key, PKCS#1 or SubjectPublicKeyInfo; of a private key, its public half."""
    if "PRIVATE KEY-----" in pem:
        return load_private_key(pem).public_key()
    try:
        key = load_pem_public_key(_checked(pem))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CryptoError("the public key cannot be read") from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise CryptoError("the public key must be an RSA or EC key")
    _judge_size(key)
    return key


def _checked(pem: str) -> bytes:
    if len(pem) > MAX_PEM_LENGTH:
        raise CryptoError(f"a key is limited to {MAX_PEM_LENGTH} characters of PEM")
    try:
        return pem.strip().encode("ascii")
    except UnicodeEncodeError as error:
        raise CryptoError("the key is not PEM") from error


def _judge_size(key: PrivateKey | PublicKey) -> None:
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey) and not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise CryptoError(f"an RSA key must have between {MIN_RSA_BITS} and {MAX_RSA_BITS} bits")


def is_known_good(key: bytes) -> bool:
    """Whether this very key was judged sound before."""
    return hashlib.sha256(key).digest() in _known_good


def remember_good(key: bytes) -> None:
    """Note that a private key was judged, by its digest."""
    _remember(hashlib.sha256(key).digest())


def _remember(digest: bytes) -> None:
    if len(_known_good) >= _MAX_REMEMBERED:
        _known_good.pop(next(iter(_known_good)))
    _known_good[digest] = None
