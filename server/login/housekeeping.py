"""Removes what is over: sessions, one-time tokens, counts of failures, old audit entries."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from server.calls.registry import Registry
from server.login.limits import FORGOTTEN_AFTER
from server.store import Store
from server.store.errors import StoreError

PAUSE = 3600.0
"""Seconds between two rounds."""

_log = logging.getLogger(__name__)


class Housekeeping:
    """Cleans up in the background; an async context manager. What is removed could be found by nobody any more."""

    def __init__(self, store: Store, registry: Registry, audit_life: timedelta) -> None:
        self._store = store
        self._registry = registry
        self._audit_life = audit_life
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._clean_for_ever())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def clean(self, now: datetime) -> int:
        """One round; how many rows went."""
        removed = await self._store.remove_expired_sessions(now=now)
        removed += await self._store.remove_expired_tickets(now=now)
        removed += await self._store.remove_old_failures(before=now - FORGOTTEN_AFTER)
        for app_id in self._registry.app_ids:
            removed += await self._store.remove_audit_entries(app_id, before=now - self._audit_life)
        return removed

    async def _clean_for_ever(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            try:
                await self.clean(datetime.now(UTC))
            except StoreError:
                _log.exception("what is over could not be removed")
