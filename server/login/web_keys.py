"""Public keys of other systems, by the URL of their key set (RFC 7517)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import jwt

from server.context.http import OutboundHttp
from server.login.json_documents import JsonDocuments, ProviderUnreachable

MOST_KEYS = 100
KeySet: TypeAlias = Mapping[str, jwt.PyJWK]


class WebKeys:
    """Key sets, kept for a while; a key id that is not among them has the set fetched anew, so that keys may rotate."""

    def __init__(self, http: OutboundHttp) -> None:
        self._sets = JsonDocuments(http, _read_set)

    async def find(self, url: str, key_id: str) -> jwt.PyJWK | None:
        """The key of that id; None where the set has none. Raises ProviderUnreachable."""
        keys = await self._sets.get(url, is_enough=lambda known: key_id in known)
        return keys.get(key_id)


def _read_set(url: str, tree: object) -> KeySet:
    keys = tree.get("keys") if isinstance(tree, dict) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise ProviderUnreachable(f"{url} is not a JSON Web Key Set")
    read = (_read_key(entry) for entry in keys)
    return {key.key_id: key for key in read if key is not None and key.key_id is not None}


def _read_key(entry: object) -> jwt.PyJWK | None:
    """A public key for signatures; others, and kinds that are not known, are left out (RFC 7517, 5)."""
    if not isinstance(entry, dict) or entry.get("kty") == "oct" or entry.get("use", "sig") != "sig":
        return None
    try:
        return jwt.PyJWK(entry)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
