"""Removes what is over: sessions, one-time tokens, counts of failures, old audit entries, old figures."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.background import Rounds
from server.calls.registry import Registry
from server.login.limits import FORGOTTEN_AFTER
from server.store import Store
from server.store.call_figures import KEPT
from server.store.errors import StoreError


class Housekeeping(Rounds):
    """Cleans up in the background; an async context manager. What is removed could be found by nobody any more."""

    pause = 3600.0
    foreseen = (StoreError,)
    trouble = "what is over could not be removed"

    def __init__(self, store: Store, registry: Registry, audit_life: timedelta) -> None:
        self._store = store
        self._registry = registry
        self._audit_life = audit_life

    async def clean(self, now: datetime) -> int:
        """One round; how many rows went."""
        removed = await self._store.remove_expired_sessions(now=now)
        removed += await self._store.remove_expired_tickets(now=now)
        removed += await self._store.remove_old_failures(before=now - FORGOTTEN_AFTER)
        for app_id in self._registry.app_ids:
            removed += await self._store.remove_audit_entries(app_id, before=now - self._audit_life)
            removed += await self._store.remove_call_figures(app_id, before=now - KEPT)
        return removed

    async def _round(self, now: datetime) -> int:
        return await self.clean(now)
