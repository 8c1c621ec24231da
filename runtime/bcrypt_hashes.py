"""bcrypt hashes for guests, with a ceiling on the work that one may order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import bcrypt

from runtime.key_derivation import DerivationRefused

MAX_COST: Final = 16
"""Of a hash that others need not wait for; four seconds of one core."""
MAX_COST_AT_ONCE: Final = 13
"""Of a hash computed in the worker while its other guests wait; half a second."""
MAX_PASSWORD: Final = 72
"""Bytes that bcrypt looks at; what follows is ignored, as every bcrypt of Node does."""
_SALT: Final = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{22}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BcryptHash:
    """One hash, judged when it is made. `salt` is as a hash begins: version, cost, 22 characters."""

    password: bytes
    salt: str
    most: int = MAX_COST

    def __post_init__(self) -> None:
        match = _SALT.fullmatch(self.salt)
        if match is None:
            raise DerivationRefused("bcrypt: the salt is malformed")
        if not 4 <= int(match[1]) <= self.most:
            hint = "; the functions that return a promise allow more" if self.most < MAX_COST else ""
            raise DerivationRefused(f"bcrypt: the cost must be between 4 and {self.most}{hint}")

    def derive(self) -> bytes:
        """The whole hash as text; 250 ms of one core at cost 12, without the interpreter's lock."""
        return bcrypt.hashpw(self.password[:MAX_PASSWORD], self.salt.encode("ascii"))
