"""Keeps the authors' logs without making a call wait for the disk."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from server.background import Background
from server.records import LogEntry
from server.store import Store
from server.store.errors import StoreError

MOST_WAITING = 10_000
"""Entries that may wait to be written; beyond it the oldest are given up, and counted."""
PAUSE = 0.25
"""Seconds that entries wait for others, so that logins do not share the disk with each single one."""
BATCH = 200
"""Entries written at once."""

_log = logging.getLogger(__name__)


class LogReader(Protocol):
    """Wants all entries as they come."""

    def add(self, entry: LogEntry) -> None:
        """Take one; must make nobody wait."""


class LogWriter(Background):
    """Writes entries in the background, and tells `readers` of them; on leaving its context it writes what is left."""

    def __init__(self, store: Store, readers: Sequence[LogReader] = ()) -> None:
        self._store = store
        self._readers = readers
        self._waiting: deque[LogEntry] = deque(maxlen=MOST_WAITING)
        self._arrived = asyncio.Event()
        self.given_up = 0

    async def _end(self) -> None:
        await self._write_waiting()

    def add(self, entry: LogEntry) -> None:
        """Have the entry written soon."""
        if len(self._waiting) == MOST_WAITING:
            self.given_up += 1
        self._waiting.append(entry)
        self._arrived.set()
        for reader in self._readers:
            reader.add(entry)

    async def _work(self) -> None:
        while True:
            await self._arrived.wait()
            await asyncio.sleep(PAUSE)
            self._arrived.clear()
            await self._write_waiting()

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                await self._store.add_logs(batch)
            except StoreError:
                self.given_up += len(batch)
                _log.exception("log entries could not be written")
