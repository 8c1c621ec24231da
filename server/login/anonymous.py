"""The provider `anon-user`: every login is a new person (contract 7.1)."""

from __future__ import annotations

import secrets
import string
from dataclasses import replace

from server.auth.ids import new_id
from server.login.attempt import Attempt, Verified, identity_of

_LETTERS = 24
_ALPHABET = string.ascii_lowercase


async def authenticate(attempt: Attempt) -> Verified:
    """A new identity, `<24 hex>-<24 letters>`."""
    return replace(identity_of(attempt, f"{new_id()}-{random_letters(_LETTERS)}"), is_new=True)


def random_letters(count: int) -> str:
    """So many letters out of one draw, each as likely as any other: a draw for each would be a system call for each."""
    number, letters = secrets.randbelow(len(_ALPHABET) ** count), []
    for _ in range(count):
        number, letter = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[letter])
    return "".join(letters)
