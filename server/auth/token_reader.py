"""Reads tokens that come again and again: what was verified once is remembered, its expiry is judged every time."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from server.auth.keys import SigningKeys
from server.auth.tokens import AccessClaims, RefreshClaims, TokenExpired, read_token

REMEMBERED = 4096
"""Verified tokens kept; the one least recently used goes first."""
LONGEST_REMEMBERED = 4096
"""Characters of a token that is worth remembering."""


class TokenReader:
    """`read_token` with a memory. A signature is good for as long as its key; else time and revocation end a token."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys
        self._verified: OrderedDict[str, AccessClaims | RefreshClaims] = OrderedDict()
        self._generation = keys.generation

    def read(self, token: str, *, now: datetime) -> AccessClaims | RefreshClaims:
        """What the token says. Raises TokenInvalid or TokenExpired."""
        if self._generation != self._keys.generation:
            self._verified.clear()
            self._generation = self._keys.generation
        claims = self._verified.get(token)
        if claims is None:
            claims = read_token(self._keys, token, now=now)
            self._remember(token, claims)
        elif now >= claims.expires_at:
            del self._verified[token]
            raise TokenExpired("token expired")
        else:
            self._verified.move_to_end(token)
        return claims

    def _remember(self, token: str, claims: AccessClaims | RefreshClaims) -> None:
        if len(token) > LONGEST_REMEMBERED:
            return
        self._verified[token] = claims
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)
