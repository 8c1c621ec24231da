"""The synchronous door's answers: hashes, ciphers, signatures and tokens for guests, computed in the worker."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from runtime.asymmetric_keys import make_key, read_key, write_key
from runtime.asymmetric_operations import agree, decrypt, encrypt, sign, verify
from runtime.bcrypt_hashes import MAX_COST_AT_ONCE, BcryptHash
from runtime.crypto_arguments import CryptoArguments, CryptoError, as_base64, malformed
from runtime.json_web_tokens import decode_token, encode_token
from runtime.key_derivation import MAX_PBKDF2_AT_ONCE, DerivationRefused, Pbkdf2, Scrypt
from runtime.pem_keys import load_private_key, load_public_key
from runtime.symmetric_ciphers import run_cipher

MAX_REQUEST = 25 * 1024 * 1024
"""Bytes of one request's JSON: 18 MB of data (contract 4.5) as base64, and a little."""
MAX_RANDOM = 65_536
"""Bytes of one draw, as in the Web Crypto API."""
DIGESTS: Final = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})

_NONCE_LENGTH = 12
_TAG_LENGTH = 16
_PSS_SIGNING: Final = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
_PSS_VERIFYING: Final = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=padding.PSS.AUTO)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Where a run's randomness and time come from; handed in so that a run can be replayed.

    `entropy` gives that many random bytes, `now` the seconds since the epoch. The salt of an RSA-PSS
    signature and the nonce of an ECDSA one are OpenSSL's own: those are replayed from their answers.
    """

    entropy: Callable[[int], bytes] = os.urandom
    now: Callable[[], float] = time.time


Function: TypeAlias = Callable[[CryptoArguments, Chance], object]


def answer(operation: str, arguments: bytes, chance: Chance) -> bytes:
    """Answer a guest's request with `{"value": ...}` or `{"error": {"name", "message"}}`; never raises."""
    try:
        return orjson.dumps({"value": _perform(operation, arguments, chance)})
    except CryptoError as error:
        return _refusal(error.name, error.message)
    except DerivationRefused as error:
        return _refusal("RangeError", str(error))
    except Exception:  # noqa: BLE001 - what a guest sends must not end the worker
        _log.exception("synchronous operation failed", extra={"operation": operation[:40]})
        return _refusal("Error", "the operation failed")


def _perform(operation: str, arguments: bytes, chance: Chance) -> object:
    function = FUNCTIONS.get(operation)
    if function is None:
        raise malformed("unknown operation")
    if len(arguments) > MAX_REQUEST:
        raise CryptoError(f"the request exceeds the limit of {MAX_REQUEST} bytes", name="RangeError")
    return function(CryptoArguments.read(arguments), chance)


def _refusal(name: str, message: str) -> bytes:
    return orjson.dumps({"error": {"name": name, "message": message.encode("utf-8", "replace").decode()}})


def _random(arguments: CryptoArguments, chance: Chance) -> str:
    length = arguments.integer("length")
    if not 0 <= length <= MAX_RANDOM:
        raise CryptoError(f"'length' must be between 0 and {MAX_RANDOM}", name="RangeError")
    return as_base64(chance.entropy(length))


def _digest_name(arguments: CryptoArguments, member: str = "algorithm") -> str:
    name = arguments.text(member)
    if name not in DIGESTS:
        raise CryptoError(f"unknown digest '{name[:20]}'")
    return name


def _hash(arguments: CryptoArguments, _: Chance) -> str:
    name = _digest_name(arguments)
    return as_base64(hashlib.new(name, arguments.binary("data"), usedforsecurity=False).digest())


def _hmac(arguments: CryptoArguments, _: Chance) -> str:
    return as_base64(hmac.digest(arguments.binary("key"), arguments.binary("data"), _digest_name(arguments)))


def _cipher(arguments: CryptoArguments) -> AESGCM:
    _require(arguments, "aes")
    key = arguments.binary("key")
    if len(key) not in (16, 24, 32):
        raise CryptoError("the key must have 16, 24 or 32 bytes")
    return AESGCM(key)


def _encrypt(arguments: CryptoArguments, chance: Chance) -> str:
    nonce = chance.entropy(_NONCE_LENGTH)
    return as_base64(nonce + _cipher(arguments).encrypt(nonce, arguments.binary("message"), None))


def _decrypt(arguments: CryptoArguments, _: Chance) -> str:
    cipher, message = _cipher(arguments), arguments.binary("message")
    if len(message) < _NONCE_LENGTH + _TAG_LENGTH:
        raise CryptoError("the message is too short")
    try:
        return as_base64(cipher.decrypt(message[:_NONCE_LENGTH], message[_NONCE_LENGTH:], None))
    except InvalidTag as error:
        raise CryptoError("the message does not authenticate") from error


def _require(arguments: CryptoArguments, name: str) -> None:
    if arguments.text("name") != name:
        raise CryptoError(f"the only method is '{name}'")


def _rsa_padding(arguments: CryptoArguments, pss: padding.PSS) -> padding.PSS | padding.PKCS1v15:
    match arguments.text("scheme", "pss"):
        case "pss":
            return pss
        case "pkcs1v15":
            return padding.PKCS1v15()
        case _:
            raise CryptoError("the scheme must be 'pss' or 'pkcs1v15'")


def _sign(arguments: CryptoArguments, _: Chance) -> str:
    _require(arguments, "rsa")
    scheme = _rsa_padding(arguments, _PSS_SIGNING)
    key = load_private_key(arguments.text("key"))
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CryptoError("the private key must be an RSA key")
    return as_base64(key.sign(arguments.binary("message"), scheme, SHA256()))


def _verify(arguments: CryptoArguments, _: Chance) -> bool:
    _require(arguments, "rsa")
    scheme = _rsa_padding(arguments, _PSS_VERIFYING)
    key = load_public_key(arguments.text("key"))
    if not isinstance(key, rsa.RSAPublicKey):
        raise CryptoError("the public key must be an RSA key")
    try:
        key.verify(arguments.binary("signature"), arguments.binary("message"), scheme, SHA256())
    except InvalidSignature:
        return False
    return True


def _scrypt(arguments: CryptoArguments, _: Chance) -> str:
    return as_base64(read_scrypt(arguments).derive())


def _pbkdf2(arguments: CryptoArguments, _: Chance) -> str:
    return as_base64(read_pbkdf2(arguments).derive())


def _bcrypt(arguments: CryptoArguments, _: Chance) -> str:
    password, salt = arguments.binary("password"), arguments.text("salt")
    return BcryptHash(password=password, salt=salt, most=MAX_COST_AT_ONCE).derive().decode("ascii")


def read_scrypt(arguments: CryptoArguments) -> Scrypt:
    """The derivation asked for; raises DerivationRefused where it is too dear."""
    return Scrypt(
        password=arguments.binary("password"),
        salt=arguments.binary("salt"),
        key_length=arguments.integer("keyLength"),
        cost=arguments.integer("N"),
        block_size=arguments.integer("r"),
        parallelization=arguments.integer("p"),
    )


def read_pbkdf2(arguments: CryptoArguments) -> Pbkdf2:
    """The derivation asked for; raises DerivationRefused where it is too dear."""
    return Pbkdf2(
        password=arguments.binary("password"),
        salt=arguments.binary("salt"),
        key_length=arguments.integer("keyLength"),
        iterations=arguments.integer("iterations"),
        digest=arguments.text("digest"),
        most=MAX_PBKDF2_AT_ONCE,
    )


FUNCTIONS: Final[Mapping[str, Function]] = {
    "crypto.random": _random,
    "crypto.hash": _hash,
    "crypto.hmac": _hmac,
    "crypto.encrypt": _encrypt,
    "crypto.decrypt": _decrypt,
    "crypto.sign": _sign,
    "crypto.verify": _verify,
    "crypto.scrypt": _scrypt,
    "crypto.pbkdf2": _pbkdf2,
    "crypto.bcrypt": _bcrypt,
    "cipher.run": lambda arguments, _: run_cipher(arguments),
    "key.read": lambda arguments, _: read_key(arguments),
    "key.write": lambda arguments, _: write_key(arguments),
    "key.make": lambda arguments, _: make_key(arguments),
    "key.sign": lambda arguments, _: sign(arguments),
    "key.verify": lambda arguments, _: verify(arguments),
    "key.encrypt": lambda arguments, _: encrypt(arguments),
    "key.decrypt": lambda arguments, _: decrypt(arguments),
    "key.agree": lambda arguments, _: agree(arguments),
    "jwt.encode": lambda arguments, _: encode_token(arguments),
    "jwt.decode": lambda arguments, chance: decode_token(arguments, now=chance.now()),
}
"""What a guest may ask for without waiting."""
