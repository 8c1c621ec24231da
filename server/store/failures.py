"""Counts of failed attempts in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from server.login_records import Owed
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.owed import insert_owed
from server.store.part import StorePart
from server.store.transaction import Transaction

_FIND_FAILURES = """
    SELECT counter, count, last_at FROM failures
    WHERE app_id = ? AND counter IN (SELECT value FROM json_each(?))
"""
_COUNT_FAILURE = """
    INSERT INTO failures (app_id, counter, count, last_at) VALUES (?1, ?2, 1, ?3)
    ON CONFLICT (app_id, counter) DO UPDATE
    SET count = CASE WHEN last_at <= ?4 THEN 1 ELSE count + 1 END, last_at = ?3
"""
_FORGET_FAILURES = "DELETE FROM failures WHERE app_id = ? AND counter IN (SELECT value FROM json_each(?))"
_DELETE_OLD = "DELETE FROM failures WHERE last_at < ? RETURNING counter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """How often something failed since it last succeeded, and when it did last."""

    count: int
    last_at: datetime


class FailureCounts(StorePart):
    """What is kept of failed attempts."""

    async def find_failures(self, app_id: str, counters: Sequence[str]) -> Mapping[str, Failures]:
        """Those of the counters that count anything."""
        rows = await self._database.read(_FIND_FAILURES, app_id, json.dumps(list(counters)))
        return {
            cast("str", counter): Failures(count=cast("int", count), last_at=from_milliseconds(cast("int", last_at)))
            for counter, count, last_at in rows
        }

    async def count_failure(
        self,
        app_id: str,
        counters: Sequence[str],
        *,
        now: datetime,
        forgotten_after: timedelta,
        owed: Sequence[Owed] = (),
    ) -> None:
        """Add one to each counter, with what that owes; one whose last failure is that old begins anew."""

        def work(transaction: Transaction) -> None:
            forgotten = to_milliseconds(now - forgotten_after)
            for counter in counters:
                transaction.execute(_COUNT_FAILURE, app_id, counter, to_milliseconds(now), forgotten)
            insert_owed(transaction, owed)

        await self._database.write(work)

    async def forget_failures(self, app_id: str, counters: Sequence[str]) -> None:
        """Begin these counters anew."""

        def work(transaction: Transaction) -> None:
            transaction.execute(_FORGET_FAILURES, app_id, json.dumps(list(counters)))

        await self._database.write(work)

    async def remove_old_failures(self, *, before: datetime) -> int:
        """Delete counters whose last failure is older than this; how many."""

        def work(transaction: Transaction) -> int:
            return len(transaction.execute(_DELETE_OLD, to_milliseconds(before)))

        return await self._database.write(work)
