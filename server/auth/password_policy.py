"""Which passwords may be chosen: neither too short, too long, nor among those that attackers try first."""

from __future__ import annotations

import functools

from zxcvbn.frequency_lists import FREQUENCY_LISTS

SHORTEST, LONGEST = 6, 128
"""Characters (contract 7.2)."""
COMMON = 10_000
"""Passwords that are refused: the most frequent ones in breaches, as the package zxcvbn lists them."""


def why_not_password(password: str, *, email: str = "", allows_common: bool = False) -> str | None:
    """What is wrong with a password that somebody chooses, as clients are told; None if nothing is."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"password must be between {SHORTEST} and {LONGEST} characters"
    if allows_common:
        return None
    if password.casefold() in _common_passwords():
        return "password is one of the most common ones and would be guessed"
    if password.casefold() == email.casefold():
        return "password must not be the email address"
    return None


@functools.cache
def _common_passwords() -> frozenset[str]:
    """The most frequent passwords that are long enough to be chosen at all."""
    by_frequency = (password for password in FREQUENCY_LISTS["passwords"] if len(password) >= SHORTEST)
    return frozenset(password for password, _ in zip(by_frequency, range(COMMON), strict=False))
