"""Password hashes: argon2id for all that is new, and the hashes of other systems for as long as it takes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Final

import bcrypt
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's first choice for argon2id: 19 MiB of memory, two passes, one lane.
_HASHER: Final = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
_SCRYPT_MEMORY = 256 * 1024 * 1024
_MOST_SCRYPT_LANES = 16
_ARGON2_MEMORY = 256 * 1024
"""KiB."""
_MOST_ARGON2_PASSES = 16
_LONGEST_HASH = 1024
"""Characters of a whole hash: what is derived is made as long as what is written."""
_MOST_ITERATIONS = 10_000_000
_MOST_ROUNDS = 16
_BCRYPT_BYTES = 72
"""What bcrypt looks at; systems that hashed with it cut the rest off, silently."""

_BCRYPT = re.compile(r"\$2[abxy]\$(?P<rounds>\d\d)\$[./A-Za-z0-9]{53}")
_SCRYPT = re.compile(
    r"\$scrypt\$ln=(?P<ln>\d{1,2}),r=(?P<r>\d{1,3}),p=(?P<p>\d{1,3})\$(?P<salt>[^$]+)\$(?P<hash>[^$]+)"
)
_PBKDF2 = re.compile(
    r"\$?pbkdf2[-_](?P<digest>sha1|sha256|sha512)\$(?P<iterations>\d{1,8})\$(?P<salt>[^$]+)\$(?P<hash>[^$]+)"
)


class UnknownHash(ValueError):
    """The text is no password hash of a known kind, or would cost too much to verify."""


def hash_password(password: str) -> str:
    """An argon2id hash in PHC form, with a salt of its own; takes tens of milliseconds."""
    return _HASHER.hash(_encoded(password))


def verify_password(hash_: str, password: str) -> bool:
    """Whether the hash is of this password; takes as long as the hash is costly. Raises UnknownHash."""
    return _verifier(hash_)(hash_, password)


def needs_upgrade(hash_: str) -> bool:
    """Whether the hash is another one than a new password would get."""
    try:
        return _HASHER.check_needs_rehash(hash_)
    except InvalidHashError:
        return True


def check_hash(hash_: str) -> None:
    """Raise UnknownHash unless the hash can be verified at a bearable cost."""
    _verifier(hash_)
    if len(hash_) > _LONGEST_HASH:
        raise UnknownHash(f"a hash of more than {_LONGEST_HASH} characters")
    if hash_.startswith("$argon2"):
        _check_argon2(hash_)
    if match := _SCRYPT.fullmatch(hash_):
        _check_scrypt(match)
    if match := _PBKDF2.fullmatch(hash_):
        _decoded(match["hash"])
        if not 0 < int(match["iterations"]) <= _MOST_ITERATIONS:
            raise UnknownHash(f"a PBKDF2 hash of more than {_MOST_ITERATIONS} iterations")
    if (match := _BCRYPT.fullmatch(hash_)) and not 4 <= int(match["rounds"]) <= _MOST_ROUNDS:
        raise UnknownHash(f"a bcrypt hash of more than 2^{_MOST_ROUNDS} rounds")


def _check_argon2(hash_: str) -> None:
    try:
        found = extract_parameters(hash_)
    except InvalidHashError as error:
        raise UnknownHash("a damaged argon2 hash") from error
    if found.memory_cost > _ARGON2_MEMORY or found.time_cost > _MOST_ARGON2_PASSES:
        raise UnknownHash(f"an argon2 hash that takes more than 256 MB, or more than {_MOST_ARGON2_PASSES} passes")


def _check_scrypt(match: re.Match[str]) -> None:
    _decoded(match["hash"])
    _decoded(match["salt"])
    rounds, size, lanes = (int(match[name]) for name in ("ln", "r", "p"))
    if not (rounds and size and lanes):
        raise UnknownHash("a scrypt hash with a parameter of 0")
    if (1 << rounds) * size * 128 > _SCRYPT_MEMORY or lanes > _MOST_SCRYPT_LANES:
        raise UnknownHash(f"a scrypt hash that takes more than 256 MB, or more than {_MOST_SCRYPT_LANES} lanes")


def _verifier(hash_: str) -> Callable[[str, str], bool]:
    if hash_.startswith("$argon2"):
        return _verify_argon2
    for form, verify in ((_BCRYPT, _verify_bcrypt), (_SCRYPT, _verify_scrypt), (_PBKDF2, _verify_pbkdf2)):
        if form.fullmatch(hash_):
            return verify
    raise UnknownHash("not a hash by argon2, bcrypt, scrypt or PBKDF2")


def _verify_argon2(hash_: str, password: str) -> bool:
    try:
        return _HASHER.verify(hash_, _encoded(password))
    except VerificationError:
        return False
    except InvalidHashError as error:
        raise UnknownHash("a damaged argon2 hash") from error


def _verify_bcrypt(hash_: str, password: str) -> bool:
    try:
        return bcrypt.checkpw(_encoded(password)[:_BCRYPT_BYTES], hash_.encode())
    except ValueError:  # a NUL in the password, which no hash can be of
        return False


def _verify_scrypt(hash_: str, password: str) -> bool:
    """The form of passlib and of the PHC: `$scrypt$ln=,r=,p=$salt$hash`."""
    match = _SCRYPT.fullmatch(hash_)
    if match is None:
        return False
    expected = _decoded(match["hash"])
    made = hashlib.scrypt(
        _encoded(password), salt=_decoded(match["salt"]), n=1 << int(match["ln"]), r=int(match["r"]),
        p=int(match["p"]), maxmem=2 * _SCRYPT_MEMORY, dklen=len(expected),
    )  # fmt: skip
    return hmac.compare_digest(made, expected)


def _verify_pbkdf2(hash_: str, password: str) -> bool:
    """The form of passlib, salt in base64, and that of Django (`pbkdf2_sha256$...`), salt as it is."""
    match = _PBKDF2.fullmatch(hash_)
    if match is None:
        return False
    expected = _decoded(match["hash"])
    salt = _decoded(match["salt"]) if hash_.startswith("$") else match["salt"].encode()
    made = hashlib.pbkdf2_hmac(match["digest"], _encoded(password), salt, int(match["iterations"]), len(expected))
    return hmac.compare_digest(made, expected)


def _decoded(text: str) -> bytes:
    """Base64 with or without padding, and passlib's `.` in place of `+`."""
    padded = text.replace(".", "+").rstrip("=")
    try:
        decoded = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnknownHash("a hash that is not base64") from error
    if not decoded:
        raise UnknownHash("a hash with nothing in it")
    return decoded


def _encoded(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
