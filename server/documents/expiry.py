"""Documents that expire: an index with `expireAfterSeconds` has those deleted whose date lies so far back."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from server.documents.catalog import Catalog
from server.documents.errors import DocumentError
from server.documents.indexes import Index
from server.documents.key import DATE, key
from server.documents.transaction import Transaction

INTERVAL_SECONDS: Final = 60.0
"""How often expired documents are looked for, as MongoDB's `ttlMonitorSleepSecs`."""
BATCH: Final = 500
"""How many are deleted in one go, so that other writes get their turn."""

RunOnWriter = Callable[[Callable[[Transaction], int]], Awaitable[int]]

_log = logging.getLogger(__name__)


def expire(catalog: Catalog, now: datetime, limit: int) -> int:
    """Delete at most `limit` documents that have expired by `now`; how many were."""
    deleted = 0
    for namespace in catalog.expiring():
        collection = catalog.require(namespace)
        for index in collection.indexes:
            if index.expire_after is None:
                continue
            rows = collection.rows_between(index, [(DATE, _limit(index, now))])
            for row in list(islice(rows, limit - deleted)):
                collection.delete(row)
                deleted += 1
    return deleted


def _limit(index: Index, now: datetime) -> bytes:
    """The key above those of dates that have expired; no date is before the year 1."""
    try:
        return key(now - timedelta(seconds=index.expire_after or 0)) + b"\x00"
    except OverflowError:
        return DATE


class Expiry:
    """The task that deletes expired documents of one file, from `start` to `stop`."""

    def __init__(self, run: RunOnWriter, has_expiring: Callable[[], Awaitable[bool]]) -> None:
        self._run = run
        self._has_expiring = has_expiring
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look, every `INTERVAL_SECONDS`."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def sweep(self, now: datetime | None = None) -> int:
        """Delete all that has expired; how many documents that were."""
        if not await self._has_expiring():
            return 0
        moment, total = now or datetime.now(UTC), 0
        while deleted := await self._run(lambda transaction: expire(transaction.catalog, moment, BATCH)):
            total += deleted
        return total

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            try:
                await self.sweep()
            except (sqlite3.Error, DocumentError) as error:
                _log.warning("expired documents could not be deleted: %s", error)
