"""The provider `anon-user`: every login is a new person (contract 7.1)."""

from __future__ import annotations

import secrets
import string

from server.auth.ids import new_id
from server.login.attempt import Attempt
from server.records import Identity

_LETTERS = 24


async def authenticate(attempt: Attempt) -> Identity:
    """A new identity, `<24 hex>-<24 letters>`."""
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(_LETTERS))
    return Identity(id=f"{new_id()}-{letters}", provider_type=attempt.provider.type, provider_id=attempt.provider.id)
