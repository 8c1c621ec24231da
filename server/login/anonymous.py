"""The provider `anon-user`: every login is a new person (contract 7.1)."""

from __future__ import annotations

import secrets
import string

from server.auth.ids import new_id
from server.login.attempt import Attempt, Verified, identity_of

_LETTERS = 24


async def authenticate(attempt: Attempt) -> Verified:
    """A new identity, `<24 hex>-<24 letters>`."""
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(_LETTERS))
    return identity_of(attempt, f"{new_id()}-{letters}")
