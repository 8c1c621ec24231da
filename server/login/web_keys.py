"""Public keys of other systems, by the URL of their key set (RFC 7517)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import jwt

from server.context.http import OutboundHttp
from server.login.json_documents import JsonDocuments, ProviderUnreachable

MOST_KEYS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WebKey:
    """A public key of a set: its `kty`, the algorithm it is for if the set says so, the key as PyJWT takes it."""

    id: str
    kind: str
    algorithm: str | None
    key: object


KeySet: TypeAlias = Mapping[str, WebKey]


class WebKeys:
    """Key sets, kept for a while; a key id that is not among them has the set fetched anew, so that keys may rotate."""

    def __init__(self, http: OutboundHttp) -> None:
        self._sets = JsonDocuments(http, _read_set)

    async def find(self, url: str, key_id: str) -> WebKey | None:
        """The key of that id; None where the set has none. Raises ProviderUnreachable."""
        keys = await self._sets.get(url, is_enough=lambda known: key_id in known)
        return keys.get(key_id)


def _read_set(url: str, tree: object) -> KeySet:
    keys = tree.get("keys") if isinstance(tree, dict) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise ProviderUnreachable(f"{url} is not a JSON Web Key Set")
    read = (_read_key(entry) for entry in keys)
    return {key.id: key for key in read if key is not None}


def _read_key(entry: object) -> WebKey | None:
    """A public key for signatures; others, and kinds that are not known, are left out (RFC 7517, 5)."""
    if not isinstance(entry, dict) or entry.get("kty") == "oct" or entry.get("use", "sig") != "sig":
        return None
    key_id, algorithm = entry.get("kid"), entry.get("alg")
    if not isinstance(key_id, str) or not isinstance(algorithm, str | None):
        return None
    try:
        return WebKey(id=key_id, kind=str(entry["kty"]), algorithm=algorithm, key=jwt.PyJWK(entry).key)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
