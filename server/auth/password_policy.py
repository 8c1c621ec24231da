"""Which passwords may be chosen: neither too short, too long, nor among those that attackers try first."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from zxcvbn.frequency_lists import FREQUENCY_LISTS

SHORTEST, LONGEST = 6, 128
"""Characters (contract 7.2)."""
COMMON = 10_000
"""Passwords that are refused: the most frequent ones in breaches, as the package zxcvbn lists them."""
SHORTEST_WORD: Final = 4
"""Characters of a word that a guesser would take from the context; shorter ones are parts of too many others."""
_WORD: Final = re.compile(r"[^\W_]+")
_LETTER: Final = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRules:
    """What an app asks of passwords; `words` are what everybody knows of it: its names, its people's, its products'."""

    shortest: int = SHORTEST
    allows_common: bool = False
    words: tuple[str, ...] = ()


def why_not_password(password: str, rules: PasswordRules, *, email: str = "") -> str | None:
    """What is wrong with a password that somebody chooses, as clients are told; None if nothing is."""
    if not rules.shortest <= len(password) <= LONGEST:
        return f"password must be between {rules.shortest} and {LONGEST} characters"
    if rules.allows_common:
        return None
    if password.casefold() in _common_passwords():
        return "password is one of the most common ones and would be guessed"
    if password.casefold() == email.casefold():
        return "password must not be the email address"
    if _is_made_of(password, (*rules.words, email.partition("@")[0])):
        return "password is made of names that everybody knows and would be guessed"
    return None


def _is_made_of(password: str, texts: Iterable[str]) -> bool:
    """Whether no letter is left of the password without the texts and their words."""
    known = {text.casefold() for text in texts} | {word for text in texts for word in _WORD.findall(text.casefold())}
    left = password.casefold()
    for word in sorted(known, key=len, reverse=True):
        left = left.replace(word, "") if len(word) >= SHORTEST_WORD else left
    return left != password.casefold() and not _LETTER.search(left)


@functools.cache
def _common_passwords() -> frozenset[str]:
    """The most frequent passwords that are long enough to be chosen at all."""
    by_frequency = (password for password in FREQUENCY_LISTS["passwords"] if len(password) >= SHORTEST)
    return frozenset(password for password, _ in zip(by_frequency, range(COMMON), strict=False))
