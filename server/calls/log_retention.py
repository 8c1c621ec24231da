"""Keeps the authors' logs within their age and size, a little at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.apps.policy import LogPolicy
from server.background import Rounds
from server.calls.registry import Registry
from server.store import Store
from server.store.errors import StoreError

BATCH = 500
"""Entries removed at once: logins wait for no longer than that takes."""
REST = 0.05
"""Seconds left to others between two batches."""
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LogBounds:
    """How long and how much of each app's log is kept."""

    days: float
    megabytes: float

    def within(self, policy: LogPolicy) -> LogBounds:
        """These bounds, lowered to what an app wants."""
        return LogBounds(
            days=min(self.days, policy.days if policy.days is not None else self.days),
            megabytes=min(self.megabytes, policy.megabytes if policy.megabytes is not None else self.megabytes),
        )


_NOTHING = LogBounds(days=0, megabytes=0)


class LogRetention(Rounds):
    """Removes what is too old or too much in the background; an async context manager."""

    pause = 30.0
    foreseen = (StoreError,)
    trouble = "old log entries could not be removed"

    def __init__(self, store: Store, registry: Registry, bounds: LogBounds) -> None:
        self._store = store
        self._registry = registry
        self._bounds = bounds

    async def clean(self, now: datetime) -> int:
        """One round over all apps, and those that were deleted, of which nothing stays; how many entries went."""
        deleted = await self._store.deleted_apps_with_logs()
        removed = [await self._clean_app(app_id, _NOTHING, now) for app_id in deleted]
        removed += [await self._clean_app(app_id, self._bounds_of(app_id), now) for app_id in self._registry.app_ids]
        return sum(removed)

    def _bounds_of(self, app_id: str) -> LogBounds:
        deployment = self._registry.find(app_id)
        return self._bounds.within(deployment.app.policy.logs) if deployment else self._bounds

    async def _clean_app(self, app_id: str, bounds: LogBounds, now: datetime) -> int:
        before, most = now - timedelta(days=bounds.days), int(bounds.megabytes * MEGABYTE)
        removed = 0
        while count := await self._store.trim_logs(app_id, before=before, most_bytes=most, batch=BATCH):
            removed += count
            await asyncio.sleep(REST)
        return removed

    async def _round(self, now: datetime) -> int:
        return await self.clean(now)
