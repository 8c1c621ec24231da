"""Keys derived from passwords, with a ceiling on the work that a guest may order."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

MAX_SCRYPT_MEMORY = 64 * 1024 * 1024
"""Bytes; scrypt needs 128 * N * r."""
MAX_SCRYPT_WORK = 1 << 20
"""N * r * p; eight times Node's default, OWASP's strongest choice within the memory allowed."""
MAX_SCRYPT_LANES = 1024
"""r * p; a lane of 128 bytes each is held beside the memory above."""
MAX_PBKDF2_ITERATIONS = 2_000_000
"""Hash blocks computed, that is iterations times the blocks of key asked for, where others need not wait."""
MAX_PBKDF2_AT_ONCE = 1_000_000
"""Hash blocks computed in the worker while its other guests wait; half a second."""
MAX_KEY_LENGTH = 1024
"""Bytes."""
MAX_SECRET_LENGTH = 1024 * 1024
"""Bytes of password or salt."""
PBKDF2_DIGESTS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})


class DerivationRefused(ValueError):
    """The parameters are malformed or ask for more work than is allowed; the text is for the author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrypt:
    """One scrypt derivation (RFC 7914), judged when it is made."""

    password: bytes
    salt: bytes
    key_length: int
    cost: int
    block_size: int
    parallelization: int

    def __post_init__(self) -> None:
        _judge_secrets(self.password, self.salt, self.key_length)
        if self.cost < 2 or self.cost & (self.cost - 1):
            raise DerivationRefused("scrypt: N must be a power of two greater than 1")
        if self.block_size < 1 or self.parallelization < 1:
            raise DerivationRefused("scrypt: r and p must be positive")
        if self.block_size * self.parallelization > MAX_SCRYPT_LANES:
            raise DerivationRefused(f"scrypt: r * p exceeds the limit of {MAX_SCRYPT_LANES}")
        if self.cost.bit_length() > 16 * self.block_size:
            raise DerivationRefused("scrypt: N must be less than 2 to the power of 16 * r")
        if 128 * self.cost * self.block_size > MAX_SCRYPT_MEMORY:
            raise DerivationRefused(f"scrypt: 128 * N * r exceeds the limit of {MAX_SCRYPT_MEMORY} bytes")
        if self.cost * self.block_size * self.parallelization > MAX_SCRYPT_WORK:
            raise DerivationRefused(f"scrypt: N * r * p exceeds the limit of {MAX_SCRYPT_WORK}")

    def derive(self) -> bytes:
        """The key; up to 0.4 seconds of one core, without the interpreter's lock."""
        return hashlib.scrypt(
            self.password,
            salt=self.salt,
            n=self.cost,
            r=self.block_size,
            p=self.parallelization,
            maxmem=2 * MAX_SCRYPT_MEMORY,  # OpenSSL counts the lanes too; what bounds is the judgement above
            dklen=self.key_length,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pbkdf2:
    """One PBKDF2 derivation (RFC 8018), judged when it is made; `digest` is one of PBKDF2_DIGESTS."""

    password: bytes
    salt: bytes
    key_length: int
    iterations: int
    digest: str
    most: int = MAX_PBKDF2_ITERATIONS

    def __post_init__(self) -> None:
        _judge_secrets(self.password, self.salt, self.key_length)
        if self.digest not in PBKDF2_DIGESTS:
            raise DerivationRefused("pbkdf2: unknown digest")
        if self.iterations < 1:
            raise DerivationRefused("pbkdf2: iterations must be positive")
        blocks = -(-self.key_length // hashlib.new(self.digest, usedforsecurity=False).digest_size)
        if self.iterations * blocks > self.most:
            hint = "; the function that takes a callback allows more" if self.most < MAX_PBKDF2_ITERATIONS else ""
            raise DerivationRefused(f"pbkdf2: iterations exceed the limit of {self.most} hash blocks{hint}")

    def derive(self) -> bytes:
        """The key; up to a few seconds of one core, without the interpreter's lock."""
        return hashlib.pbkdf2_hmac(self.digest, self.password, self.salt, self.iterations, self.key_length)


def _judge_secrets(password: bytes, salt: bytes, key_length: int) -> None:
    if len(password) > MAX_SECRET_LENGTH or len(salt) > MAX_SECRET_LENGTH:
        raise DerivationRefused(f"password and salt are limited to {MAX_SECRET_LENGTH} bytes")
    if not 1 <= key_length <= MAX_KEY_LENGTH:
        raise DerivationRefused(f"keyLength must be between 1 and {MAX_KEY_LENGTH}")
