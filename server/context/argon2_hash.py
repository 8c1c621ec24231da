"""argon2 hashes for guests, with a ceiling on the work that one may order; its lanes are threads of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw

from runtime.key_derivation import DerivationRefused

MAX_MEMORY: Final = 64 * 1024
"""KiB, as npm `argon2` takes by default."""
MAX_TIME: Final = 10
MAX_LANES: Final = 16
MAX_LENGTH: Final = 1024
"""Bytes of a password, a salt or a hash."""
_TYPES: Final = {"d": Type.D, "i": Type.I, "id": Type.ID}
_VERSIONS: Final = (0x10, 0x13)


@dataclass(frozen=True, slots=True, kw_only=True)
class Argon2Hash:
    """One hash (RFC 9106), judged when it is made. `memory_cost` is in KiB."""

    password: bytes
    salt: bytes
    type: str
    version: int
    hash_length: int
    time_cost: int
    memory_cost: int
    parallelism: int

    def __post_init__(self) -> None:
        if self.type not in _TYPES or self.version not in _VERSIONS:
            raise DerivationRefused("argon2: unknown type or version")
        if max(len(self.password), len(self.salt), self.hash_length) > MAX_LENGTH:
            raise DerivationRefused(f"argon2: password, salt and hash are limited to {MAX_LENGTH} bytes")
        limits = (("memoryCost", self.memory_cost, MAX_MEMORY), ("timeCost", self.time_cost, MAX_TIME))
        for name, value, most in (*limits, ("parallelism", self.parallelism, MAX_LANES)):
            if not 1 <= value <= most:
                raise DerivationRefused(f"argon2: {name} must be between 1 and {most}")

    def derive(self) -> bytes:
        """The hash; up to a second of one core, without the interpreter's lock."""
        try:
            return hash_secret_raw(
                self.password, self.salt, time_cost=self.time_cost, memory_cost=self.memory_cost,
                parallelism=self.parallelism, hash_len=self.hash_length, type=_TYPES[self.type], version=self.version,
            )  # fmt: skip
        except HashingError as error:
            raise DerivationRefused(f"argon2: {error}") from error
