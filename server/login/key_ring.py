"""Keeps the signing keys of a running server: takes over new ones, makes one when the newest is old enough."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from server.auth.keys import SigningKeyError, SigningKeys, new_signing_key
from server.background import Rounds
from server.store import Store
from server.store.errors import StoreError

_log = logging.getLogger(__name__)


class KeyRing(Rounds):
    """Renews the keys in the background; an async context manager. Without `life` keys are never replaced."""

    pause = 30.0  # well below the time for which a new key is shown before it signs
    foreseen = (StoreError, SigningKeyError)
    trouble = "the signing keys could not be renewed; those known go on"

    def __init__(self, store: Store, keys: SigningKeys, life: timedelta | None) -> None:
        self._store = store
        self._keys = keys
        self._life = life

    async def _begin(self) -> None:
        await self.renew(datetime.now(UTC))

    async def renew(self, now: datetime) -> None:
        """Replace a key that is too old; take over what the store has."""
        rows = await self._store.signing_keys()
        if self._life is not None and max(row.created_at for row in rows) + self._life <= now:
            made = new_signing_key(now=now)
            if await self._store.rotate_signing_key(made, unless_after=now - self._life):
                _log.info("made the signing key %s; tokens by earlier keys stay good", made.id)
            rows = await self._store.signing_keys()
        self._keys.renew(rows, now=now)

    async def _round(self, now: datetime) -> None:
        await self.renew(now)
