"""The provider `api-key`: keys of users, and keys of the server's own users (contract 1.7, 12.3)."""

from __future__ import annotations

import hashlib

from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt, Verified, identity_of

LONGEST_KEY = 256


async def authenticate(attempt: Attempt) -> Verified:
    """The key's owner. Raises AppError AuthError; an unknown key and a disabled one answer alike."""
    key = attempt.credentials.get("key")
    if not isinstance(key, str) or not key.isascii() or len(key) > LONGEST_KEY:
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
    found = await attempt.calls.store.find_api_key_by_hash(attempt.deployment.app.app_id, hash_key(key))
    if found is None or found.disabled:
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
    proven = identity_of(attempt, found.id)
    return Verified(identity=proven.identity, user_id=found.user_id, proof=found)


def hash_key(key: str) -> bytes:
    """What is kept of a key: it is random, so that a plain hash tells nothing of it."""
    return hashlib.sha256(key.encode()).digest()
